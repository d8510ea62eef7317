package row

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// array returns an Array of the type that a driver reports.
func array(t testing.TB, databaseType, text string) (v Value) {
	t.Helper()
	if err := set(&v, []byte(text), column(databaseType)); err != nil || v.Kind() != Array {
		t.Fatalf("%s is %v, %v", databaseType, v.Kind(), err)
	}
	return v
}

// TestArraysAreThoseOfToJSON has texts of PostgreSQL 15, the columns of SELECT (expression)::text,
// to_json(expression). JSON of to_json is written as Go values: strings quoted, everything else as
// fmt prints it.
func TestArraysAreThoseOfToJSON(t *testing.T) {
	tests := []struct {
		expression string
		typ        string
		text       string
		want       string
	}{
		{expression: `array[1,2,null]`, typ: "_INT4", text: `{1,2,NULL}`, want: `[1,2,null]`},
		{expression: `array[]::int[]`, typ: "_INT4", text: `{}`, want: `[]`},
		{expression: `array[9223372036854775807,-9223372036854775808]`,
			typ: "_INT8", text: `{9223372036854775807,-9223372036854775808}`,
			want: `[9223372036854775807,-9223372036854775808]`},
		{expression: `array['']`, typ: "_TEXT", text: `{""}`, want: `[""]`},
		{expression: `array['null','NULL','nULL',null]`,
			typ: "_TEXT", text: `{"null","NULL","nULL",NULL}`, want: `["null","NULL","nULL",null]`},
		{expression: `array['a b',E'tab\t','q"q',E'b\\s']`,
			typ: "_TEXT", text: `{"a b","tab	","q\"q","b\\s"}`, want: `["a b","tab\t","q\"q","b\\s"]`},
		{expression: `array['c,d','{','}','plain','é']`,
			typ: "_TEXT", text: `{"c,d","{","}",plain,é}`, want: `["c,d","{","}","plain","é"]`},
		{expression: `array[E'nl\n','a;b',' lead']`,
			typ: "_TEXT", text: "{\"nl\n\",a;b,\" lead\"}", want: `["nl\n","a;b"," lead"]`},
		{expression: `array[[1,2],[3,4]]`, typ: "_INT4", text: `{{1,2},{3,4}}`, want: `[[1,2],[3,4]]`},
		{expression: `array[[[1],[2]],[[3],[4]]]`,
			typ: "_INT4", text: `{{{1},{2}},{{3},{4}}}`, want: `[[[1],[2]],[[3],[4]]]`},
		{expression: `'[0:1]={1,2}'::int[]`, typ: "_INT4", text: `[0:1]={1,2}`, want: `[1,2]`},
		{expression: `'[-1:0][2:3]={{1,2},{3,4}}'::int[]`,
			typ: "_INT4", text: `[-1:0][2:3]={{1,2},{3,4}}`, want: `[[1,2],[3,4]]`},
		{expression: `array['(1,2),(0,0)','(3,4),(1,1)']::box[]`,
			typ: "_BOX", text: `{(1,2),(0,0);(3,4),(1,1)}`, want: `["(1,2),(0,0)","(3,4),(1,1)"]`},
		{expression: `array[true,false,null]`,
			typ: "_BOOL", text: `{t,f,NULL}`, want: `[true,false,null]`},
		{expression: `array['2024-01-02 03:04:05.5'::timestamp,'infinity']`,
			typ: "_TIMESTAMP", text: `{"2024-01-02 03:04:05.5",infinity}`,
			want: `["2024-01-02T03:04:05.5","infinity"]`},
		{expression: `array['2024-01-02 03:04:05+00'::timestamptz,'0044-03-15 01:02:03+00 BC']`,
			typ: "_TIMESTAMPTZ", text: `{"2024-01-02 03:04:05+00","0044-03-15 01:02:03+00 BC"}`,
			want: `["2024-01-02T03:04:05+00:00","0044-03-15T01:02:03+00:00 BC"]`},
		{expression: `array['2024-01-02'::date,'0044-03-15 BC']`,
			typ: "_DATE", text: `{2024-01-02,"0044-03-15 BC"}`, want: `["2024-01-02","0044-03-15 BC"]`},
		{expression: `array['03:04:05+02'::timetz]`,
			typ: "_TIMETZ", text: `{03:04:05+02}`, want: `["03:04:05+02"]`},
		{expression: `array['{"a": [1,"x"]}'::jsonb,'null','"s"']`,
			typ: "_JSONB", text: `{"{\"a\": [1, \"x\"]}","null","\"s\""}`,
			want: `["{\"a\": [1, \"x\"]}","null","\"s\""]`},
		{expression: `array['{"a":"b\\c"}'::json]`,
			typ: "_JSON", text: `{"{\"a\":\"b\\\\c\"}"}`, want: `["{\"a\":\"b\\\\c\"}"]`},
		{expression: `array[0.1,1e10,'NaN']::float4[]`,
			typ: "_FLOAT4", text: `{0.1,1e+10,NaN}`, want: `[0.1,1e+10,NaN]`},
		{expression: `array[0.1,'-Infinity',1e20]::float8[]`,
			typ: "_FLOAT8", text: `{0.1,-Infinity,1e+20}`, want: `[0.1,-Inf,1e+20]`},
		{expression: `array[1.10,'NaN',1e20]::numeric[]`,
			typ: "_NUMERIC", text: `{1.10,NaN,100000000000000000000}`,
			want: `["1.10","NaN","100000000000000000000"]`},
		{expression: `array['c0ffee00-1122-3344-5566-778899aabbcc'::uuid]`,
			typ: "_UUID", text: `{c0ffee00-1122-3344-5566-778899aabbcc}`,
			want: `["c0ffee00-1122-3344-5566-778899aabbcc"]`},
		{expression: `array[26::oid]`, typ: "_OID", text: `{26}`, want: `["26"]`},
		{expression: `array[interval '1 day']`, typ: "_INTERVAL", text: `{"1 day"}`, want: `["1 day"]`},
		{expression: `array['\x00ff'::bytea,'\x'::bytea]`,
			typ: "_BYTEA", text: `{"\\x00ff","\\x"}`, want: `[bytes 00ff,bytes ]`},
		{expression: `bytea_output=escape: array['\x00ff5c78'::bytea,'\x5c78']`,
			typ: "_BYTEA", text: `{"\\000\\377\\\\x","\\\\x"}`, want: `["\\000\\377\\\\x","\\\\x"]`},
		{expression: `text that is not in the hexadecimal form of bytea stays text`,
			typ: "_BYTEA", text: `{"\\x616","\\x61zz"}`, want: `["\\x616","\\x61zz"]`},
	}
	for _, tt := range tests {
		v := array(t, tt.typ, tt.text)
		list, ok := v.Any().([]any)
		if got := show(list); !ok || got != tt.want {
			t.Errorf("%s: %s is %s, want %s", tt.expression, tt.text, got, tt.want)
		}
		if v.String() != tt.text || string(v.Raw()) != tt.text {
			t.Errorf("%s: String is %s, want the array's text", tt.expression, v)
		}
	}
}

// show returns a list as text, for comparison.
func show(list []any) string {
	var parts []string
	for _, v := range list {
		switch v := v.(type) {
		case nil:
			parts = append(parts, "null")
		case string:
			parts = append(parts, fmt.Sprintf("%q", v))
		case []byte:
			parts = append(parts, fmt.Sprintf("bytes %x", v))
		case []any:
			parts = append(parts, show(v))
		default:
			parts = append(parts, fmt.Sprint(v))
		}
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// malformed are texts that are not arrays, each for another reason.
var malformed = []string{
	``, `x`, `1,2`, `}`, `,`, `"`, `\`, "\x00", ` {1}`, // no {
	`{`, `{1`, `{1,`, `{{1}`, `{"a`, `{"a\`, `{a\`, `{"a"`, // no end
	`{}x`, `{1}}`, `{1} `, `{},{}`, `{1},2`, // more after the end
	`{,}`, `{1,}`, `{,1}`, `{1,,2}`, `{{1},}`, // nothing between delimiters
	`{a"b"}`, `{"a"b}`, `{"a""b"}`, `{a{b}}`, `{{1}2}`, `{"a"{b}}`, `{{a}{b}}`, // no delimiter between
	`[0:1]`, `[0:1]=`, `[0:1]=x`, `[0:1{1}`, `[a=b]={1}`, `[`, `=`, `={1}`, // bounds
}

func TestMalformedArrayIsAnError(t *testing.T) {
	for _, text := range malformed {
		v := array(t, "_TEXT", text)
		if list, err := v.List(Value.Any); !errors.Is(err, ErrArray) || list != nil && text[0] != '{' {
			t.Errorf("List of %q = %v, %v; want ErrArray", text, list, err)
		}
		if got := v.Any(); got != text {
			t.Errorf("Any of %q = %v, want the text", text, got)
		}
		a := v.Array()
		for range len(text) + 3 {
			if _, err := a.Next(); err != nil {
				break
			}
		}
		for range 3 {
			if token, err := a.Next(); err != ErrArray {
				t.Errorf("%q: %v, %v after ErrArray; want it again", text, token, err)
			}
		}
	}
}

func TestArrayOfAnotherKindIsAnError(t *testing.T) {
	for _, typ := range []string{"TEXT", "JSON", "BYTEA", ""} {
		var v Value
		if err := set(&v, "{1,2}", column(typ)); err != nil {
			t.Fatal(err)
		}
		if token, err := v.Array().Next(); err != ErrArray {
			t.Errorf("%s: Next = %v, %v; want ErrArray", typ, token, err)
		}
		if list, err := v.List(Value.Any); list != nil || err != ErrArray {
			t.Errorf("%s: List = %v, %v; want ErrArray", typ, list, err)
		}
	}
	if _, err := new(ArrayReader).Next(); err != ErrArray {
		t.Errorf("the zero ArrayReader: %v, want ErrArray", err)
	}
}

// TestArrayReaderReturnsTokens walks several arrays with the same reader.
func TestArrayReaderReturnsTokens(t *testing.T) {
	type step struct {
		token Token
		value any
	}
	tests := []struct {
		typ, text string
		want      []step
	}{
		{"_TEXT", `{{a,NULL},{"",longer}}`, []step{
			{Open, nil}, {Open, nil}, {Element, "a"}, {Element, nil}, {Close, nil}, {Open, nil},
			{Element, ""}, {Element, "longer"}, {Close, nil}, {Close, nil}, {End, nil}, {End, nil},
		}},
		{"_BOX", `{(1,2),(0,0);(3,4),(1,1)}`, []step{
			{Open, nil}, {Element, "(1,2),(0,0)"}, {Element, "(3,4),(1,1)"}, {Close, nil}, {End, nil},
		}},
		{"_INT4", `[5:5]={1}`, []step{{Open, nil}, {Element, int64(1)}, {Close, nil}, {End, nil}}},
		{"_BYTEA", `{"\\x6869","\\x"}`,
			[]step{{Open, nil}, {Element, []byte("hi")}, {Element, []byte{}}, {Close, nil}, {End, nil}}},
		{"_INT4", `{}`, []step{{Open, nil}, {Close, nil}, {End, nil}}},
	}
	var a ArrayReader
	for range 2 { // the second time after an array that was not read to its end
		for _, tt := range tests {
			a.Reset(array(t, tt.typ, tt.text))
			for i, want := range tt.want {
				token, err := a.Next()
				if err != nil || token != want.token ||
					token == Element && !reflect.DeepEqual(a.Value().Any(), want.value) {
					t.Errorf("%s, step %d: %v %v, %v; want %v", tt.text, i, token, a.Value(), err, want)
				}
			}
		}
		a.Reset(array(t, "_TEXT", `{{"a","b"}}`))
		for range 3 {
			a.Next()
		}
	}
}

// TestArrayReaderDoesNotAllocate uses a reader again.
func TestArrayReaderDoesNotAllocate(t *testing.T) {
	for typ, text := range map[string]string{
		"_TEXT": `{{"a b",NULL},{c,"d\"e"}}`, "_INT8": `{1,2,3}`, "_FLOAT8": `{0.1,NaN}`,
		"_BYTEA":       `{"\\x00ff","\\x6869"}`,
		"_TIMESTAMPTZ": `{"2024-01-02 03:04:05.5+02"}`,
	} {
		v := array(t, typ, text)
		var a ArrayReader
		if n := testing.AllocsPerRun(100, func() {
			a.Reset(v)
			for token := Open; token != End; {
				var err error
				if token, err = a.Next(); err != nil {
					t.Fatal(err)
				}
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", text, n)
		}
	}
}
