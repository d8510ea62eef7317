package dbtest

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgliteral"
)

// literals are JSON values by the type that they are converted to. json_to_record says what each
// becomes, or that it is refused.
var literals = []struct {
	typ    string
	values []string
}{
	{"int", []string{`1`, ` -2 `, `"3"`, `""`, `1.5`, `1e2`, `true`, `[1]`, `{}`, `null`,
		`99999999999`}},
	{"numeric", []string{`12345678901234567890123456789012345678901234567890`, `0.10`, `1e400`, `-0`,
		`"NaN"`, `"Infinity"`}},
	{"float8", []string{`0.1`, `1e-5`, `"-Infinity"`, `5e-324`, `1e999`}},
	{"bool", []string{`true`, `false`, `"on"`, `"x"`, `1`, `0`, `null`}},
	{"text", []string{`"a"`, `""`, `"null"`, `12.50`, `1E+2`, `true`, `null`,
		` [1, {"a" : "\u00e9"}] `, `{"b": 1,  "a":null}`, `{}`, `[]`,
		`"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 naïve 😀"`, `"\\ud83d"`, `"\ud83d\\udc00"`, `"\ud83d"`,
		`"\ude00"`, `"\uDE00\uD83D"`, `"a\u0000b"`, `"\ufffd"`}},
	{"varchar", []string{`"a "`, `1`}},
	{`"char"`, []string{`"a"`, `""`, `"ab"`}},
	{"bytea", []string{`"\\x00ff"`, `""`, `"a\\000b"`, `"\\x0"`, `1`}},
	{"date", []string{`"2024-02-29"`, `"infinity"`, `"2023-02-29"`, `20240229`}},
	{"timestamptz", []string{`"2024-02-29T12:00:00+02:00"`, `"0044-03-15 BC"`}},
	{"interval", []string{`"1 day 02:03"`, `"P1D"`}},
	{"uuid", []string{`"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`, `"x"`}},
	{"inet", []string{`"::1"`, `null`}},
	{"box", []string{`"(1,1),(0,0)"`, `[1]`}},
	{"int4range", []string{`"[1,5)"`, `"empty"`, `"(,)"`, `{"lower":1}`, `[1,5]`}},
	{"int4multirange", []string{`"{[1,2),[5,7)}"`, `"{}"`, `[]`, `{}`}},
	{"literals.mood", []string{`"sad"`, `"so \"so\", {now}"`, `"SAD"`, `1`, `null`}},
	{"public.hstore", []string{`"a=>1, b=>\"x y\", c=>NULL"`, `{"a":1}`, `""`}},
	{"json", []string{`{"b" : 1,"a":[1.0,null]}`, `"text"`, `"\"\\"`, `1.50`, `true`, `null`, `[ ]`,
		`"\ud83d\ude00"`}},
	{"jsonb", []string{`{"b":1,"a":[1.0,null],"b":2}`, `"text"`, `""`, `1.50`, `null`, `[null]`}},

	{"int[]", []string{`[1,2,null,-3]`, `[]`, ` [ ] `, `["1"," 2 "]`, `"{1,2}"`, `"[0:1]={1,2}"`, `""`,
		`1`, `true`, `{}`, `{"a":1}`, `null`,
		`[[1,2],[3,4]]`, `[[[1],[2]],[[3],[4]]]`, `[[]]`, `[[],[]]`, `[[[],[]]]`, `[[1],[2,3]]`,
		`[[1],2]`, `[1,[2]]`, `[[1],null]`, `[null,[1]]`,
		`[[],[1]]`, `[[1],[]]`, `[[[1]],[2]]`, `[[1],[[2]]]`, `[{"a":1}]`, `[[null]]`, `[[1],{}]`,
		`[[1],"{2}"]`, `["{1}"]`, `["NULL"]`, `[""]`,
		`[[[[[[1]]]]]]`, `[[[[[[[1]]]]]]]`, `[[[[[[[]]]]]]]`, " [\n[\t1 ]\r, [ 2]] "}},
	{"text[]", []string{`["a","b c",""," ","NULL","null","nUlL",null,"a,b","a;b","{","}","(x)",` +
		`"\"","\\","\\\\\"","'","\n","\u000b","\f","\u00a0","é😀","\u0001"]`,
		`[1.50,true,false,{"a": "b\"c\\d"},1e5]`, `["a",["b", {"c":"\"\\"}]]`, `[["a"],[["b"]]]`,
		`"{\"a b\",NULL,\"NULL\"}"`, `["\ud83d"]`, `["a\u0000"]`}},
	{"numeric[]", []string{`[12345678901234567890123456789012345678901234567890, 0.10, "NaN", null]`}},
	{"bool[]", []string{`[true,false,null,"t"]`}},
	{"date[]", []string{`["2024-02-29","infinity",null]`}},
	{"timestamp[]", []string{`["2024-02-29 12:00:00.5", "2024-02-29T12:00"]`}},
	{"bytea[]", []string{`["\\x00ff","","\\x",null,"a\\\\b"]`}},
	{"json[]", []string{`[{"a" : "x\"y\\z"},"text",1.50,null,true,"",{}]`, `[[1,2],[3,4]]`,
		`[{"a":[1]},[1]]`, `[1,[2,[3]]]`, `[[]]`}},
	{"jsonb[]", []string{`[{"a":"x\"y\\z"},"null",null,{"b":[{}]}]`, `"{1,2}"`, `"{"`, `{"a":1}`}},
	{"box[]", []string{`["(1,1),(0,0)","(3,3),(2,2)",null]`, `"{(1,1),(0,0);(3,3),(2,2)}"`,
		`[["(1,1),(0,0)"],["(3,3),(2,2)"]]`, `["1;2"]`}},
	{"int4range[]", []string{`["[1,5)","empty",null]`}},
	{"int4multirange[]", []string{`["{[1,5),[7,8)}","{}"]`}},
	{"literals.mood[]", []string{`["sad","so \"so\", {now}",null]`, `[1]`}},
	{"public.hstore[]", []string{`["a=>\"x y\"", null]`}},
	{"int2vector", []string{`[1,2]`, `[]`, `"1 2"`, `[3]`}},
	{"oidvector", []string{`[1,2]`}},

	{"literals.pair", []string{`{"a":1,"b":"x"}`, `{"b":"x","a":1,"c":[{}]}`, `{}`, `{"a":null}`,
		`{"b":""}`, `{"A":1}`, `{"a":1,"a":2}`, `"(1,x)"`, `"(,\"a \"\"b\"\"\")"`,
		`{"b":"a,b (c) \"d\" \\e\n\t{f}; 'g' é😀  "}`, `{"b":" "}`, `{"b":"NULL"}`,
		`{"b":{"x": [1, "\"\\"]}}`, `{"b":12.50}`, `{"b":"\u000b\u00a0"}`,
		`{"a":"x"}`, `{"a":{}}`, `[]`, `[1,"x"]`, `1`, `"1"`, `true`, `null`, `""`, ` { "a" : 1 } `,
		`{"\u0061":1}`, `{"b":"\ud83d"}`}},
	{"literals.pair[]",
		[]string{`[{"a":1,"b":"x y"},{},null,{"b":"\"\\"},"(5,y)"]`, `[[{"a":1}],[{"a":2}]]`, `[]`,
			`[[{}]]`, `[1]`, `[[{}],[1]]`, `{"a":1}`}},
	{"literals.nested", []string{
		`{"id":1,"pair":{"a":2,"b":"q\"\\ ,"},"pairs":[{"a":3,"b":"(\"\\,{}"},null,{"b":""}],
			"tags":["a b","\"","\\",null,"","NULL","x,y"],"doc":{"a":[1,"\"\\"]},
			"docs":[{"b":"\"\\"},null,"s"],"boxes":["(1,1),(0,0)","(3,3),(2,2)"],
			"mood":"so \"so\", {now}","small":[1,2],"few":{"a":7,"b":"z"},"raw":"\\x00ff",
			"grid":[[1,2],[3,4]],"span":"[1,5)"}`,
		`{"pair":null,"pairs":[],"tags":"{a,\"b c\"}","doc":null,"docs":[null],"few":"(8,)",` +
			`"grid":[[]],"raw":"","small":"{9}"}`,
		`{"doc":"text","few":null,"small":null,"span":"empty"}`,
		`{"pair":1}`, `{"pairs":{}}`, `{"small":[1,2,3,4]}`, `{"few":{"a":-1}}`, `{"pairs":[[{"a":1}]]}`,
		`{"tags":[["a"],["b","c"]]}`}},
	{"literals.nested[]", []string{`[{"id":1,"pairs":[{"b":"\"\\"}],"tags":["\"\\"],` +
		`"docs":["\"\\",{"a":"\"\\"}],"pair":{"b":"\"\\"}},{}]`}},
	{"literals.cars", []string{`{"id":1,"name":"x","gone":2,"tags":["a"]}`, `{"name":null}`, `{}`,
		`"(1,x,{a})"`}},
	{"literals.empty", []string{`{}`, `{"a":1}`, `null`, `[]`}},

	{"literals.positive", []string{`1`, `-1`, `"2"`, `null`}},
	{"literals.required", []string{`"x"`, `null`}},
	{"literals.requires", []string{`{"r":"x"}`, `{"r":null}`, `{}`}},
	{"literals.small", []string{`[1,2]`, `[1,2,3,4]`, `"{1}"`, `[]`, `null`, `{}`}},
	{"literals.smaller", []string{`[1]`, `[1,2]`}},
	{"literals.small[]", []string{`["{1,2}","{3}"]`, `[[1,2],[3]]`, `[[1]]`, `[null]`}},
	{"literals.few", []string{`{"a":1,"b":"x"}`, `{"a":-1}`, `"(1,x)"`, `null`, `[]`}},
	{"literals.few[]", []string{`[{"a":1},null,"(2,)"]`, `[{"a":-1}]`}},
	{"literals.raw", []string{`"\\x00ff"`, `null`, `"x"`}},
	{"literals.raw[]", []string{`["\\x00ff"]`}},
	{"literals.doc", []string{`{"a":1}`, `"x"`, `[1, 2]`, `null`}},
	{"literals.doc[]", []string{`[{"a":1},"x",null]`}},
}

var literalTypes = []string{
	`CREATE SCHEMA literals`,
	`CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public`,
	`CREATE TYPE literals.mood AS ENUM ('sad', 'so "so", {now}')`,
	`CREATE TYPE literals.pair AS (a int, b text)`,
	`CREATE TYPE literals.empty AS ()`,
	`CREATE TABLE literals.cars (id int, gone int, name varchar(9), tags text[])`,
	`ALTER TABLE literals.cars DROP COLUMN gone`,
	`CREATE DOMAIN literals.positive AS int CHECK (VALUE > 0)`,
	`CREATE DOMAIN literals.required AS text NOT NULL`,
	`CREATE TYPE literals.requires AS (r literals.required)`,
	`CREATE DOMAIN literals.small AS int[] CHECK (cardinality(VALUE) < 4)`,
	`CREATE DOMAIN literals.smaller AS literals.small CHECK (cardinality(VALUE) < 2)`,
	`CREATE DOMAIN literals.few AS literals.pair CHECK ((VALUE).a > 0)`,
	`CREATE DOMAIN literals.raw AS bytea`,
	`CREATE DOMAIN literals.doc AS jsonb`,
	`CREATE TYPE literals.nested AS (id int, pair literals.pair, pairs literals.pair[], tags text[],
		doc jsonb, docs json[], boxes box[],
		mood literals.mood, small literals.small, few literals.few, raw bytea, grid int[],
		span int4range)`,
}

// TestLiteralsMatchJSONToRecord compares the value of each literal with what json_to_record makes
// of the JSON. What json_to_record refuses must be refused.
func TestLiteralsMatchJSONToRecord(t *testing.T) {
	ownDatabases(t, literalTypes, func(t *testing.T, db *sql.DB) {
		total, refused := 0, 0
		for i, types := range literalParams(t, db) {
			for _, value := range literals[i].values {
				total++
				want, wantErr := recordJSON(db, literals[i].typ, value)
				got, gotErr := literalJSON(db, i, types, value)
				if wantErr != nil {
					refused++
				}
				if (gotErr == nil) != (wantErr == nil) || gotErr == nil && !sameJSON(t, got, want) {
					t.Errorf("%s for %s is\n%s, %v; json_to_record says\n%s, %v", value, types,
						got, gotErr, want, wantErr)
				}
			}
		}
		t.Logf("%d of %d are refused", refused, total)
	})
}

// TestLiteralQuotesSurviveNesting nests texts of characters that need quotes in every combination
// of containers.
func TestLiteralQuotesSurviveNesting(t *testing.T) {
	ownDatabases(t, literalTypes, func(t *testing.T, db *sql.DB) {
		params, random := literalParams(t, db), rand.New(rand.NewPCG(1, 2))
		for i, typ := range params {
			if typ.SQL != "literals.nested[]" {
				continue
			}
			for range 200 {
				value := fmt.Sprintf(`[{"tags":[%s,%[1]s],"docs":[{%[1]s:%s}],"pair":{"b":%s},`+
					`"pairs":[{"b":%s},{"b":{%s:[%s]}}]},null]`,
					oddText(random), oddText(random), oddText(random), oddText(random), oddText(random),
					oddText(random))
				want, err := recordJSON(db, typ.SQL, value)
				if err != nil {
					t.Fatal(value, err)
				}
				if got, err := literalJSON(db, i, typ, value); err != nil || !sameJSON(t, got, want) {
					t.Fatalf("%s is\n%s, %v; json_to_record says\n%s", value, got, err, want)
				}
			}
			return
		}
		t.Fatal("literals.nested[] is missing")
	})
}

// oddText returns a random JSON string of characters that literals must quote.
func oddText(random *rand.Rand) string {
	const odd = "\"\\{}(),; \t\n\r\v\f'/nulNUL[]:\u00a0é😀"
	var b strings.Builder
	for range random.IntN(6) {
		b.WriteRune([]rune(odd)[random.IntN(len([]rune(odd)))])
	}
	text, _ := json.Marshal(b.String())
	return string(text)
}

// TestLiteralArrayUsesDelimiterOfType makes arrays of texts by Array.
func TestLiteralArrayUsesDelimiterOfType(t *testing.T) {
	texts := map[string][]string{
		"int[]":            {"1", "-2"},
		"text[]":           {"", "NULL", "a,b", `"`, `\`, "{}", " x ", "é😀", "\n"},
		"box[]":            {"(1,1),(0,0)", "(3,3),(2,2)"},
		"int2vector":       {"1", "2"},
		"literals.small":   {"1", "2"},
		"literals.pair[]":  {`(1,"a ""b""")`, "(,)"},
		"literals.small[]": {"{1,2}", "{}"},
	}
	ownDatabases(t, literalTypes, func(t *testing.T, db *sql.DB) {
		seen := 0
		for i, typ := range literalParams(t, db) {
			list, ok := texts[literals[i].typ]
			if !ok {
				continue
			}
			seen++
			elements, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			want, err := recordJSON(db, literals[i].typ, string(elements))
			if err != nil {
				t.Fatal(err)
			}
			got := queryText(t, db, fmt.Sprintf("SELECT to_json(literals.same_%d($1))::text", i),
				pgliteral.Array(typ, list))
			if !sameJSON(t, got, want) {
				t.Errorf("%s is %s, json_to_record says %s", literals[i].typ, got, want)
			}
			if pgliteral.Array(typ, nil) != pgliteral.Array(typ, []string{}) {
				t.Errorf("%s: nil is not empty", typ)
			}
		}
		if seen != len(texts) {
			t.Errorf("%d of %d types are there", seen, len(texts))
		}
	})
}

// literalParams creates one function for each of literals, literals.same_0 for the first, that
// returns its argument. It returns the types of their parameters from the catalog.
func literalParams(t *testing.T, db *sql.DB) []*catalog.Type {
	t.Helper()
	for i, l := range literals {
		setUp(t, db, fmt.Sprintf(
			"CREATE FUNCTION literals.same_%d(%s) RETURNS %[2]s LANGUAGE sql AS 'SELECT $1'", i, l.typ))
	}
	current, types := load(t, db, "literals").Current(), make([]*catalog.Type, len(literals))
	for i := range types {
		types[i] = current.Named(fmt.Sprintf("same_%d", i))[0].Params[0].Type
	}
	return types
}

// recordJSON returns the JSON of what json_to_record makes of a value.
func recordJSON(db *sql.DB, typ, value string) (result string, err error) {
	query := "SELECT coalesce(to_json(a)::text, 'null') FROM json_to_record($1) AS _(a " + typ + ")"
	err = db.QueryRow(query, `{"a":`+value+`}`).Scan(&result)
	return result, err
}

// literalJSON returns the JSON of what a function of literalParams makes of a literal.
func literalJSON(db *sql.DB, i int, typ *catalog.Type, value string) (result string, err error) {
	text, err := pgliteral.Of(typ, value)
	if err != nil {
		return "", err
	}
	param := "$1"
	if typ.Underlying().Name == "bytea" {
		param = "$1::text::" + typ.SQL // lib/pq would send the text as the bytes
	}
	query := fmt.Sprintf("SELECT coalesce(to_json(literals.same_%d(%s))::text, 'null')", i, param)
	err = db.QueryRow(query, text).Scan(&result)
	return result, err
}
