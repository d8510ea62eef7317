package filter

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func Example() {
	q, err := Parse([]Pair{
		{"select", "id,name:full_name,data->>email"}, {"age", "gte.18"},
		{"or", "(city.in.(Bonn,Ulm),city.is.null)"}, {"order", "age.desc.nullslast"}, {"limit", "10"},
	})
	if err != nil {
		panic(err)
	}
	for _, item := range q.Select {
		fmt.Println(item.Name(), "is", item.Field.Column)
	}
	fmt.Println(q.Where[0].Field.Column, q.Where[0].Op, q.Where[0].Value)
	fmt.Println(q.Where[1].Op, q.Where[1].Of[0].List, q.Where[1].Of[1].Value)
	fmt.Println(q.Order[0].Field.Column, q.Order[0].Desc, *q.Limit)

	_, err = Parse([]Pair{{"age", "at_least.18"}})
	fmt.Println(err)
	// Output:
	// id is id
	// name is full_name
	// email is data
	// age gte 18
	// or [Bonn Ulm] null
	// age true 10
	// "age", character 1: there is no such operator
}

func ExampleQuery_Check() {
	q, err := Parse([]Pair{{"order", "name,prise.desc"}})
	if err != nil {
		panic(err)
	}
	var e *Error
	if errors.As(q.Check([]string{"name", "price"}), &e) {
		fmt.Println(e)
		fmt.Println(e.Hint)
	}
	// Output:
	// "order", character 6: there is no column "prise"
	// perhaps you mean "price"
}

// simple returns a condition without Not.
func simple(column string, op Op, value string) Condition {
	return Condition{Op: op, Field: Field{Column: column}, Value: value}
}

func list(column string, values ...string) Condition {
	return Condition{Op: In, Field: Field{Column: column}, List: values}
}

func array(column string, op Op, each Each, value string) Condition {
	return Condition{Op: op, Field: Field{Column: column}, Each: each, Value: value}
}

func search(column string, op Op, with, value string) Condition {
	return Condition{Op: op, Field: Field{Column: column}, With: with, Value: value}
}

func join(op Op, of ...Condition) Condition { return Condition{Op: op, Of: of} }

func not(c Condition) Condition {
	c.Not = true
	return c
}

// path returns a field of the column data.
func path(steps ...Step) Field { return Field{Column: "data", Path: steps} }

// understood has the URLs of PostgREST's documentation ("Tables and Views", v12 to v14) with their
// meaning there, and the edges of the grammar, each with its reason.
var understood = []struct {
	name, value string
	want        Query
	reason      string
}{
	{name: "age", value: "lt.13", want: Query{Where: []Condition{simple("age", Lt, "13")}}},
	{
		name: "student", value: "is.true",
		want: Query{Where: []Condition{simple("student", Is, "true")}},
	},
	{
		name: "last_name", value: "like(any).{O*,P*}",
		want: Query{Where: []Condition{array("last_name", Like, Any, "{O%,P%}")}},
	},
	{
		name: "last_name", value: "like(all).{O*,*n}",
		want: Query{Where: []Condition{array("last_name", Like, All, "{O%,%n}")}},
	},
	{
		name: "or", value: "(age.lt.18,age.gt.21)",
		want: Query{Where: []Condition{join(Or, simple("age", Lt, "18"), simple("age", Gt, "21"))}},
	},
	{name: "a", value: "not.eq.2", want: Query{Where: []Condition{not(simple("a", Eq, "2"))}}},
	{
		name: "not.and", value: "(a.gte.0,a.lte.100)",
		want: Query{
			Where: []Condition{not(join(And, simple("a", Gte, "0"), simple("a", Lte, "100")))},
		},
	},
	{
		name: "or", value: "(age.eq.14,not.and(age.gte.11,age.lte.17))",
		want: Query{Where: []Condition{join(Or, simple("age", Eq, "14"),
			not(join(And, simple("age", Gte, "11"), simple("age", Lte, "17"))))}},
	},
	{
		name: "my_tsv", value: "fts(french).amusant",
		want: Query{Where: []Condition{search("my_tsv", Search, "french", "amusant")}},
	},
	{
		name: "my_tsv", value: "plfts.The Fat Cats",
		want: Query{Where: []Condition{simple("my_tsv", SearchPlain, "The Fat Cats")}},
	},
	{
		name: "my_tsv", value: "not.phfts(english).The Fat Cats",
		want: Query{
			Where: []Condition{not(search("my_tsv", SearchPhrase, "english", "The Fat Cats"))},
		},
	},
	{name: "a", value: "in.(1,2,3)", want: Query{Where: []Condition{list("a", "1", "2", "3")}}},
	{
		name: "a", value: `in.("hi,there","yes,you")`,
		want: Query{Where: []Condition{list("a", "hi,there", "yes,you")}},
	},
	{
		name: "marks", value: `in.("Quote:\"","Backslash:\\")`,
		want: Query{Where: []Condition{list("marks", `Quote:"`, `Backslash:\`)}},
	},
	{
		name: "tags", value: "cs.{example, new}",
		want: Query{Where: []Condition{simple("tags", Contains, "{example, new}")}},
	},
	{
		name: "period", value: "ov.[2017-01-01,2017-06-30]",
		want: Query{Where: []Condition{simple("period", Overlaps, "[2017-01-01,2017-06-30]")}},
	},
	{
		name: "range", value: "sl.(1,10)",
		want: Query{Where: []Condition{simple("range", LeftOf, "(1,10)")}},
	},
	{
		name: `"information.cpe"`, value: "like.*MS*",
		want: Query{Where: []Condition{simple("information.cpe", Like, "%MS%")}},
	},
	{
		name: "Unit Price", value: "lt.200",
		want: Query{Where: []Condition{simple("Unit Price", Lt, "200")}},
	},
	{
		name: "موارد", value: "eq.1",
		want: Query{Where: []Condition{simple("موارد", Eq, "1")}},
	},
	{
		name: "data->>blood_type", value: "eq.A-",
		want: Query{
			Where: []Condition{{Op: Eq, Field: path(Step{Key: "blood_type", Text: true}), Value: "A-"}},
		},
	},
	{
		name: "data->age", value: "gt.20",
		want: Query{Where: []Condition{{Op: Gt, Field: path(Step{Key: "age"}), Value: "20"}}},
	},
	{
		name: "select", value: "first_name,age",
		want: Query{
			Select: []Item{{Field: Field{Column: "first_name"}}, {Field: Field{Column: "age"}}},
		},
	},
	{
		name: "select", value: "fullName:full_name,birthDate:birth_date",
		want: Query{Select: []Item{
			{
				Alias: "fullName", Field: Field{Column: "full_name"},
			}, {
				Alias: "birthDate", Field: Field{Column: "birth_date"},
			}}},
	},
	{
		name: "select", value: "id,data->phones->0->>number",
		want: Query{Select: []Item{{Field: Field{Column: "id"}},
			{
				Field: path(
					Step{Key: "phones"}, Step{Key: "0", Index: true}, Step{Key: "number", Text: true},
				),
			}}},
	},
	{
		name: "order", value: "age.desc,height.asc",
		want: Query{
			Order: []Term{{Field: Field{Column: "age"}, Desc: true}, {Field: Field{Column: "height"}}},
		},
	},
	{
		name: "order", value: "age.nullsfirst",
		want: Query{Order: []Term{{Field: Field{Column: "age"}, Nulls: NullsFirst}}},
	},
	{
		name: "order", value: "age.desc.nullslast",
		want: Query{Order: []Term{{Field: Field{Column: "age"}, Desc: true, Nulls: NullsLast}}},
	},
	{
		name: "order", value: "data->>blood_type.desc",
		want: Query{Order: []Term{{Field: path(Step{Key: "blood_type", Text: true}), Desc: true}}},
	},
	{name: "limit", value: "15", want: Query{Limit: rows(15)}},
	{name: "offset", value: "30", want: Query{Offset: rows(30)}},

	{name: "select", value: "", want: Query{}, reason: "nothing selected is everything"},
	{name: "select", value: " ", want: Query{}, reason: "nothing but a space"},
	{name: "select", value: "*", want: Query{Select: []Item{{All: true}}}, reason: "all"},
	{
		name: "select", value: " * , a:id ",
		want:   Query{Select: []Item{{All: true}, {Alias: "a", Field: Field{Column: "id"}}}},
		reason: "spaces around names",
	},
	{
		name: "select", value: `"*"`, want: Query{Select: []Item{{Field: Field{Column: "*"}}}},
		reason: "a column with the name of a word of the grammar",
	},
	{
		name: "select", value: `"a:b":"c,d"`,
		want:   Query{Select: []Item{{Alias: "a:b", Field: Field{Column: "c,d"}}}},
		reason: "names in quotes",
	},
	{
		name: "select", value: "a-b,data->c-d->>-1",
		want: Query{Select: []Item{{Field: Field{Column: "a-b"}},
			{Field: path(Step{Key: "c-d"}, Step{Key: "-1", Index: true, Text: true})}}},
		reason: "a hyphen is not an arrow",
	},
	{
		name: "select", value: "data->!@#$%^&*_a",
		want:   Query{Select: []Item{{Field: path(Step{Key: "!@#$%^&*_a"})}}},
		reason: "keys may have more characters",
	},
	{
		name: "select", value: `data->"0"->"a->b"`,
		want:   Query{Select: []Item{{Field: path(Step{Key: "0"}, Step{Key: "a->b"})}}},
		reason: "digits in quotes are a key",
	},
	{
		name: "order", value: " a , b.asc ",
		want:   Query{Order: []Term{{Field: Field{Column: "a"}}, {Field: Field{Column: "b"}}}},
		reason: "spaces around names",
	},
	{name: "limit", value: "0", want: Query{Limit: rows(0)}, reason: "no rows"},
	{
		name: "offset", value: "9223372036854775807", want: Query{Offset: rows(1<<63 - 1)},
		reason: "the greatest offset",
	},
	{
		name: "a", value: "eq.", want: Query{Where: []Condition{simple("a", Eq, "")}},
		reason: "an empty value",
	},
	{
		name: "a", value: `eq."x",(y)`, want: Query{Where: []Condition{simple("a", Eq, `"x",(y)`)}},
		reason: "quotes outside of parentheses are text",
	},
	{
		name: "a", value: "eq.not.null", want: Query{Where: []Condition{simple("a", Eq, "not.null")}},
		reason: "further dots are text",
	},
	{
		name: "a", value: "is.NOT_NULL", want: Query{Where: []Condition{simple("a", Is, "not_null")}},
		reason: "upper and lower case",
	},
	{name: "a", value: "in.()", want: Query{Where: []Condition{list("a")}}, reason: "an empty list"},
	{
		name: "a", value: `in.("")`, want: Query{Where: []Condition{list("a", "")}},
		reason: "a list with an empty value",
	},
	{
		name: "a", value: `in.( "x"y,"z" ,b c)`,
		want:   Query{Where: []Condition{list("a", `"x"y`, `"z" `, "b c")}},
		reason: "quotes that do not enclose a value",
	},
	{
		name: "a", value: "ilike.*a%b*", want: Query{Where: []Condition{simple("a", ILike, "%a%b%")}},
		reason: "both wildcards of a pattern",
	},
	{
		name: "a", value: "match.a*", want: Query{Where: []Condition{simple("a", Match, "a*")}},
		reason: "an asterisk is text in a regular expression",
	},
	{
		name: "a", value: "isdistinct.1",
		want:   Query{Where: []Condition{simple("a", IsDistinct, "1")}},
		reason: "an operator that begins like another",
	},
	{
		name: `"limit"`, value: "eq.1", want: Query{Where: []Condition{simple("limit", Eq, "1")}},
		reason: "a column with the name of a word of the grammar",
	},
	{
		name: "and", value: "(and.eq.1,or.is.null,not.eq.2,not.not.eq.3)",
		want: Query{Where: []Condition{join(And,
			simple("and", Eq, "1"), simple("or", Is, "null"),
			simple("not", Eq, "2"), not(simple("not", Eq, "3")))}},
		reason: "columns with the names of operators",
	},
	{
		name: "and", value: "( or ( a.eq.1 ) , b.eq.2)",
		want: Query{
			Where: []Condition{join(And, join(Or, simple("a", Eq, "1 ")), simple("b", Eq, "2"))},
		},
		reason: "spaces are part of a value",
	},
	{
		name: "or", value: `(a.eq."x,y)",b.cs.{"p,q",{r}},c.eq.{x,d.eq.,e.in.(1,2))`,
		want: Query{Where: []Condition{join(Or,
			simple("a", Eq, "x,y)"), simple("b", Contains, `{"p,q",{r}}`), simple("c", Eq, "{x"),
			simple("d", Eq, ""), list("e", "1", "2"))}},
		reason: "values with commas",
	},
	{
		name: "or", value: `("a.b"->"c,d"->>0.eq.1)`,
		want: Query{Where: []Condition{join(Or, Condition{
			Op:    Eq,
			Value: "1",
			Field: Field{
				Column: "a.b",
				Path:   []Step{{Key: "c,d"}, {Key: "0", Index: true, Text: true}},
			},
		})}},
		reason: "names in quotes",
	},
}

func rows(n int64) *int64 { return &n }

func TestParseUnderstandsTheGrammar(t *testing.T) {
	for _, c := range understood {
		got, err := Parse([]Pair{{c.name, c.value}})
		if err != nil {
			t.Errorf("%s=%s (%s): %v", c.name, c.value, c.reason, err)
			continue
		}
		if forgetPlaces(got); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s=%s (%s): %+v, want %+v", c.name, c.value, c.reason, *got, c.want)
		}
	}
}

// forgetPlaces removes the positions of fields, in which two texts of one query differ.
func forgetPlaces(q *Query) {
	forget := func(f *Field) { f.Param, f.Pos = "", 0 }
	for i := range q.Select {
		forget(&q.Select[i].Field)
		if e := q.Select[i].Embed; e != nil {
			e.Param, e.Pos = "", 0
			forgetPlaces(&e.Query)
		}
	}
	for i := range q.Order {
		forget(&q.Order[i].Field)
	}
	var all func([]Condition)
	all = func(conditions []Condition) {
		for i := range conditions {
			forget(&conditions[i].Field)
			all(conditions[i].Of)
		}
	}
	all(q.Where)
}

var refused = []struct {
	name, value string
	pos         int
	message     string // part of it
}{
	{name: "select", value: "a,", pos: 3, message: "a column's name is missing"},
	{name: "select", value: "é,", pos: 3, message: "a column's name is missing"},
	{name: "select", value: "a b!c", pos: 6, message: "an opening parenthesis"},
	{name: "select", value: "id,clients(id", pos: 14, message: "the closing parenthesis"},
	{name: "select", value: "clients(id))a", pos: 12, message: "a comma or the end"},
	{name: "select", value: "a->-b", pos: 4, message: "digits are missing"},
	{name: "select", value: "a->>--3", pos: 5, message: "digits are missing"},
	{name: "select", value: "a->-", pos: 4, message: "digits are missing"},
	{name: "select", value: "clients!(id)", pos: 9, message: "a column's name is missing"},
	{name: "select", value: "...clients", pos: 11, message: "an opening parenthesis"},
	{name: "select", value: "clients(id)::text", pos: 12, message: "a comma or the end"},
	{name: "select", value: "a::", pos: 4, message: "the name of a type"},
	{name: "select", value: "salary.median()", pos: 8, message: "no such aggregate"},
	{name: "select", value: "salary.sum", pos: 11, message: "parentheses are missing"},
	{name: "select", value: "salary.sum(a)", pos: 11, message: "parentheses are missing"},
	{name: "select", value: "count()::", pos: 10, message: "the name of a type"},
	{name: "select", value: "a:*", pos: 3, message: "a column's name is missing"},
	{name: "select", value: "*,a,*", pos: 5, message: "more than once"},
	{name: "select", value: "*:a", pos: 2, message: "a comma or the end"},
	{name: "select", value: "a[]", pos: 2, message: "a comma or the end"},
	{name: "select", value: "a->", pos: 4, message: "a key is missing"},
	{name: "select", value: "a->->b", pos: 4, message: "a key is missing"},
	{name: "select", value: "a->1234567890", pos: 4, message: "no such element"},
	{name: "select", value: `"a`, pos: 1, message: "closing double quote"},
	{name: "select", value: `""`, pos: 1, message: "a column's name is missing"},
	{name: "select", value: `a->"b`, pos: 4, message: "closing double quote"},
	{name: "select", value: "a;b", pos: 2, message: "a comma or the end"},
	{name: "select", value: "a\u2019b", pos: 2, message: "a comma or the end"},
	{name: "order", value: "", pos: 1, message: "a column's name is missing"},
	{name: "order", value: "a.up", pos: 3, message: "no such direction"},
	{name: "order", value: "a.desc.asc", pos: 8, message: "no such direction"},
	{name: "order", value: "a.nullslast.desc", pos: 13, message: "no such direction"},
	{name: "order", value: "a.descc", pos: 3, message: "no such direction"},
	{name: "order", value: "clients(name", pos: 13, message: "the closing parenthesis"},
	{name: "order", value: "clients()", pos: 9, message: "a column's name is missing"},
	{name: "limit", value: "", pos: 1, message: "whole number"},
	{name: "limit", value: "-1", pos: 1, message: "whole number"},
	{name: "limit", value: "+1", pos: 1, message: "whole number"},
	{name: "limit", value: "1.5", pos: 1, message: "whole number"},
	{name: "limit", value: "ten", pos: 1, message: "whole number"},
	{name: "offset", value: "9223372036854775808", pos: 1, message: "whole number"},
	{name: "age", value: "", pos: 1, message: "no such operator"},
	{name: "age", value: "18", pos: 1, message: "no such operator"},
	{name: "age", value: "equals.18", pos: 1, message: "no such operator"},
	{name: "age", value: "not.18", pos: 5, message: "no such operator"},
	{name: "age", value: "not.not.eq.18", pos: 5, message: "no such operator"},
	{name: "age", value: "and.(a.eq.1)", pos: 1, message: "no such operator"},
	{name: "age", value: "eq", pos: 3, message: "a dot and a value"},
	{name: "age", value: "eq(any)", pos: 8, message: "a dot and a value"},
	{name: "age", value: "eq(some).{1}", pos: 4, message: "any or all"},
	{name: "age", value: "eq().{1}", pos: 4, message: "any or all"},
	{name: "age", value: "eq(any.{1}", pos: 3, message: "closing parenthesis"},
	{name: "age", value: "neq(any).{1}", pos: 4, message: "nothing in parentheses"},
	{name: "age", value: "in(any).(1)", pos: 3, message: "nothing in parentheses"},
	{name: "age", value: "fts().x", pos: 5, message: "configuration"},
	{name: "age", value: "in.1,2", pos: 4, message: "opening parenthesis"},
	{name: "age", value: "in.(1,2", pos: 8, message: "closing parenthesis"},
	{name: "age", value: "in.(1,2)3", pos: 9, message: "should end"},
	{name: "age", value: "is.nothing", pos: 4, message: "none of null"},
	{name: "age", value: "is.null.", pos: 4, message: "none of null"},
	{name: "clients.age", value: "eq.1", pos: 0, message: "not an embedded resource"},
	{name: "clients.limit", value: "1", pos: 0, message: "not an embedded resource"},
	{name: "a->b.c", value: "eq.1", pos: 0, message: "names no column"},
	{name: "clients.", value: "eq.1", pos: 0, message: "a column's name is missing"},
	{name: "a->>", value: "eq.1", pos: 0, message: "a key is missing"},
	{name: "a=", value: "eq.1", pos: 0, message: "names no column"},
	{name: "", value: "eq.1", pos: 0, message: "a column's name is missing"},
	{name: "or", value: "", pos: 1, message: "opening parenthesis"},
	{name: "or", value: "()", pos: 2, message: "a column's name is missing"},
	{name: "or", value: "(a)", pos: 3, message: "a dot and an operator"},
	{name: "or", value: "(a.eq.1", pos: 8, message: "a comma or a closing parenthesis"},
	{name: "or", value: "(a.eq.1)x", pos: 9, message: "should end"},
	{name: "or", value: "(a.eq.{1}x)", pos: 10, message: "a comma or a closing parenthesis"},
	{name: "or", value: "(a.eq.1,)", pos: 9, message: "a column's name is missing"},
	{name: "or", value: "(id.in.1,2)", pos: 8, message: "opening parenthesis"},
	{name: "or", value: "(a.eq.1,not.xor(a.eq.1))", pos: 13, message: "no such operator"},
	{name: "or", value: "(ord(a.eq.1))", pos: 5, message: "a dot and an operator"},
	{name: "a", value: "eq.\x00", pos: 0, message: "NUL"},
	{name: "a", value: "eq.\xff", pos: 0, message: "UTF-8"},
	{name: "\xff", value: "eq.1", pos: 0, message: "UTF-8"},
}

func TestParseRefusesWithAPosition(t *testing.T) {
	for _, c := range refused {
		_, err := Parse([]Pair{{c.name, c.value}})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s=%s: got %v, want an *Error", c.name, c.value, err)
			continue
		}
		if e.Param != strings.ToValidUTF8(c.name, "\uFFFD") || e.Pos != c.pos ||
			!strings.Contains(e.Message, c.message) {
			t.Errorf("%s=%s: %v; want %q at %d", c.name, c.value, err, c.message, c.pos)
		}
	}
}

// FuzzQuote quotes a name as that of a column, which a filter then has.
func FuzzQuote(f *testing.F) {
	for _, name := range []string{"a", "select", "a.b", `q"\`, "x->>y", "not.and", "ä", "", "*"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		q, err := Parse([]Pair{{Name: Quote(name), Value: "eq.1"}})
		if name == "" || !utf8.ValidString(name) || strings.Contains(name, "\x00") {
			return // no column has such a name
		}
		if err != nil || len(q.Where) != 1 || q.Where[0].Field.Column != name {
			t.Errorf("%q, quoted %s: %+v, %v", name, Quote(name), q, err)
		}
	})
}
