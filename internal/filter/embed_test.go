package filter

import (
	"reflect"
	"testing"
)

// embedding are queries with embedded resources. The first are examples of PostgREST's
// documentation, "Resource Embedding".
var embedding = []struct {
	pairs []Pair
	want  Query
}{
	{
		[]Pair{{"select", "title,directors(id,last_name)"}},
		Query{Select: []Item{named("title"), {Embed: of("directors", "id", "last_name")}}},
	},
	{
		[]Pair{{"select", "director:directors!inner(id)"}},
		Query{Select: []Item{{Embed: &Embed{
			Relation: "directors", Alias: "director", Inner: true, Query: selecting("id"),
		}}}},
	},
	{
		[]Pair{{"select", "name,billing:addresses!billing_address!left(name)"}},
		Query{Select: []Item{named("name"), {Embed: &Embed{
			Relation: "addresses", Alias: "billing", Hint: "billing_address", Query: selecting("name"),
		}}}},
	},
	{
		[]Pair{{"select", "title,...directors(director_last_name:last_name)"}},
		Query{Select: []Item{named("title"), {Embed: &Embed{
			Relation: "directors", Spread: true, Query: Query{Select: []Item{
				{Alias: "director_last_name", Field: Field{Column: "last_name"}}}},
		}}}},
	},
	{
		[]Pair{{"actors.order", "last_name,first_name.desc"}, {"select", "*,actors(*)"}},
		Query{Select: []Item{{All: true}, {Embed: &Embed{Relation: "actors", Query: Query{
			Select: []Item{{All: true}},
			Order: []Term{
				{Field: Field{Column: "last_name"}}, {Field: Field{Column: "first_name"}, Desc: true},
			},
		}}}}},
	},
	{
		[]Pair{{"select", "roles(films(id))"}, {"roles.films.or", "(id.eq.1,id.eq.2)"},
			{"roles.limit", "3"}, {"roles.offset", "1"}, {"roles.films.not.and", "(id.eq.3)"}},
		Query{Select: []Item{{Embed: &Embed{Relation: "roles", Query: Query{
			Select: []Item{{Embed: &Embed{Relation: "films", Query: Query{
				Select: []Item{named("id")},
				Where: []Condition{join(Or, simple("id", Eq, "1"), simple("id", Eq, "2")),
					not(join(And, simple("id", Eq, "3")))},
			}}}},
			Limit: rows(3), Offset: rows(1),
		}}}}},
	},
	{
		[]Pair{{"select", "title,films()"}, {"films", "not.is.null"}, {"order", "films(year).desc"}},
		Query{
			Select: []Item{named("title"), {Embed: &Embed{Relation: "films", None: true}}},
			Where:  []Condition{not(simple("films", Is, "null"))},
			Order:  []Term{{Embed: "films", Field: Field{Column: "year"}, Desc: true}},
		},
	},
	{
		[]Pair{{"select", "full_name,salary::text,at::timestamp with time zone,ids::int[]"}},
		Query{Select: []Item{named("full_name"), cast("salary", "text"),
			cast("at", "timestamp with time zone"), cast("ids", "int[]")}},
	},
	{
		[]Pair{{"select",
			"day,amount.sum(),all:count(),n:data->n::int.avg()::text,orders(amount.max())"}},
		Query{Select: []Item{
			named("day"), {Field: Field{Column: "amount"}, Aggregate: Sum},
			{Alias: "all", Aggregate: Count},
			{
				Field: path(Step{Key: "n"}), Alias: "n", Cast: "int", Aggregate: Avg, AggregateCast: "text",
			},
			{Embed: &Embed{Relation: "orders", Query: Query{
				Select: []Item{{Field: Field{Column: "amount"}, Aggregate: Max}}}}},
		}},
	},
	{ // two of one relation, each by its own name
		[]Pair{{"select", "a:films(id),b:films(id)"}, {"b.id", "eq.2"}},
		Query{Select: []Item{
			{Embed: &Embed{Relation: "films", Alias: "a", Query: selecting("id")}},
			{Embed: &Embed{Relation: "films", Alias: "b", Query: Query{
				Select: []Item{named("id")}, Where: []Condition{simple("id", Eq, "2")},
			}}},
		}},
	},
}

func named(column string) Item { return Item{Field: Field{Column: column}} }

func cast(column, to string) Item { return Item{Field: Field{Column: column}, Cast: to} }

func selecting(columns ...string) (q Query) {
	for _, c := range columns {
		q.Select = append(q.Select, named(c))
	}
	return q
}

func of(relation string, columns ...string) *Embed {
	return &Embed{Relation: relation, Query: selecting(columns...)}
}

func TestParseUnderstandsEmbedding(t *testing.T) {
	for _, c := range embedding {
		got, err := Parse(c.pairs)
		if err != nil {
			t.Errorf("%q: %v", c.pairs, err)
			continue
		}
		if forgetPlaces(got); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%q: %+v, want %+v", c.pairs, *got, c.want)
		}
	}
}

// FuzzEmbedding checks that a query with embedded resources is parsed as the same query again.
func FuzzEmbedding(f *testing.F) {
	for _, c := range embedding {
		for _, pair := range c.pairs[1:] {
			f.Add(c.pairs[0].Value, pair.Name, pair.Value)
		}
	}
	f.Fuzz(func(t *testing.T, selected, name, value string) {
		q, err := Parse([]Pair{{"select", selected}, {name, value}})
		if err != nil || name == "select" {
			return
		}
		again, err := Parse(writeAll(q, ""))
		if err != nil {
			t.Fatalf("%q, %q=%q was written as %q: %v", selected, name, value, writeAll(q, ""), err)
		}
		forgetPlaces(q)
		if forgetPlaces(again); !reflect.DeepEqual(q, again) {
			t.Fatalf("%q, %q=%q is %+v, and written %+v", selected, name, value, q, again)
		}
	})
}

// writeAll is the inverse of Parse with the parameters of embedded resources.
func writeAll(q *Query, prefix string) (pairs []Pair) {
	for _, pair := range write(q) {
		if prefix == "" || pair.Name != "select" {
			pairs = append(pairs, Pair{prefix + pair.Name, pair.Value})
		}
	}
	for _, item := range q.Select {
		if e := item.Embed; e != nil && q.Embed(e.Name()) == e { // another has the name
			pairs = append(pairs, writeAll(&e.Query, prefix+quote(e.Name())+".")...)
		}
	}
	return pairs
}
