package dialect

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/filter/filtertest"
)

func ExampleDialect_Select() {
	inner := Inner{
		Query: `SELECT * FROM "get_cars"($1)`, Values: 1,
		Columns: []catalog.Column{{Name: "id"}, {Name: "name"}, {Name: "data", Type: &catalog.Type{OID: jsonbOID}}},
	}
	q, err := filter.Parse([]filter.Pair{{Name: "select", Value: "who:name,data->>vin"}, {Name: "id", Value: "in.(1,2,3)"}, {Name: "limit", Value: "10"}})
	if err != nil {
		panic(err)
	}
	s, err := PostgreSQL.Select(inner, q, Meta{})
	if err != nil {
		panic(err)
	}
	fmt.Println(s.Query)
	fmt.Println(s.Bind, s.Extra, s.Names)
	// Output:
	// SELECT t."name", t."data"->>$2::text FROM (SELECT * FROM "get_cars"($1)) AS t WHERE t."id" = ANY ($3) LIMIT $4::bigint
	// [0 1 2 3] [vin {1,2,3} 10] [who vin]
}

func ExampleDialect_Relation() {
	date := &catalog.Type{OID: 1082, Name: "date", SQL: "date"}
	inner, err := PostgreSQL.Relation(&catalog.Routine{
		Schema: "api", Name: "days", Params: []catalog.Param{{Name: "since", Type: date}}, Result: catalog.Result{Type: date, Set: true},
	}, nil)
	fmt.Println(inner.Query, inner.Columns[0].Name, err)
	// Output:
	// SELECT * FROM "api"."days"() days <nil>
}

// dialects are those that Select writes for, with heads.
var dialects = map[*Dialect][]Meta{PostgreSQL: {{}, {Settings: true}, {Count: true}, {true, true}}, SQLite: {{}, {Count: true}}, MySQL: {{}, {Count: true}}}

// innerOf is a result with a column of each kind that is written in a way of its own.
func innerOf(d *Dialect) Inner {
	inner := Inner{Query: "SELECT * FROM f($1)", Values: 1}
	types := map[string]*catalog.Type{"id": {OID: 23}, "name": {OID: 25}, "data": {OID: jsonbOID}, "doc": {OID: jsonOID}, "photo": {OID: byteaOID},
		"tags": {OID: 1009, Kind: catalog.Array}, "words": {OID: tsvectorOID}, "born": {OID: 1082}}
	if d != PostgreSQL {
		inner.Query = "SELECT * FROM f WHERE a = ?"
		types = map[string]*catalog.Type{"id": {Name: "INT"}, "name": {Name: "TEXT"}, "data": {Name: "JSON"}, "doc": {}, "photo": {Name: "BLOB"},
			"tags": {Name: "BOOLEAN"}, "words": {Name: "DECIMAL"}, "born": {Name: "UNSIGNED BIGINT"}}
	}
	for _, name := range []string{"id", "name", "data", "doc", "photo", "tags", "words", "born", "unknown", `odd "name`} {
		inner.Columns = append(inner.Columns, catalog.Column{Name: name, Type: types[name]})
	}
	return inner
}

// plain is a query of the same form as q with other texts in it.
func plain(q *filter.Query) *filter.Query {
	p := *q
	field := func(f filter.Field) filter.Field {
		f.Path = slices.Clone(f.Path)
		for i := range f.Path {
			f.Path[i].Key = "1"
		}
		return f
	}
	p.Select, p.Order = slices.Clone(q.Select), slices.Clone(q.Order)
	for i := range p.Select {
		p.Select[i].Field, p.Select[i].Alias = field(p.Select[i].Field), "1"
	}
	for i := range p.Order {
		p.Order[i].Field = field(p.Order[i].Field)
	}
	var conditions func([]filter.Condition) []filter.Condition
	conditions = func(list []filter.Condition) []filter.Condition {
		list = slices.Clone(list)
		for i, c := range list {
			if c.Op != filter.Is {
				list[i].Value = "1"
			}
			if c.With != "" {
				list[i].With = "1"
			}
			if c.List != nil {
				list[i].List = slices.Repeat([]string{"1"}, len(c.List))
			}
			list[i].Of, list[i].Field = conditions(c.Of), field(c.Field)
		}
		return list
	}
	p.Where = conditions(q.Where)
	return &p
}

// checkForm sees to it that the text of a statement depends on the form of a query only, and that all that is bound has a placeholder.
// It returns how many statements there were.
func checkForm(t *testing.T, pairs ...filter.Pair) (statements int) {
	t.Helper()
	q, err := filter.Parse(pairs)
	if err != nil {
		return 0
	}
	for d, heads := range dialects {
		for _, h := range heads {
			inner := innerOf(d)
			s, err := d.Select(inner, q, h)
			if err != nil {
				if e := (*filter.Error)(nil); !errors.As(err, &e) {
					t.Fatalf("%v %q: %v", d, pairs, err)
				}
				continue
			}
			same, err := d.Select(inner, plain(q), h)
			if err != nil || s.Query != same.Query {
				t.Fatalf("%v %q became\n%s\nand another text in its place\n%s\n%v", d, pairs, s.Query, same.Query, err)
			}
			checkBound(t, d, inner, s)
			statements++
		}
	}
	return statements
}

func checkBound(t *testing.T, d *Dialect, inner Inner, s Selected) {
	t.Helper()
	for i := range inner.Values + len(s.Extra) {
		if !slices.Contains(s.Bind, i) {
			t.Fatalf("%v: the value %d is not bound: %v\n%s", d, i, s.Bind, s.Query)
		}
	}
	placeholders := strings.Count(s.Query, "?")
	if d == PostgreSQL {
		placeholders = 0
		for strings.Contains(s.Query+" ", fmt.Sprintf("$%d", placeholders+1)) {
			placeholders++
		}
	}
	if placeholders != len(s.Bind) {
		t.Fatalf("%v: %d placeholders for %v\n%s", d, placeholders, s.Bind, s.Query)
	}
}

func TestSelectNeverText(t *testing.T) {
	statements := 0
	for pair := range filtertest.Hostile() {
		statements += checkForm(t, pair)
	}
	if statements < 10_000 { // where everything is refused nothing is shown
		t.Errorf("only %d statements were compared", statements)
	}
}

func FuzzSelect(f *testing.F) {
	i := 0
	for pair := range filtertest.Hostile() {
		if i++; i%50 == 0 && len(pair.Name+pair.Value) < 100 {
			f.Add(pair.Name, pair.Value)
		}
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		checkForm(t, filter.Pair{Name: name, Value: value})
	})
}

func TestSelectNames(t *testing.T) {
	inner := Inner{Query: "SELECT 1", Columns: []catalog.Column{{Name: "a"}, {Name: "b"}}}
	for _, c := range []struct {
		d     *Dialect
		items string
		h     Meta
		names []string
		json  []int
		head  int
	}{
		{PostgreSQL, "*", Meta{}, []string{"a", "b"}, nil, 0},
		{PostgreSQL, "*,x:a,b->c", Meta{Settings: true}, []string{"a", "b", "x", "c"}, nil, 3},
		{PostgreSQL, "b->0,b->c->0,b->c->>d", Meta{Count: true}, []string{"b", "c", "d"}, nil, 2},
		{PostgreSQL, "a", Meta{true, true}, []string{"a"}, nil, 4},
		{SQLite, "*,b->c,b->>c,x:b->0", Meta{Count: true}, []string{"a", "b", "c", "c", "x"}, []int{2, 4}, 2},
		{MySQL, "b->c", Meta{}, []string{"c"}, []int{0}, 0},
	} {
		q, err := filter.Parse([]filter.Pair{{Name: "select", Value: c.items}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.d.Select(inner, q, c.h)
		if err != nil || !slices.Equal(s.Names, c.names) || !slices.Equal(s.JSON, c.json) || s.Meta != c.head {
			t.Errorf("%v %s: %q %v %d, %v", c.d, c.items, s.Names, s.JSON, s.Meta, err)
		}
	}
}

func TestSelectInner(t *testing.T) {
	limit := int64(5)
	q := &filter.Query{Limit: &limit}
	for _, c := range []struct {
		d      *Dialect
		inner  Inner
		query  string
		bind   []int
		reason string
	}{
		{PostgreSQL, Inner{Query: "SELECT * FROM f($1, $2)", Values: 2}, "SELECT t.* FROM (SELECT * FROM f($1, $2)) AS t LIMIT $3::bigint", []int{0, 1, 2}, "columns that are not known"},
		{PostgreSQL, Inner{Query: "SELECT * FROM f($1)", Bind: []int{1}, Values: 2}, "SELECT t.* FROM (SELECT * FROM f($1)) AS t LIMIT $2::bigint", []int{1, 2}, "a value that is not bound"},
		{PostgreSQL, Inner{Query: "SELECT * FROM f()", Bind: []int{}, Columns: []catalog.Column{}}, "SELECT  FROM (SELECT * FROM f()) AS t LIMIT $1::bigint", []int{0}, "no columns"},
		{SQLite, Inner{Query: "SELECT ?, ? -- x", Bind: []int{0, 0}, Values: 1}, "SELECT t.* FROM (SELECT ?, ? -- x\n) AS t LIMIT ?", []int{0, 0, 1}, "a comment at its end"},
		{MySQL, Inner{Query: "SELECT ? # x", Values: 1}, "SELECT t.* FROM (SELECT ? # x\n) AS t LIMIT ?", []int{0, 1}, "of another kind"},
	} {
		s, err := c.d.Select(c.inner, q, Meta{})
		if err != nil || s.Query != c.query || !reflect.DeepEqual(s.Bind, c.bind) || !reflect.DeepEqual(s.Extra, []any{limit}) {
			t.Errorf("%v (%s): %s %v %v, %v", c.d, c.reason, s.Query, s.Bind, s.Extra, err)
		}
	}
}

func TestSelectRefuses(t *testing.T) {
	inner := Inner{Query: "SELECT 1", Columns: []catalog.Column{{Name: "id"}, {Name: "price", Type: &catalog.Type{Name: "DECIMAL"}}, {Name: "n", Type: &catalog.Type{Name: "INT"}}}}
	for _, c := range []struct {
		d      *Dialect
		inner  Inner
		pair   filter.Pair
		h      Meta
		client bool // the request is wrong
		want   string
	}{
		{At(9), inner, filter.Pair{Name: "limit", Value: "1"}, Meta{}, false, "Dialect(9)"},
		{SQLite, inner, filter.Pair{Name: "limit", Value: "1"}, Meta{Settings: true}, false, "no settings"},
		{SQLite, Inner{Query: "SELECT 1"}, filter.Pair{Name: "limit", Value: "1"}, Meta{Count: true}, false, "known"},
		{PostgreSQL, Inner{Columns: []catalog.Column{{Name: "a\x00"}}}, filter.Pair{Name: "limit", Value: "1"}, Meta{}, false, "NUL"},
		{PostgreSQL, inner, filter.Pair{Name: "order", Value: "name"}, Meta{}, true, "no column"},
		{PostgreSQL, Inner{}, filter.Pair{Name: "id", Value: "eq.1"}, Meta{}, true, "no column"},
		{SQLite, inner, filter.Pair{Name: "id", Value: "match.x"}, Meta{}, true, "match is not supported by SQLite"},
		{SQLite, inner, filter.Pair{Name: "id", Value: "eq(any).{1}"}, Meta{}, true, "eq(any) is not supported by SQLite"},
		{MySQL, inner, filter.Pair{Name: "id", Value: "cs.{1}"}, Meta{}, true, "cs is not supported by MySQL"},
		{MySQL, inner, filter.Pair{Name: "n", Value: "eq.x"}, Meta{}, true, "number"},
		{MySQL, inner, filter.Pair{Name: "n", Value: "in.(1,x)"}, Meta{}, true, "number"},
		{MySQL, inner, filter.Pair{Name: "price", Value: "eq.true"}, Meta{}, true, "number"},
		{MySQL, inner, filter.Pair{Name: "order", Value: "id->-1"}, Meta{}, true, "from its end"},
	} {
		q, err := filter.Parse([]filter.Pair{c.pair})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.d.Select(c.inner, q, c.h)
		var e *filter.Error
		if err == nil || errors.As(err, &e) != c.client || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %v: %v; want %s", c.d, c.pair, err, c.want)
		}
	}
}

func TestRelationRefuses(t *testing.T) {
	for _, r := range []catalog.Routine{
		{Name: "p", Kind: catalog.Procedure},
		{Name: "f", Result: catalog.Result{Type: &catalog.Type{Name: "record"}, Set: true}},
		{Name: "f\x00", Result: catalog.Result{Type: &catalog.Type{Name: "text"}}},
	} {
		if _, err := PostgreSQL.Relation(&r, nil); err == nil {
			t.Errorf("%s: no error", r)
		}
	}
}
