package encoder

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// where names the line of the test table that calls it.
func where() string {
	_, _, line, _ := runtime.Caller(1)
	return fmt.Sprintf("string_test.go:%d", line)
}

func TestAppendStringEscapes(t *testing.T) {
	for _, test := range []struct{ where, in, want string }{
		{where(), ``, `""`},
		{where(), `plain`, `"plain"`},
		{where(), `"\/`, `"\"\\/"`},
		{where(), `say "hi"`, `"say \"hi\""`},
		{where(), "\b\f\n\r\t", `"\b\f\n\r\t"`},
		{where(), "\x00\x01\x0b\x1f\x7f", `"\u0000\u0001\u000b\u001f` + "\x7f\""},
		{where(), "<&>'", `"<&>'"`},
		{where(), "ü漢😀\u2028\ufffd", "\"ü漢😀\u2028\ufffd\""},
		{where(), "\xff", "\"\ufffd\""},
		{where(), "\xff\xfe\"", "\"\ufffd\ufffd\\\"\""},
		{where(), "a\xe4\xb8b\n", "\"a\ufffd\ufffdb\\n\""}, // cut short
		// overlong
		{where(), "\xc0\xaf", "\"\ufffd\ufffd\""},
		// half of a surrogate pair
		{where(), "\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""},
		{where(), "\xf4\x90\x80\x80", "\"" + strings.Repeat("\ufffd", 4) + "\""}, // past U+10FFFF
	} {
		if got := string(appendString([]byte("before"), []byte(test.in))); got != "before"+test.want {
			t.Errorf("%s: %q became %s, want %s", test.where, test.in, got, test.want)
		}
	}
}

// validity is the table of TestValidJSONFollowsTheGrammar, and seeds FuzzValidJSON.
var validity = []struct {
	where string
	in    string
	want  bool
}{
	{where(), `null`, true},
	{where(), `true`, true},
	{where(), `false`, true},
	{where(), `0`, true},
	{where(), `-0`, true},
	{where(), `-1.50e+09`, true},
	{where(), `1E-2`, true},
	{where(), `""`, true},
	{where(), `"\"\\\/\b\f\n\r\t\u00fF"`, true},
	{where(), "\"\x7fü\"", true},
	{where(), "\"eight by\u00e8te 漢字 😀 and 漢字漢字漢字 \ufffd\"", true},
	{where(), `"\ud800"`, true},
	{where(), `[]`, true},
	{where(), `{}`, true},
	{where(), " [ 1 , [ ] , { } ]\t\r\n", true},
	{where(), ` { "a" : [ { "b" : null } ] , "a" : 2 } `, true},
	{where(), ``, false},
	{where(), ` `, false},
	{where(), `nul`, false},
	{where(), `nulll`, false},
	{where(), `True`, false},
	{where(), `NaN`, false},
	{where(), `-`, false},
	{where(), `+1`, false},
	{where(), `01`, false},
	{where(), `.5`, false},
	{where(), `1.`, false},
	{where(), `1.e1`, false},
	{where(), `1e`, false},
	{where(), `1e+`, false},
	{where(), `0x1`, false},
	{where(), `1 2`, false},
	{where(), `"`, false},
	{where(), `"\`, false},
	{where(), `"\"`, false},
	{where(), `"\x"`, false},
	{where(), `"\u00g0"`, false},
	{where(), `"\u00`, false},
	{where(), "\"\n\"", false},
	{where(), `'a'`, false},
	{where(), `[`, false},
	{where(), `[1`, false},
	{where(), `[1,`, false},
	{where(), `[1,]`, false},
	{where(), `[,1]`, false},
	{where(), `[1 2]`, false},
	{where(), `[1}`, false},
	{where(), `{`, false},
	{where(), `{"a"`, false},
	{where(), `{"a":`, false},
	{where(), `{"a":1`, false},
	{where(), `{"a":1,}`, false},
	{where(), `{"a" 1}`, false},
	{where(), `{1:1}`, false},
	{where(), `{"a":1]`, false},
	{where(), `]`, false},
	{where(), "\ufeff1", false},
	{where(), "\"\xff\"", false}, // json.Valid accepts it
	{where(), "\"\x80\"", false},
	{where(), "\"\xc0\xaf\"", false},
	{where(), "\"\xe4\xb8\"", false},
	{where(), "\"\xed\xa0\x80\"", false},
	{where(), "\"\xf4\x90\x80\x80\"", false},
	{where(), "{\"eight by\xff\": 1}", false},
	{where(), "\v1", false},
	{where(), strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), true},
	{where(), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), false},
	{where(), strings.Repeat(`{"":`, maxDepth) + "1" + strings.Repeat("}", maxDepth), true},
	{where(), strings.Repeat(`{"":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1), false},
}

func TestValidJSONFollowsTheGrammar(t *testing.T) {
	for _, test := range validity {
		in := []byte(test.in)
		if got := validJSON(in); got != test.want || got != (json.Valid(in) && utf8.Valid(in)) {
			t.Errorf("%s: valid is %v, want %v: %.50q", test.where, got, test.want, test.in)
		}
	}
}

// strange adds seeds for functions that read text eight bytes at a time: each has something at
// another position of the eight.
func strange(f *testing.F) {
	for _, s := range []string{
		"", "plain", "\"\\\n\x00\x1f\x7f", "ü漢😀\u2028", "\xff\xe4\xb8", "\xed\xa0\x80<&>",
		"漢字漢字漢字漢", "漢\xe6\xbc漢\"漢漢漢", "é漢é漢é漢é",
	} {
		for i := range 9 {
			f.Add([]byte("12345678"[:i] + s))
			f.Add([]byte("12345678"[:i] + s + "123456789"))
		}
	}
}

// FuzzAppendString reads the string back with encoding/json: it is the same text, with U+FFFD for
// each byte that is not UTF-8, as encoding/json and Go's conversion have it too.
func FuzzAppendString(f *testing.F) {
	strange(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		got := appendString(nil, in)
		if !json.Valid(got) || !utf8.Valid(got) || !validJSON(got) {
			t.Fatalf("%q became %q", in, got)
		}
		written, err := json.Marshal(string(in))
		if err != nil {
			t.Fatal(err)
		}
		var text, want string
		if err := json.Unmarshal(got, &text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &want); err != nil {
			t.Fatal(err)
		}
		if text != want || text != string([]rune(string(in))) {
			t.Errorf("%q became %q, which reads %q", in, got, text)
		}
	})
}

// FuzzValidJSON compares validJSON with encoding/json and unicode/utf8.
func FuzzValidJSON(f *testing.F) {
	for _, test := range validity {
		if len(test.in) < 100 {
			f.Add([]byte(test.in))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if got, want := validJSON(in), json.Valid(in) && utf8.Valid(in); got != want {
			t.Errorf("valid is %v, want %v: %q", got, want, in)
		}
	})
}

// skipOneByOne is skipPlain with the standard library.
func skipOneByOne(s []byte, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRune(s[i:])
		if r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return i
}

// FuzzSkipPlain begins at every byte, also in the middle of a character.
func FuzzSkipPlain(f *testing.F) {
	strange(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		for i := range len(in) + 1 {
			if got, want := skipPlain(in, i), skipOneByOne(in, i); got != want {
				t.Errorf("%q is plain from %d to %d, want %d", in, i, got, want)
			}
		}
	})
}

// TestSpecialMarksTheFirst checks that the first byte that is not plain is marked, whatever follows
// it, and none if all are plain.
func TestSpecialMarksTheFirst(t *testing.T) {
	check := func(word uint64) {
		first := 8
		for i := range 8 {
			if c := byte(word >> (8 * i)); c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
				first = i
				break
			}
		}
		if got := bits.TrailingZeros64(special(word)) / 8; got != first {
			t.Errorf("%016x: the byte %d is marked, want %d", word, got, first)
		}
	}
	// Any two bytes, among others that are the smallest or largest of the plain ones.
	for pair := range uint64(1 << 16) {
		for shift := 0; shift <= 48; shift += 8 {
			for _, rest := range []uint64{
				0x2020202020202020, 0x7f7f7f7f7f7f7f7f, 0x2123212321232123, 0x5b5d5b5d5b5d5b5d,
			} {
				check(rest&^(0xffff<<shift) | pair<<shift)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		check(random.Uint64())
		check(random.Uint64() & 0x7f7f7f7f7f7f7f7f)
	}
}

// TestRuneLenAgreesWithUTF8 compares all sequences of up to four bytes that are at an edge of table
// 3-7 of the Unicode Standard.
func TestRuneLenAgreesWithUTF8(t *testing.T) {
	edges := []byte("\x00\x22\x7f\x80\x81\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf" +
		"\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff")
	for _, a := range edges {
		for _, b := range edges {
			for _, c := range edges {
				for _, d := range edges {
					for _, s := range [][]byte{{a}, {a, b}, {a, b, c}, {a, b, c, d}} {
						if a < utf8.RuneSelf {
							continue // not a case for runeLen
						}
						r, want := utf8.DecodeRune(s)
						if r == utf8.RuneError && want == 1 {
							want = 0
						}
						if got := runeLen(s, 0); got != want {
							t.Fatalf("%x begins with a character of %d bytes, want %d", s, got, want)
						}
					}
				}
			}
		}
	}
}

// TestThreeBytesAgreesWithUTF8 compares all sequences of three bytes. What follows them does not
// count.
func TestThreeBytesAgreesWithUTF8(t *testing.T) {
	for word := range uint64(1 << 24) {
		r, n := utf8.DecodeRune([]byte{byte(word), byte(word >> 8), byte(word >> 16)})
		if got := threeBytes(word | 0xa5ff<<24); got != (n == 3 && 0x1000 <= r && r < 0xd000) {
			t.Fatalf("%06x: %v, and it is %U of %d bytes", word, got, r, n)
		}
	}
}
