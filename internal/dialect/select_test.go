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
		Columns: []catalog.Column{
			{Name: "id"}, {Name: "name"}, {Name: "data", Type: &catalog.Type{OID: jsonbOID}},
		},
	}
	q, err := filter.Parse([]filter.Pair{
		{Name: "select", Value: "who:name,data->>vin"},
		{Name: "id", Value: "in.(1,2,3)"},
		{Name: "limit", Value: "10"},
	})
	if err != nil {
		panic(err)
	}
	s, err := PostgreSQL.Select(inner, q, Meta{})
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.Replace(s.Query, " WHERE", "\nWHERE", 1))
	fmt.Println(s.Bind, s.Extra, s.Names)
	// Output:
	// SELECT t."name", t."data"->>$2::text FROM (SELECT * FROM "get_cars"($1)) AS t
	// WHERE t."id" = ANY ($3) LIMIT $4::bigint
	// [0 1 2 3] [vin {1,2,3} 10] [who vin]
}

func ExampleDialect_Relation() {
	date := &catalog.Type{OID: 1082, Name: "date", SQL: "date"}
	inner, err := PostgreSQL.Relation(&catalog.Routine{
		Schema: "api",
		Name:   "days",
		Params: []catalog.Param{{Name: "since", Type: date}},
		Result: catalog.Result{Type: date, Set: true},
	}, nil)
	fmt.Println(inner.Query, inner.Columns[0].Name, err)
	// Output:
	// SELECT * FROM "api"."days"() days <nil>
}

// filtered are the dialects that Select writes for, with the metadata that each can have.
var filtered = map[*Dialect][]Meta{
	PostgreSQL: {{}, {Settings: true}, {Count: true}, {Count: true, Settings: true}},
	SQLite:     {{}, {Count: true}},
	MySQL:      {{}, {Count: true}},
	SQLServer:  {{}, {Count: true}},
}

// innerOf is a result with a column of each kind that is written in a way of its own.
func innerOf(d *Dialect) Inner {
	inner := Inner{Query: "SELECT * FROM f($1)", Values: 1}
	types := map[string]*catalog.Type{
		"id": {OID: 23}, "name": {OID: 25}, "data": {OID: jsonbOID}, "doc": {OID: jsonOID},
		"photo": {OID: byteaOID}, "tags": {OID: 1009, Kind: catalog.Array},
		"words": {OID: tsvectorOID}, "born": {OID: 1082},
	}
	if d != PostgreSQL {
		inner.Query = "SELECT * FROM f WHERE a = " + string(d.AppendPlaceholder(nil, 1))
		types = map[string]*catalog.Type{
			"id": {Name: "INT"}, "name": {Name: "TEXT"}, "data": {Name: "JSON"}, "doc": {},
			"photo": {Name: "BLOB"}, "tags": {Name: "BOOLEAN"}, "words": {Name: "DECIMAL"},
			"born": {Name: "UNSIGNED BIGINT"},
		}
	}
	for _, name := range []string{
		"id", "name", "data", "doc", "photo", "tags", "words", "born", "unknown", `odd "name`,
	} {
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

// checkForm checks that the text of a statement depends only on the form of a query, and that all
// that is bound has a placeholder. It returns how many statements there were.
func checkForm(t *testing.T, pairs ...filter.Pair) (statements int) {
	t.Helper()
	q, err := filter.Parse(pairs)
	if err != nil {
		return 0
	}
	for d, heads := range filtered {
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
				t.Fatalf("%v %q became\n%s\nand with other texts\n%s\n%v",
					d, pairs, s.Query, same.Query, err)
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
	if d.Numbered {
		placeholders = 0
		for strings.Contains(s.Query, string(d.AppendPlaceholder(nil, placeholders+1))) {
			placeholders++
		}
	}
	if placeholders != len(s.Bind) {
		t.Fatalf("%v: %d placeholders for %v\n%s", d, placeholders, s.Bind, s.Query)
	}
}

func TestSelectNeverWritesTextOfTheRequest(t *testing.T) {
	statements := 0
	for pair := range filtertest.Hostile() {
		statements += checkForm(t, pair)
	}
	if statements < 10_000 { // if all were refused, nothing would be shown
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

func TestSelectNamesWhatTheRequestSelects(t *testing.T) {
	inner := Inner{Query: "SELECT 1", Columns: []catalog.Column{{Name: "a"}, {Name: "b"}}}
	for _, c := range []struct {
		d     *Dialect
		items string
		meta  Meta
		names []string
		json  []int
		n     int // the metadata columns
	}{
		{d: PostgreSQL, items: "*", names: []string{"a", "b"}},
		{
			d: PostgreSQL, items: "*,x:a,b->c", meta: Meta{Settings: true},
			names: []string{"a", "b", "x", "c"}, n: 3,
		},
		{
			d: PostgreSQL, items: "b->0,b->c->0,b->c->>d", meta: Meta{Count: true},
			names: []string{"b", "c", "d"}, n: 2,
		},
		{
			d: PostgreSQL, items: "a", meta: Meta{Count: true, Settings: true},
			names: []string{"a"}, n: 4,
		},
		{
			d: SQLite, items: "*,b->c,b->>c,x:b->0", meta: Meta{Count: true},
			names: []string{"a", "b", "c", "c", "x"}, json: []int{2, 4}, n: 2,
		},
		{d: MySQL, items: "b->c", names: []string{"c"}, json: []int{0}},
		{d: SQLServer, items: "b,x:a", meta: Meta{Count: true}, names: []string{"b", "x"}, n: 2},
	} {
		q, err := filter.Parse([]filter.Pair{{Name: "select", Value: c.items}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.d.Select(inner, q, c.meta)
		same := slices.Equal(s.Names, c.names) && slices.Equal(s.JSON, c.json) && s.Meta == c.n
		if err != nil || !same {
			t.Errorf("%v %s: %q %v %d, %v", c.d, c.items, s.Names, s.JSON, s.Meta, err)
		}
	}
}

func TestSelectWrapsTheInnerStatement(t *testing.T) {
	limit := int64(5)
	q := &filter.Query{Limit: &limit}
	for _, c := range []struct {
		why   string
		d     *Dialect
		inner Inner
		query string
		bind  []int
	}{
		{
			why:   "columns that are not known are all selected",
			d:     PostgreSQL,
			inner: Inner{Query: "SELECT * FROM f($1, $2)", Values: 2},
			query: "SELECT t.* FROM (SELECT * FROM f($1, $2)) AS t LIMIT $3::bigint",
			bind:  []int{0, 1, 2},
		},
		{
			why:   "a value that the inner statement leaves out is not bound",
			d:     PostgreSQL,
			inner: Inner{Query: "SELECT * FROM f($1)", Bind: []int{1}, Values: 2},
			query: "SELECT t.* FROM (SELECT * FROM f($1)) AS t LIMIT $2::bigint",
			bind:  []int{1, 2},
		},
		{
			why:   "a result may have no columns",
			d:     PostgreSQL,
			inner: Inner{Query: "SELECT * FROM f()", Bind: []int{}, Columns: []catalog.Column{}},
			query: "SELECT  FROM (SELECT * FROM f()) AS t LIMIT $1::bigint",
			bind:  []int{0},
		},
		{
			why:   "a comment at the end of the inner statement ends before the parenthesis",
			d:     SQLite,
			inner: Inner{Query: "SELECT ?, ? -- x", Bind: []int{0, 0}, Values: 1},
			query: "SELECT t.* FROM (SELECT ?, ? -- x\n) AS t LIMIT ?",
			bind:  []int{0, 0, 1},
		},
		{
			why:   "a comment may begin with a number sign",
			d:     MySQL,
			inner: Inner{Query: "SELECT ? # x", Values: 1},
			query: "SELECT t.* FROM (SELECT ? # x\n) AS t LIMIT ?",
			bind:  []int{0, 1},
		},
	} {
		s, err := c.d.Select(c.inner, q, Meta{})
		same := s.Query == c.query && reflect.DeepEqual(s.Bind, c.bind) &&
			reflect.DeepEqual(s.Extra, []any{limit})
		if err != nil || !same {
			t.Errorf("%v (%s): %s %v %v, %v", c.d, c.why, s.Query, s.Bind, s.Extra, err)
		}
	}
}

// TestSelectWithoutPlaceholdersBindsNoValue has a value that no placeholder takes, as that of an
// argument which is not given: a Bind of nil would bind it.
func TestSelectWithoutPlaceholdersBindsNoValue(t *testing.T) {
	inner := Inner{Query: "SELECT * FROM f()", Bind: []int{}, Values: 1}
	s, err := PostgreSQL.Select(inner, &filter.Query{}, Meta{Settings: true})
	if err != nil || s.Bind == nil || len(s.Bind) != 0 {
		t.Errorf("Bind is %#v, %v", s.Bind, err)
	}
}

func TestSelectRefusesWhatItCannotWrite(t *testing.T) {
	inner := Inner{Query: "SELECT 1", Columns: []catalog.Column{
		{Name: "id"},
		{Name: "price", Type: &catalog.Type{Name: "DECIMAL"}},
		{Name: "n", Type: &catalog.Type{Name: "INT"}},
	}}
	isNUL := Inner{Columns: []catalog.Column{{Name: "a\x00"}}}
	unknown := Inner{Query: "SELECT 1"}
	for _, c := range []struct {
		d       *Dialect
		inner   Inner
		meta    Meta
		name    string // of the parameter
		value   string
		program bool // the program is wrong, and not the request
		want    string
	}{
		{d: At(9), inner: inner, name: "limit", value: "1", program: true, want: "Dialect(9)"},
		{
			d: SQLite, inner: inner, meta: Meta{Settings: true}, name: "limit", value: "1",
			program: true, want: "no settings",
		},
		{
			d: SQLite, inner: unknown, meta: Meta{Count: true}, name: "limit", value: "1",
			program: true, want: "known",
		},
		{d: PostgreSQL, inner: isNUL, name: "limit", value: "1", program: true, want: "NUL"},
		{d: PostgreSQL, inner: inner, name: "order", value: "name", want: "no column"},
		{d: PostgreSQL, name: "id", value: "eq.1", want: "no column"},
		{
			d: SQLite, inner: inner, name: "id", value: "match.x",
			want: "match is not supported by SQLite",
		},
		{
			d: SQLite, inner: inner, name: "id", value: "eq(any).{1}",
			want: "eq(any) is not supported by SQLite",
		},
		{
			d: MySQL, inner: inner, name: "id", value: "cs.{1}",
			want: "cs is not supported by MySQL",
		},
		{d: MySQL, inner: inner, name: "n", value: "eq.x", want: "number"},
		{d: MySQL, inner: inner, name: "n", value: "in.(1,x)", want: "number"},
		{d: MySQL, inner: inner, name: "price", value: "eq.true", want: "number"},
		{d: MySQL, inner: inner, name: "order", value: "id->-1", want: "from its end"},
		{
			d: SQLServer, inner: inner, name: "id", value: "match.x",
			want: "match is not supported by SQL Server",
		},
		{
			d: SQLServer, inner: inner, name: "id->>a", value: "eq.x",
			want: "paths into JSON are not supported by SQL Server",
		},
	} {
		q, err := filter.Parse([]filter.Pair{{Name: c.name, Value: c.value}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.d.Select(c.inner, q, c.meta)
		var e *filter.Error
		if err == nil || errors.As(err, &e) == c.program || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %s=%s: %v; want %s", c.d, c.name, c.value, err, c.want)
		}
	}
}

func TestRelationNeedsColumnsThatAreKnown(t *testing.T) {
	for _, r := range []catalog.Routine{
		{Name: "p", Kind: catalog.Procedure},
		{Name: "f", Result: catalog.Result{Type: &catalog.Type{Name: "record"}, Set: true}},
		{Name: "f", Result: catalog.Result{Type: &catalog.Type{OID: 2278, Name: "void"}}},
		{Name: "f\x00", Result: catalog.Result{Type: &catalog.Type{Name: "text"}}},
	} {
		if _, err := PostgreSQL.Relation(&r, nil); err == nil {
			t.Errorf("%s: no error", r)
		}
	}
}
