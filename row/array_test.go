package row

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// array is an Array value of a type that a driver names.
func array(t testing.TB, databaseType, text string) (v Value) {
	t.Helper()
	if err := set(&v, []byte(text), column(databaseType)); err != nil || v.Kind() != Array {
		t.Fatalf("%s is %v, %v", databaseType, v.Kind(), err)
	}
	return v
}

// TestArray has the texts of PostgreSQL 15, the two columns of select (expression)::text, to_json(expression). What
// to_json writes is put down in Go: strings quoted, everything else as fmt prints it.
func TestArray(t *testing.T) {
	tests := []struct {
		expression string
		typ        string
		text       string
		want       string
	}{
		{`array[1,2,null]`, "_INT4", `{1,2,NULL}`, `[1,2,null]`},
		{`array[]::int[]`, "_INT4", `{}`, `[]`},
		{`array[9223372036854775807,-9223372036854775808]`, "_INT8", `{9223372036854775807,-9223372036854775808}`, `[9223372036854775807,-9223372036854775808]`},
		{`array['']`, "_TEXT", `{""}`, `[""]`},
		{`array['null','NULL','nULL',null]`, "_TEXT", `{"null","NULL","nULL",NULL}`, `["null","NULL","nULL",null]`},
		{`array['a b',E'tab\t','q"q',E'b\\s']`, "_TEXT", `{"a b","tab	","q\"q","b\\s"}`, `["a b","tab\t","q\"q","b\\s"]`},
		{`array['c,d','{','}','plain','é']`, "_TEXT", `{"c,d","{","}",plain,é}`, `["c,d","{","}","plain","é"]`},
		{`array[E'nl\n','a;b',' lead']`, "_TEXT", "{\"nl\n\",a;b,\" lead\"}", `["nl\n","a;b"," lead"]`},
		{`array[[1,2],[3,4]]`, "_INT4", `{{1,2},{3,4}}`, `[[1,2],[3,4]]`},
		{`array[[[1],[2]],[[3],[4]]]`, "_INT4", `{{{1},{2}},{{3},{4}}}`, `[[[1],[2]],[[3],[4]]]`},
		{`'[0:1]={1,2}'::int[]`, "_INT4", `[0:1]={1,2}`, `[1,2]`},
		{`'[-1:0][2:3]={{1,2},{3,4}}'::int[]`, "_INT4", `[-1:0][2:3]={{1,2},{3,4}}`, `[[1,2],[3,4]]`},
		{`array['(1,2),(0,0)','(3,4),(1,1)']::box[]`, "_BOX", `{(1,2),(0,0);(3,4),(1,1)}`, `["(1,2),(0,0)","(3,4),(1,1)"]`},
		{`array[true,false,null]`, "_BOOL", `{t,f,NULL}`, `[true,false,null]`},
		{`array['2024-01-02 03:04:05.5'::timestamp,'infinity']`, "_TIMESTAMP", `{"2024-01-02 03:04:05.5",infinity}`, `["2024-01-02T03:04:05.5","infinity"]`},
		{`array['2024-01-02 03:04:05+00'::timestamptz,'0044-03-15 01:02:03+00 BC']`, "_TIMESTAMPTZ", `{"2024-01-02 03:04:05+00","0044-03-15 01:02:03+00 BC"}`, `["2024-01-02T03:04:05+00:00","0044-03-15T01:02:03+00:00 BC"]`},
		{`array['2024-01-02'::date,'0044-03-15 BC']`, "_DATE", `{2024-01-02,"0044-03-15 BC"}`, `["2024-01-02","0044-03-15 BC"]`},
		{`array['03:04:05+02'::timetz]`, "_TIMETZ", `{03:04:05+02}`, `["03:04:05+02"]`},
		{`array['{"a": [1,"x"]}'::jsonb,'null','"s"']`, "_JSONB", `{"{\"a\": [1, \"x\"]}","null","\"s\""}`, `["{\"a\": [1, \"x\"]}","null","\"s\""]`},
		{`array['{"a":"b\\c"}'::json]`, "_JSON", `{"{\"a\":\"b\\\\c\"}"}`, `["{\"a\":\"b\\\\c\"}"]`},
		{`array[0.1,1e10,'NaN']::float4[]`, "_FLOAT4", `{0.1,1e+10,NaN}`, `[0.1,1e+10,NaN]`},
		{`array[0.1,'-Infinity',1e20]::float8[]`, "_FLOAT8", `{0.1,-Infinity,1e+20}`, `[0.1,-Inf,1e+20]`},
		{`array[1.10,'NaN',1e20]::numeric[]`, "_NUMERIC", `{1.10,NaN,100000000000000000000}`, `["1.10","NaN","100000000000000000000"]`},
		{`array['c0ffee00-1122-3344-5566-778899aabbcc'::uuid]`, "_UUID", `{c0ffee00-1122-3344-5566-778899aabbcc}`, `["c0ffee00-1122-3344-5566-778899aabbcc"]`},
		{`array[26::oid]`, "_OID", `{26}`, `["26"]`},
		{`array[interval '1 day']`, "_INTERVAL", `{"1 day"}`, `["1 day"]`},
		{`array['\x00ff'::bytea,'\x'::bytea]`, "_BYTEA", `{"\\x00ff","\\x"}`, `[bytes 00ff,bytes ]`},
		{`bytea_output=escape: array['\x00ff5c78'::bytea,'\x5c78']`, "_BYTEA", `{"\\000\\377\\\\x","\\\\x"}`, `["\\000\\377\\\\x","\\\\x"]`},
		{`what only looks like bytea's hexadecimal form stays whole`, "_BYTEA", `{"\\x616","\\x61zz"}`, `["\\x616","\\x61zz"]`},
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

// show writes a list for comparison.
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

// malformed are no texts of arrays, each by something else.
var malformed = []string{
	``, `x`, `1,2`, `}`, `,`, `"`, `\`, "\x00", ` {1}`, // no {
	`{`, `{1`, `{1,`, `{{1}`, `{"a`, `{"a\`, `{a\`, `{"a"`, // no end
	`{}x`, `{1}}`, `{1} `, `{},{}`, `{1},2`, // something behind it
	`{,}`, `{1,}`, `{,1}`, `{1,,2}`, `{{1},}`, // nothing between delimiters
	`{a"b"}`, `{"a"b}`, `{"a""b"}`, `{a{b}}`, `{{1}2}`, `{"a"{b}}`, `{{a}{b}}`, // no delimiter between
	`[0:1]`, `[0:1]=`, `[0:1]=x`, `[0:1{1}`, `[a=b]={1}`, `[`, `=`, `={1}`, // bounds
}

func TestArrayMalformed(t *testing.T) {
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

func TestArrayOfOtherKinds(t *testing.T) {
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

// TestArrayReader walks one array token by token, and another with the same reader.
func TestArrayReader(t *testing.T) {
	type step struct {
		token Token
		value any
	}
	tests := []struct {
		typ, text string
		want      []step
	}{
		{"_TEXT", `{{a,NULL},{"",longer}}`, []step{{Open, nil}, {Open, nil}, {Element, "a"}, {Element, nil}, {Close, nil}, {Open, nil}, {Element, ""}, {Element, "longer"}, {Close, nil}, {Close, nil}, {End, nil}, {End, nil}}},
		{"_BOX", `{(1,2),(0,0);(3,4),(1,1)}`, []step{{Open, nil}, {Element, "(1,2),(0,0)"}, {Element, "(3,4),(1,1)"}, {Close, nil}, {End, nil}}},
		{"_INT4", `[5:5]={1}`, []step{{Open, nil}, {Element, int64(1)}, {Close, nil}, {End, nil}}},
		{"_BYTEA", `{"\\x6869","\\x"}`, []step{{Open, nil}, {Element, []byte("hi")}, {Element, []byte{}}, {Close, nil}, {End, nil}}},
		{"_INT4", `{}`, []step{{Open, nil}, {Close, nil}, {End, nil}}},
	}
	var a ArrayReader
	for range 2 { // the second time in used memory, and after an array left in the middle
		for _, tt := range tests {
			a.Reset(array(t, tt.typ, tt.text))
			for i, want := range tt.want {
				token, err := a.Next()
				if err != nil || token != want.token || token == Element && !reflect.DeepEqual(a.Value().Any(), want.value) {
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

// TestArrayAllocs says that a reader that is used again walks without an allocation.
func TestArrayAllocs(t *testing.T) {
	for typ, text := range map[string]string{
		"_TEXT": `{{"a b",NULL},{c,"d\"e"}}`, "_INT8": `{1,2,3}`, "_FLOAT8": `{0.1,NaN}`, "_BYTEA": `{"\\x00ff","\\x6869"}`,
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
