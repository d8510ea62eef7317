package row

import (
	"reflect"
	"strings"
	"testing"
)

// FuzzArray walks any text as an array, which must not panic, must end, and has tokens that
// balance.
func FuzzArray(f *testing.F) {
	for _, text := range malformed {
		f.Add(text, uint8(Text), false)
	}
	f.Add(`[-1:0][2:3]={{1,2},{3,NULL}}`, uint8(Int), false)
	f.Add(`{"\\x00ff","\\x"}`, uint8(Bytes), false)
	f.Add(`{(1,2),(0,0);(3,4),(1,1)}`, uint8(Null), true)
	f.Add(`{"2024-01-02 03:04:05.50+02",infinity}`, uint8(TimestampTZ), false)
	f.Add(`{"{\"a\":1}","null"}`, uint8(JSON), false)
	f.Fuzz(func(t *testing.T, text string, elem uint8, box bool) {
		c := Column{Kind: Array, Elem: Kind(elem) % (Void + 1)}
		if box {
			c.delim = ';'
		}
		var v Value
		if err := set(&v, []byte(text), &c); err != nil {
			t.Fatal(err)
		}

		a := v.Array()
		var open [][]any // as List builds it
		var complete []any
		depth, elements, err := 0, 0, error(nil)
		for steps := 0; ; steps++ {
			if steps > len(text)+1 {
				t.Fatalf("%q: more tokens than bytes", text)
			}
			var token Token
			if token, err = a.Next(); err != nil {
				break
			}
			switch token {
			case Open:
				if complete != nil {
					t.Fatalf("%q: two arrays", text)
				}
				depth++
				open = append(open, []any{})
			case Element:
				if elements++; depth == 0 {
					t.Fatalf("%q: an element outside of the array", text)
				}
				open[depth-1] = append(open[depth-1], a.Value().Any())
			case Close:
				if depth--; depth < 0 {
					t.Fatalf("%q: } without {", text)
				}
				if depth == 0 {
					complete = open[0]
				} else {
					open[depth-1] = append(open[depth-1], open[depth])
				}
				open = open[:depth]
			}
			if token == End {
				break
			}
		}
		if err == nil && (depth != 0 || complete == nil) {
			t.Fatalf("%q ends at depth %d", text, depth)
		}
		for range 2 {
			if token, again := a.Next(); again != err || err == nil && token != End {
				t.Fatalf("%q: %v, %v after the end, which was %v", text, token, again, err)
			}
		}
		if string(v.Raw()) != text {
			t.Fatalf("walking changed %q to %q", text, v.Raw())
		}

		switch got := v.Any().(type) {
		case string:
			if err == nil || got != text {
				t.Fatalf("Any of %q is the text %q, walking ended with %v", text, got, err)
			}
		case []any:
			// Floats are compared as text, since NaN is not equal to itself.
			if err != nil || show(got) != show(complete) {
				t.Fatalf("Any of %q = %v, walking gives %v, %v", text, got, complete, err)
			}
		}
	})
}

// FuzzArrayElements writes elements as PostgreSQL does and reads them back.
func FuzzArrayElements(f *testing.F) {
	f.Add("a|b c|NULL|null||é", "|", false)
	f.Add("q\"q|b\\s|c,d|{|}|a;b", "|", true)
	f.Add("\t|\n|\v|\f|\r| lead|\x00|\xff|\u00a0|\\\"", "|", false)
	f.Fuzz(func(t *testing.T, joined, sep string, box bool) {
		if sep == "" {
			sep = "|"
		}
		elements := strings.Split(joined, sep)
		c := Column{Kind: Array, Elem: Text, delim: ','}
		if box {
			c.delim = ';'
		}
		var flat, nested []string
		var want, wantNested []any
		for _, e := range elements {
			flat = append(flat, arrayOut(e, c.delim), "NULL")
			want = append(want, e, nil)
			nested = append(nested, "{"+arrayOut(e, c.delim)+"}")
			wantNested = append(wantNested, []any{e})
		}
		for text, want := range map[string][]any{
			"{" + strings.Join(flat, string(c.delim)) + "}":               want,
			"[0:9][-1:1]={" + strings.Join(nested, string(c.delim)) + "}": wantNested,
		} {
			var v Value
			if err := set(&v, text, &c); err != nil {
				t.Fatal(err)
			}
			if got := v.Any(); !reflect.DeepEqual(got, any(want)) {
				t.Errorf("%q is %q, want %q", text, got, want)
			}
		}
	})
}

// arrayOut writes an element by the rule of array_out in PostgreSQL's arrayfuncs.c: it is quoted if
// it is empty, the word NULL in any case, or contains a quote, a backslash, a brace, the delimiter
// or white space (array_isspace); a backslash is written before " and \.
func arrayOut(s string, delim byte) string {
	quote := s == "" || len(s) == 4 && strings.EqualFold(s, "NULL") ||
		strings.ContainsAny(s, "\"\\{} \t\n\r\v\f"+string(delim))
	if !quote {
		return s
	}
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(s) + `"`
}
