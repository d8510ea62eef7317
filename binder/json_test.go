package binder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// lookupJSON binds one field a of a JSON body.
func lookupJSON(body string) (any, error) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	values, present, err := Bind(r, []Field{Any("a").Optional()}, nil, Defaults())
	if err != nil {
		return nil, err
	}
	if !present[0] {
		return "absent", nil
	}
	return values[0], nil
}

func TestJSONValuesKeepTheirText(t *testing.T) {
	for _, row := range []struct {
		why, body string
		want      any
	}{
		{"a string", `{"a":"x"}`, "x"},
		{"the empty string", `{"a":""}`, ""},
		{"escapes", `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀"}`, "\"\\/\b\f\n\r\té😀é😀"},
		{"an escaped backslash begins no escape", `{"a":"\\ud800"}`, `\ud800`},
		{"the replacement character, escaped", `{"a":"\ufffd"}`, "\ufffd"},
		{"two pairs", `{"a":"\ud83d\ude00\uD83D\uDE00\ud7ff"}`, "😀😀\ud7ff"},
		{"NUL, which the database refuses", `{"a":"\u0000"}`, "\x00"},
		{"null", `{"a":null}`, nil},
		{"the text null", `{"a":"null"}`, "null"},
		{"true", `{"a":true}`, "true"},
		{"false", `{"a" : false }`, "false"},
		{"digits after the point", `{"a":1.10}`, "1.10"},
		{"a number beyond the range of floats", `{"a":1e400}`, "1e400"},
		{
			why:  "more digits than a float has",
			body: `{"a":-12345678901234567890.123456789012345678901234567890}`,
			want: "-12345678901234567890.123456789012345678901234567890",
		},
		{"minus zero", `{"a":-0}`, "-0"},
		{"an object as sent", `{"a":{ "x" : 1.0, "y":"\u0041"  } }`, `{ "x" : 1.0, "y":"\u0041"  }`},
		{"an array as sent", "{\"a\":[1,\n [] , {}]}", "[1,\n [] , {}]"},
		{"a nested unpaired surrogate, which the database checks", `{"a":["\ud800"]}`, `["\ud800"]`},
		{"an escaped key", `{"\u0061":1}`, "1"},
		{"keys differ by upper and lower case", `{"A":1}`, "absent"},
		{"other members are ignored", `{"b":"\ud800","c":[{"a":1}]}`, "absent"},
		{"the same key at two levels", `{"b":{"a":2},"a":{"a":1},"c":[{"a":3},{"a":4}]}`, `{"a":1}`},
		{"an empty key", `{"":1,"a":2}`, "2"},
		{"an empty object", ` { } `, "absent"},
		{"whitespace everywhere", " \t\r\n{ \"a\" \n:\t1\r, \"b\" : [ ] } \n", "1"},
		{
			why:  "10,000 levels",
			body: `{"a":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`,
			want: strings.Repeat("[", 9999) + strings.Repeat("]", 9999),
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			if got, err := lookupJSON(row.body); got != row.want || err != nil {
				t.Errorf("%.100s: got %.100q, %v, want %.100q", row.body, got, err, row.want)
			}
		})
	}
}

func TestJSONErrorsReportThePlace(t *testing.T) {
	for _, row := range []struct{ why, body, message string }{
		{"an array", `[{"a":1}]`, "not an object"},
		{"null", `null`, "not an object"},
		{"a form", `a=secret`, "not an object"},
		{"whitespace only", " \n", "not an object"},
		{"a byte order mark", "\ufeff{}", "byte order mark"},
		{"UTF-16", "{\x00\"\x00a\x00", "malformed JSON body at offset 1 (line 1, column 2)"},
		{"a trailing comma", `{"a":1,}`, "malformed JSON body at offset 7 (line 1, column 8)"},
		{"a missing comma", `{"a":[1 2]}`, "malformed JSON body at offset 8 (line 1, column 9)"},
		{
			why:     "single quotes",
			body:    "{\n\n \"é\": 'secret'}",
			message: "malformed JSON body at offset 10 (line 3, column 7)",
		},
		{"a leading zero", `{"a":01}`, "malformed JSON body at offset 6 (line 1, column 7)"},
		{"NaN is not JSON", `{"a":NaN}`, "malformed JSON body at offset 5 (line 1, column 6)"},
		{
			why:  "a line break in a string",
			body: "{\"a\":\"\n\"}", message: "malformed JSON body at offset 6 (line 1, column 7)",
		},
		{"an unknown escape", `{"a":"\x41"}`, "malformed JSON body at offset"},
		{"a comment", `{/**/}`, "malformed JSON body at offset 1"},
		{"a no-break space", "{\"a\":1\u00a0}", "malformed JSON body at offset 6"},
		{"a string that is cut off", `{"a":"secret`, "ends too early at offset 12 (line 1, column 13)"},
		{"a literal that is cut off", "{\"a\":\ntru", "ends too early at offset 9 (line 2, column 4)"},
		{
			why:  "another object after the object",
			body: "{\"a\":1}\n {}", message: "goes on after the object at offset 9 (line 2, column 2)",
		},
		{"text after the object", `{}secret`, "goes on after the object at offset 2 (line 1, column 3)"},
		{
			why:     "a repeated key",
			body:    `{"a":1, "a":1}`,
			message: `has the key "a" twice in one object: at offset 8 (line 1, column 9)`,
		},
		{"a repeated key, once escaped", `{"a":1,"\u0061":1}`, `has the key "a" twice`},
		{"a repeated key without a field", `{"b":1,"a":1,"b":1}`, `has the key "b" twice`},
		{"a repeated key in a nested object", `{"b":[0,{"c":{"d":1,"d":1}}]}`, `has the key "d" twice`},
		{
			why:     "a long repeated key",
			body:    `{"` + strings.Repeat("k", 9999) + `":1,"` + strings.Repeat("k", 9999) + `":1}`,
			message: `has the key "` + strings.Repeat("k", 64) + `" twice`,
		},
		{"invalid UTF-8", "{\"a\":\"\ufffd\xff\"}", "not valid UTF-8 at offset 9 (line 1, column 8)"},
		{"invalid UTF-8 in a nested key", "{\"b\":{\"\xc3\":1}}", "not valid UTF-8 at offset 7"},
		{"a surrogate encoded in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", "not valid UTF-8 at offset 6"},
		{"the first half of a pair", `{"a":"x\ud800y"}`, "a holds half of a surrogate pair"},
		{"the second half of a pair", `{"a":"\udc00"}`, "a holds half of a surrogate pair"},
		{"two first halves of a pair", `{"a":"\ud83d\ud83d"}`, "a holds half of a surrogate pair"},
		{"half a pair after a pair", `{"a":"\ud83d\ude00\ude00"}`, "a holds half of a surrogate pair"},
		{"half a pair before an escape", `{"a":"\ud83d\n"}`, "a holds half of a surrogate pair"},
		{"half a pair at the end", `{"a":"\ud83d"}`, "a holds half of a surrogate pair"},
		{
			why:  "half a pair in a key",
			body: `{"\ud800":1}`,
			message: "a key of the JSON body holds half of a surrogate pair at offset 1 (line 1, " +
				"column 2)",
		},
		{
			why:     "half a pair in a nested key",
			body:    `{"a":[{"\ud800":1}]}`,
			message: "a key of the JSON body holds half of a surrogate pair",
		},
		{
			why:     "10,001 levels",
			body:    `{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
			message: "malformed JSON body at offset 10004",
		},
		{
			why:  "levels that are never closed",
			body: `{"a":` + strings.Repeat(`[{"a":`, 1e6), message: "malformed JSON body at offset",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			got, err := lookupJSON(row.body)
			refusal := (*Error)(nil)
			switch {
			case !errors.As(err, &refusal):
				t.Fatalf("got %.100q, %v, want %q", got, err, row.message)
			case refusal.Status != 400 || !strings.Contains(err.Error(), row.message):
				t.Errorf("got %d %q, want %q", refusal.Status, err, row.message)
			case strings.Contains(err.Error()+refusal.Hint, "secret"):
				t.Errorf("%q quotes a value", err)
			}
			if strings.Contains(row.why, "levels") != strings.Contains(refusal.Hint, "10,000") {
				t.Errorf("hint %q", refusal.Hint)
			}
		})
	}
}

// FuzzJSON compares parseObject with encoding/json: it accepts a body if and only if that is valid
// JSON, an object, and UTF-8, and no object in it has a repeated key or one that is not Unicode
// text. Members and values are the same.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` {"a":1.10,"b":[null,true,{"c":"\u00e9"}],"d":"\ud83d\ude00\\"} `,
		`{"a":1,"\u0061":2}`, `{"a":{"b":1,"b":2}}`,
		`{"a":"\ud800"}`, `{"\udc00":1}`, "{\"a\":\"\xff\"}", "{\"a\":\"\ufffd\\ufffd\"}",
		"\ufeff{}", `[]`, `{"a":1}x`, `{"a":`, ``, `{"a":-0e+1,}`,
		`{"a":"\ud83d\ud83d\ude00\ude00","b":"\\ud800","c":"\"\\"}`,
		"{\n\"a\"\t:\r[ ] ,\"b\": { } }", `{"":[{"":{}},{"":""}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		object, err := parseObject(string(body))
		var want map[string]json.RawMessage
		isObject := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) &&
			json.Unmarshal(body, &want) == nil
		fault := ""
		if isObject {
			fault = faultOfKeys(body)
		}
		if taken := isObject && utf8.Valid(body) && fault == ""; taken != (err == nil) {
			t.Fatalf("%q: error %v, but object: %t, UTF-8: %t, keys: %q",
				body, err, isObject, utf8.Valid(body), fault)
		}
		if err != nil {
			if refusal := (*Error)(nil); !errors.As(err, &refusal) || refusal.Status != 400 {
				t.Errorf("%q: %#v", body, err)
			}
			return
		}
		members := map[string]string{}
		for _, one := range object {
			members[one.key] = one.raw
		}
		if len(object) != len(want) || len(members) != len(want) {
			t.Errorf("%q: members %q, want %q", body, members, want)
		}
		for key, raw := range want {
			if members[key] != string(raw) {
				t.Errorf("%q: member %q is %q, want %q", body, key, members[key], raw)
			}
			if raw[0] == '"' {
				checkUnquote(t, string(raw))
			}
		}
	})
}

// FuzzBodyArgs compares the arguments of a body with encoding/json, by names, order and values, and
// the values with those of Bind.
func FuzzBodyArgs(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `{}`, `{"b":1.10,"a":[null, {"c":"\u00e9"}],"d":"\ud83d\ude00\\"}`,
		`{"a":1,"\u0061":2}`, `{"a":{"b":1,"b":2}}`, `{"":1}`, `{"a":{"":1}}`,
		`{"z":null,"y":"null","x":"\ud800","w":true}`, `{"\udc00":1}`, "{\"a\":\"\xff\"}",
		"\ufeff{}", `[]`, `null`, `{"a":1}{}`, `{"a":`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		args, err := BodyArgs(r)
		want := orderedMembers(body)
		fault := ""
		if want != nil {
			fault = faultOfKeys(body)
		}
		unnamed := slices.ContainsFunc(want, func(a Arg) bool { return a.Name == "" })
		valid := len(body) == 0 || want != nil && utf8.Valid(body) && fault == "" && !unnamed
		if valid != (err == nil) {
			t.Fatalf("%q: error %v, but members: %+v, UTF-8: %t, keys: %q",
				body, err, want, utf8.Valid(body), fault)
		}
		if rest, err := io.ReadAll(r.Body); !bytes.Equal(rest, body) || err != nil {
			t.Errorf("%q: afterwards the body is %q, %v", body, rest, err)
		}
		if err != nil {
			if refusal := (*Error)(nil); !errors.As(err, &refusal) || refusal.Status != 400 || args != nil {
				t.Errorf("%q: %+v, %#v", body, args, err)
			}
			return
		}
		if len(args) != len(want) || len(want) > 0 && !reflect.DeepEqual(args, want) {
			t.Fatalf("%q: got %+v, want %+v", body, args, want)
		}
		for _, arg := range args {
			checkValue(t, string(body), arg)
		}
	})
}

// orderedMembers returns the members of a JSON object, nil for any other text.
func orderedMembers(body []byte) []Arg {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if start, err := decoder.Token(); start != json.Delim('{') || err != nil || !json.Valid(body) {
		return nil
	}
	args := []Arg{}
	for decoder.More() {
		name, _ := decoder.Token()
		var raw json.RawMessage
		_ = decoder.Decode(&raw)
		args = append(args, Arg{Name: name.(string), Values: []string{string(raw)}, JSON: true})
	}
	return args
}

// checkValue checks that Value returns what encoding/json does for a scalar, and what Bind does for
// the body.
func checkValue(t *testing.T, body string, arg Arg) {
	t.Helper()
	raw := arg.Values[0]
	var want any
	if err := json.Unmarshal([]byte(raw), &want); err != nil {
		t.Fatal(err)
	}
	if _, text := want.(string); want != nil && !text {
		want = raw
	}
	got, err := arg.Value()
	if half := raw[0] == '"' && isHalf(raw); half != (err != nil) || !half && got != want {
		t.Errorf("%q: value of %s is %q, %v, want %q", body, arg.Name, got, err, want)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	values, _, bindErr := Bind(r, []Field{{Name: arg.Name}}, nil, Defaults())
	if (err == nil) != (bindErr == nil) || err == nil && values[0] != got ||
		err != nil && err.Error() != bindErr.Error() {
		t.Errorf("%q: value of %s is %q, %v, and for Bind %q, %v",
			body, arg.Name, got, err, values, bindErr)
	}
}

func checkUnquote(t *testing.T, raw string) {
	t.Helper()
	var want string
	if err := json.Unmarshal([]byte(raw), &want); err != nil {
		t.Fatal(err)
	}
	got, ok := unquote(raw)
	if ok == isHalf(raw) || ok && got != want {
		t.Errorf("%s: got %q, %t, want %q", raw, got, ok, want)
	}
}

// escapes matches whole escapes, a pair of surrogates as one.
var escapes = regexp.MustCompile(
	`\\(u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F][[:xdigit:]]{2}|u[[:xdigit:]]{4}|.)`)

// isHalf does what hasLoneSurrogate does, by other means.
func isHalf(raw string) bool {
	for _, escape := range escapes.FindAllString(raw, -1) {
		if len(escape) == len(`\ud800`) &&
			strings.HasPrefix(strings.ToLower(escape), `\ud`) && escape[3] >= '8' {
			return true
		}
	}
	return false
}

// faultOfKeys returns what is wrong with the keys of a valid text, by the tokens of encoding/json.
func faultOfKeys(body []byte) string {
	type level struct {
		keys map[string]bool // nil in an array
		key  bool            // a key or the end is next
	}
	levels := []*level{{}}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	for {
		begin := decoder.InputOffset()
		token, err := decoder.Token()
		if err != nil { // io.EOF
			return ""
		}
		top := levels[len(levels)-1]
		switch {
		case token == json.Delim('}') || token == json.Delim(']'):
			levels = levels[:len(levels)-1]
			continue
		case top.key:
			name := token.(string)
			if isHalf(string(body[begin:decoder.InputOffset()])) {
				return fmt.Sprintf("%q is half", name)
			}
			if top.keys[name] {
				return fmt.Sprintf("%q twice", name)
			}
			top.keys[name], top.key = true, false
			continue
		}
		top.key = top.keys != nil
		switch token {
		case json.Delim('{'):
			levels = append(levels, &level{keys: map[string]bool{}, key: true})
		case json.Delim('['):
			levels = append(levels, &level{})
		}
	}
}
