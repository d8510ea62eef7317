package words

import (
	"encoding/json"
	"testing"
)

// TestWordsAreQuoted has what DuckDB 1.5 writes, and what a reader of JSON needs.
func TestWordsAreQuoted(t *testing.T) {
	for text, want := range map[string]string{
		`[NaN,Infinity,-Infinity,-1]`: `["NaN","Infinity","-Infinity",-1]`,
		`{"NaN":NaN,"a\"":[NaN]}`:     `{"NaN":"NaN","a\"":["NaN"]}`,
		`["NaN","\\",NaN]`:            `["NaN","\\","NaN"]`,
		`NaN`:                         `"NaN"`,
		`"NaN`:                        `"NaN`,
		`"\`:                          `"\`,
	} {
		if got := Quote(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// FuzzQuote has texts in which a word stands in place of a number: they are JSON exactly if the
// same text with a string there is.
func FuzzQuote(f *testing.F) {
	for _, text := range []string{`[1]`, `{"a":"\"NaN"}`, `"-Infinity"`, `["`, `\`, `[NaN]`} {
		f.Add(text, "[", "]")
	}
	f.Fuzz(func(t *testing.T, text, before, after string) {
		if json.Valid([]byte(text)) && Quote(text) != text {
			t.Errorf("%s became %s", text, Quote(text))
		}
		if !json.Valid([]byte(before + `"x"` + after)) {
			return
		}
		for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
			want := before + `"` + word + `"` + after
			if inString := !json.Valid([]byte(before + "1" + after)); inString {
				return
			}
			if got := Quote(before + word + after); got != want {
				t.Errorf("%s: got %s, want %s", before+word+after, got, want)
			}
		}
	})
}
