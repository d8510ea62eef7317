package filter

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
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

// simple is a condition without Not.
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

// path is a field of data.
func path(steps ...Step) Field { return Field{Column: "data", Path: steps} }

// The URLs of PostgREST's documentation ("Tables and Views", v12 to v14) and what it says of them, and the edges of its grammar.
var understood = []struct {
	name, value string
	want        Query
	reason      string
}{
	{"age", "lt.13", Query{Where: []Condition{simple("age", Lt, "13")}}, "documented"},
	{"student", "is.true", Query{Where: []Condition{simple("student", Is, "true")}}, "documented"},
	{"last_name", "like(any).{O*,P*}", Query{Where: []Condition{array("last_name", Like, Any, "{O%,P%}")}}, "documented"},
	{"last_name", "like(all).{O*,*n}", Query{Where: []Condition{array("last_name", Like, All, "{O%,%n}")}}, "documented"},
	{"or", "(age.lt.18,age.gt.21)", Query{Where: []Condition{join(Or, simple("age", Lt, "18"), simple("age", Gt, "21"))}}, "documented"},
	{"a", "not.eq.2", Query{Where: []Condition{not(simple("a", Eq, "2"))}}, "documented"},
	{"not.and", "(a.gte.0,a.lte.100)", Query{Where: []Condition{not(join(And, simple("a", Gte, "0"), simple("a", Lte, "100")))}}, "documented"},
	{"or", "(age.eq.14,not.and(age.gte.11,age.lte.17))", Query{Where: []Condition{join(Or, simple("age", Eq, "14"),
		not(join(And, simple("age", Gte, "11"), simple("age", Lte, "17"))))}}, "documented"},
	{"my_tsv", "fts(french).amusant", Query{Where: []Condition{search("my_tsv", Search, "french", "amusant")}}, "documented"},
	{"my_tsv", "plfts.The Fat Cats", Query{Where: []Condition{simple("my_tsv", SearchPlain, "The Fat Cats")}}, "documented"},
	{"my_tsv", "not.phfts(english).The Fat Cats", Query{Where: []Condition{not(search("my_tsv", SearchPhrase, "english", "The Fat Cats"))}}, "documented"},
	{"a", "in.(1,2,3)", Query{Where: []Condition{list("a", "1", "2", "3")}}, "documented"},
	{"a", `in.("hi,there","yes,you")`, Query{Where: []Condition{list("a", "hi,there", "yes,you")}}, "documented"},
	{"marks", `in.("Quote:\"","Backslash:\\")`, Query{Where: []Condition{list("marks", `Quote:"`, `Backslash:\`)}}, "documented"},
	{"tags", "cs.{example, new}", Query{Where: []Condition{simple("tags", Contains, "{example, new}")}}, "documented"},
	{"period", "ov.[2017-01-01,2017-06-30]", Query{Where: []Condition{simple("period", Overlaps, "[2017-01-01,2017-06-30]")}}, "documented"},
	{"range", "sl.(1,10)", Query{Where: []Condition{simple("range", LeftOf, "(1,10)")}}, "documented"},
	{`"information.cpe"`, "like.*MS*", Query{Where: []Condition{simple("information.cpe", Like, "%MS%")}}, "documented"},
	{"Unit Price", "lt.200", Query{Where: []Condition{simple("Unit Price", Lt, "200")}}, "documented"},
	{"موارد", "eq.1", Query{Where: []Condition{simple("موارد", Eq, "1")}}, "documented"},
	{"data->>blood_type", "eq.A-", Query{Where: []Condition{{Op: Eq, Field: path(Step{Key: "blood_type", Text: true}), Value: "A-"}}}, "documented"},
	{"data->age", "gt.20", Query{Where: []Condition{{Op: Gt, Field: path(Step{Key: "age"}), Value: "20"}}}, "documented"},
	{"select", "first_name,age", Query{Select: []Item{{Field: Field{Column: "first_name"}}, {Field: Field{Column: "age"}}}}, "documented"},
	{"select", "fullName:full_name,birthDate:birth_date", Query{Select: []Item{
		{Alias: "fullName", Field: Field{Column: "full_name"}}, {Alias: "birthDate", Field: Field{Column: "birth_date"}}}}, "documented"},
	{"select", "id,data->phones->0->>number", Query{Select: []Item{{Field: Field{Column: "id"}},
		{Field: path(Step{Key: "phones"}, Step{Key: "0", Index: true}, Step{Key: "number", Text: true})}}}, "documented"},
	{"order", "age.desc,height.asc", Query{Order: []Term{{Field: Field{Column: "age"}, Desc: true}, {Field: Field{Column: "height"}}}}, "documented"},
	{"order", "age.nullsfirst", Query{Order: []Term{{Field: Field{Column: "age"}, Nulls: NullsFirst}}}, "documented"},
	{"order", "age.desc.nullslast", Query{Order: []Term{{Field: Field{Column: "age"}, Desc: true, Nulls: NullsLast}}}, "documented"},
	{"order", "data->>blood_type.desc", Query{Order: []Term{{Field: path(Step{Key: "blood_type", Text: true}), Desc: true}}}, "documented"},
	{"limit", "15", Query{Limit: rows(15)}, "documented"},
	{"offset", "30", Query{Offset: rows(30)}, "documented"},

	{"select", "*", Query{Select: []Item{{All: true}}}, "all"},
	{"select", " * , a:id ", Query{Select: []Item{{All: true}, {Alias: "a", Field: Field{Column: "id"}}}}, "space around"},
	{"select", `"*"`, Query{Select: []Item{{Field: Field{Column: "*"}}}}, "a column of that name"},
	{"select", `"a:b":"c,d"`, Query{Select: []Item{{Alias: "a:b", Field: Field{Column: "c,d"}}}}, "names in quotes"},
	{"select", "a-b,data->c-d->>-1", Query{Select: []Item{{Field: Field{Column: "a-b"}},
		{Field: path(Step{Key: "c-d"}, Step{Key: "-1", Index: true, Text: true})}}}, "a dash is no arrow"},
	{"select", "data->!@#$%^&*_a", Query{Select: []Item{{Field: path(Step{Key: "!@#$%^&*_a"})}}}, "keys may have more characters"},
	{"select", `data->"0"->"a->b"`, Query{Select: []Item{{Field: path(Step{Key: "0"}, Step{Key: "a->b"})}}}, "in quotes digits are a key"},
	{"order", " a , b.asc ", Query{Order: []Term{{Field: Field{Column: "a"}}, {Field: Field{Column: "b"}}}}, "space around"},
	{"limit", "0", Query{Limit: rows(0)}, "none"},
	{"offset", "9223372036854775807", Query{Offset: rows(1<<63 - 1)}, "the greatest"},
	{"a", "eq.", Query{Where: []Condition{simple("a", Eq, "")}}, "an empty value"},
	{"a", `eq."x",(y)`, Query{Where: []Condition{simple("a", Eq, `"x",(y)`)}}, "outside of parentheses quotes are characters"},
	{"a", "eq.not.null", Query{Where: []Condition{simple("a", Eq, "not.null")}}, "and so are dots"},
	{"a", "is.NOT_NULL", Query{Where: []Condition{simple("a", Is, "not_null")}}, "in any case"},
	{"a", "in.()", Query{Where: []Condition{list("a")}}, "no value"},
	{"a", `in.("")`, Query{Where: []Condition{list("a", "")}}, "one that is empty"},
	{"a", `in.( "x"y,"z" ,b c)`, Query{Where: []Condition{list("a", `"x"y`, `"z" `, "b c")}}, "quotes that are not around"},
	{"a", "ilike.*a%b*", Query{Where: []Condition{simple("a", ILike, "%a%b%")}}, "both signs"},
	{"a", "match.a*", Query{Where: []Condition{simple("a", Match, "a*")}}, "a star means itself elsewhere"},
	{"a", "isdistinct.1", Query{Where: []Condition{simple("a", IsDistinct, "1")}}, "not is"},
	{`"limit"`, "eq.1", Query{Where: []Condition{simple("limit", Eq, "1")}}, "a column of that name"},
	{"and", "(and.eq.1,or.is.null,not.eq.2,not.not.eq.3)", Query{Where: []Condition{join(And,
		simple("and", Eq, "1"), simple("or", Is, "null"), simple("not", Eq, "2"), not(simple("not", Eq, "3")))}}, "columns with such names"},
	{"and", "( or ( a.eq.1 ) , b.eq.2)", Query{Where: []Condition{join(And, join(Or, simple("a", Eq, "1 ")), simple("b", Eq, "2"))}}, "space belongs to a value"},
	{"or", `(a.eq."x,y)",b.cs.{"p,q",{r}},c.eq.{x,d.eq.,e.in.(1,2))`, Query{Where: []Condition{{Op: Or, Of: []Condition{simple("a", Eq, "x,y)"),
		simple("b", Contains, `{"p,q",{r}}`), simple("c", Eq, "{x"), simple("d", Eq, ""), list("e", "1", "2")}}}}, "values with commas"},
	{"or", `("a.b"->"c,d"->>0.eq.1)`, Query{Where: []Condition{{Op: Or, Of: []Condition{{Op: Eq, Value: "1",
		Field: Field{Column: "a.b", Path: []Step{{Key: "c,d"}, {Key: "0", Index: true, Text: true}}}}}}}}, "names in quotes"},
}

func rows(n int64) *int64 { return &n }

func TestParse(t *testing.T) {
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

// forgetPlaces takes out where fields stand, which two texts of one query differ in.
func forgetPlaces(q *Query) {
	forget := func(f *Field) { f.Param, f.Pos = "", 0 }
	for i := range q.Select {
		forget(&q.Select[i].Field)
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
	{"select", "", 1, "a column's name is missing"},
	{"select", "a,", 3, "a column's name is missing"},
	{"select", "é,", 3, "a column's name is missing"},
	{"select", "a b!c", 4, "embedding"},
	{"select", "id,clients(id)", 11, "embedding"},
	{"select", "...clients(id)", 1, "embedding"},
	{"select", "salary::text", 7, "casts"},
	{"select", "salary.sum()", 7, "aggregates"},
	{"select", "count()", 6, "aggregates"},
	{"select", "a:*", 3, "a column's name is missing"},
	{"select", "*,a,*", 5, "more than once"},
	{"select", "*:a", 2, "a comma or the end"},
	{"select", "a[]", 2, "a comma or the end"},
	{"select", "a->", 4, "a key is missing"},
	{"select", "a->->b", 4, "a key is missing"},
	{"select", "a->1234567890", 4, "no such element"},
	{"select", `"a`, 1, "closing double quote"},
	{"select", `""`, 1, "a column's name is missing"},
	{"select", `a->"b`, 4, "closing double quote"},
	{"select", "a;b", 2, "a comma or the end"},
	{"select", "a\u2019b", 2, "a comma or the end"},
	{"order", "", 1, "a column's name is missing"},
	{"order", "a.up", 3, "no such direction"},
	{"order", "a.desc.asc", 8, "no such direction"},
	{"order", "a.nullslast.desc", 13, "no such direction"},
	{"order", "a.descc", 3, "no such direction"},
	{"order", "clients(name)", 8, "embedding"},
	{"limit", "", 1, "whole number"},
	{"limit", "-1", 1, "whole number"},
	{"limit", "+1", 1, "whole number"},
	{"limit", "1.5", 1, "whole number"},
	{"limit", "ten", 1, "whole number"},
	{"offset", "9223372036854775808", 1, "whole number"},
	{"age", "", 1, "no such operator"},
	{"age", "18", 1, "no such operator"},
	{"age", "equals.18", 1, "no such operator"},
	{"age", "not.18", 5, "no such operator"},
	{"age", "not.not.eq.18", 5, "no such operator"},
	{"age", "and.(a.eq.1)", 1, "no such operator"},
	{"age", "eq", 3, "a dot and a value"},
	{"age", "eq(any)", 8, "a dot and a value"},
	{"age", "eq(some).{1}", 4, "any or all"},
	{"age", "eq().{1}", 4, "any or all"},
	{"age", "eq(any.{1}", 3, "closing parenthesis"},
	{"age", "neq(any).{1}", 4, "nothing in parentheses"},
	{"age", "in(any).(1)", 3, "nothing in parentheses"},
	{"age", "fts().x", 5, "configuration"},
	{"age", "in.1,2", 4, "opening parenthesis"},
	{"age", "in.(1,2", 8, "closing parenthesis"},
	{"age", "in.(1,2)3", 9, "should end"},
	{"age", "is.nothing", 4, "none of null"},
	{"age", "is.null.", 4, "none of null"},
	{"clients.age", "eq.1", 0, "embedding"},
	{"a->>", "eq.1", 0, "a key is missing"},
	{"a=", "eq.1", 0, "names no column"},
	{"", "eq.1", 0, "a column's name is missing"},
	{"or", "", 1, "opening parenthesis"},
	{"or", "()", 2, "a column's name is missing"},
	{"or", "(a)", 3, "a dot and an operator"},
	{"or", "(a.eq.1", 8, "a comma or a closing parenthesis"},
	{"or", "(a.eq.1)x", 9, "should end"},
	{"or", "(a.eq.{1}x)", 10, "a comma or a closing parenthesis"},
	{"or", "(a.eq.1,)", 9, "a column's name is missing"},
	{"or", "(id.in.1,2)", 8, "opening parenthesis"},
	{"or", "(a.eq.1,not.xor(a.eq.1))", 13, "no such operator"},
	{"or", "(ord(a.eq.1))", 5, "a dot and an operator"},
	{"a", "eq.\x00", 0, "NUL"},
	{"a", "eq.\xff", 0, "UTF-8"},
	{"\xff", "eq.1", 0, "UTF-8"},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range refused {
		_, err := Parse([]Pair{{c.name, c.value}})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s=%s: got %v, want an *Error", c.name, c.value, err)
			continue
		}
		if e.Param != strings.ToValidUTF8(c.name, "\uFFFD") || e.Pos != c.pos || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s=%s: %v; want %q at %d", c.name, c.value, err, c.message, c.pos)
		}
	}
}
