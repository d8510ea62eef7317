package entries

import "testing"

func FuzzParse(f *testing.F) {
	f.Add("a = 1\n# c\nb = \"x \\\" y\" # d\n")
	f.Add("a = \"")
	f.Fuzz(func(t *testing.T, content string) {
		list, _ := Parse(content)
		for _, e := range list { // what is read is written so that it is read again
			if got, ok := parseValue(Quote(e.Value)); !ok || got != e.Value {
				t.Errorf("%q is written as %q", e.Value, Quote(e.Value))
			}
		}
	})
}
