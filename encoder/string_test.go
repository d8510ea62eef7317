package encoder

import (
	"encoding/json"
	"fmt"
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

func TestAppendString(t *testing.T) {
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
		{where(), "a\xe4\xb8b\n", "\"a\ufffd\ufffdb\\n\""},                       // cut short
		{where(), "\xc0\xaf", "\"\ufffd\ufffd\""},                                // longer than it need be
		{where(), "\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""},                      // half of a surrogate pair
		{where(), "\xf4\x90\x80\x80", "\"" + strings.Repeat("\ufffd", 4) + "\""}, // past U+10FFFF
	} {
		if got := string(appendString([]byte("before"), []byte(test.in))); got != "before"+test.want {
			t.Errorf("%s: %q became %s, want %s", test.where, test.in, got, test.want)
		}
	}
}

// validity is the table of FuzzValidJSON too.
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
	{where(), "\v1", false},
	{where(), strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), true},
	{where(), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), false},
	{where(), strings.Repeat(`{"":`, maxDepth) + "1" + strings.Repeat("}", maxDepth), true},
	{where(), strings.Repeat(`{"":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1), false},
}

func TestValidJSON(t *testing.T) {
	for _, test := range validity {
		if got := validJSON([]byte(test.in)); got != test.want || got != json.Valid([]byte(test.in)) {
			t.Errorf("%s: valid is %v, want %v: %.50q", test.where, got, test.want, test.in)
		}
	}
}

// FuzzAppendString has encoding/json read what was written, and write the same itself.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"\\\n\x00\x1f\x7f", "ü漢😀\u2028", "\xff\xe4\xb8", "\xed\xa0\x80<&>"} {
		f.Add([]byte(seed))
	}
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
		if text != want {
			t.Errorf("%q became %q, which reads %q", in, got, text)
		}
	})
}

// FuzzValidJSON asks encoding/json.
func FuzzValidJSON(f *testing.F) {
	for _, test := range validity {
		if len(test.in) < 100 {
			f.Add([]byte(test.in))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if got, want := validJSON(in), json.Valid(in); got != want {
			t.Errorf("valid is %v, want %v: %q", got, want, in)
		}
	})
}
