package dialect

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/row"
)

func ExampleDialect_Procedure() {
	params := []Param{{Name: "id", In: true}, {Name: "total", Out: true}}
	for _, d := range []*Dialect{PostgreSQL, MySQL, SQLServer} {
		s, err := d.Procedure("api.close_month", params, false)
		if err != nil {
			panic(err)
		}
		for at := &s; at != nil; at = at.Then {
			fmt.Println(at.Query, at.Bind)
		}
	}
	// Output:
	// CALL api.close_month($1, $2) [0 1]
	// CALL api.close_month(?, @moresql_1) [0]
	// SELECT @moresql_1 AS `total` []
	// SET @p2 = NULL; EXEC @p3 = api.close_month @id = @p1, @total = @p2 OUTPUT [0]
}

func ExampleDialect_Routine() {
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	r := &catalog.Routine{
		Name:   "add",
		Params: []catalog.Param{{Name: "a", Type: integer}, {Name: "b", Type: integer, Default: true}},
		Result: catalog.Result{Type: integer},
	}
	given := []*catalog.Param{&r.Params[0]}
	for _, d := range []*Dialect{PostgreSQL, MySQL, SQLite} {
		s, ok, err := d.Routine(r, given)
		fmt.Println(s.Query, s.Bind, ok, err)
	}
	// Output:
	// SELECT * FROM "add"("a" => $1::integer) [0] true <nil>
	// SELECT `add`(?, ?) [0 1] true <nil>
	//  [] false <nil>
}

func TestCallsAreWrittenAsTheDatabaseHasThem(t *testing.T) {
	abc := []Param{{Name: "a", In: true}, {Name: "b", In: true, Absent: true}, {Name: "c", In: true}}
	inOut := []Param{{Name: "a", In: true, Out: true}, {Name: "b", In: true}}
	for _, c := range []struct {
		d         *Dialect
		procedure bool
		params    []Param
		named     bool
		query     string
		bind      []int
		outs      []row.Column
	}{
		{d: PostgreSQL, params: abc, query: "SELECT * FROM f($1, $2, $3)", bind: []int{0, 1, 2}},
		{
			d: PostgreSQL, params: abc, named: true,
			query: `SELECT * FROM f("a" => $1, "c" => $2)`, bind: []int{0, 2},
		},
		{d: SQLite, params: abc, query: "SELECT * FROM f(?, ?, ?)", bind: []int{0, 1, 2}},
		{d: SQLServer, params: abc, query: "SELECT * FROM f(@p1, @p2, @p3)", bind: []int{0, 1, 2}},
		{
			d: DuckDB, params: abc, named: true,
			query: `SELECT * FROM f("a" := ?, "c" := ?)`, bind: []int{0, 2},
		},
		{d: MySQL, procedure: true, params: abc, query: "CALL f(?, ?, ?)", bind: []int{0, 1, 2}},
		{
			d: SQLServer, procedure: true, params: abc,
			query: "EXEC f @a = @p1, @b = @p2, @c = @p3", bind: []int{0, 1, 2},
		},
		{
			d: SQLServer, procedure: true, params: abc, named: true,
			query: "EXEC f @a = @p1, @c = @p2", bind: []int{0, 2},
		},
		{
			d: SQLServer, procedure: true, params: []Param{{In: true}, {Name: "b", In: true}},
			query: "EXEC f @p1, @b = @p2", bind: []int{0, 1},
		},
		{d: SQLServer, procedure: true, query: "EXEC f", bind: []int{}},
		{
			d: SQLServer, procedure: true, params: inOut,
			query: "SET @p3 = @p1; EXEC @p4 = f @a = @p3 OUTPUT, @b = @p2", bind: []int{0, 1},
			outs: []row.Column{{Name: "a"}, {Name: "return_status", Kind: row.Int}},
		},
		{
			d: SQLServer, procedure: true, params: []Param{{Name: "Return_Status", Out: true}},
			query: "SET @p1 = NULL; EXEC f @Return_Status = @p1 OUTPUT", bind: []int{},
			outs: []row.Column{{Name: "Return_Status"}},
		},
		{d: Firebird, params: abc, query: "SELECT * FROM f(?, ?, ?)", bind: []int{0, 1, 2}},
		{d: Firebird, params: abc[:2], query: "SELECT * FROM f(?)", bind: []int{0}},
		{d: Firebird, query: "SELECT * FROM f", bind: []int{}},
		{
			d: Firebird, procedure: true, params: []Param{{Name: "o", Out: true}, {Name: "i", In: true}},
			query: "EXECUTE PROCEDURE f(?)", bind: []int{1},
		},
	} {
		call := c.d.Function
		if c.procedure {
			call = c.d.Procedure
		}
		s, err := call("f", c.params, c.named)
		want := Statement{Query: c.query, Bind: c.bind, Outs: c.outs}
		if err != nil || !reflect.DeepEqual(s, want) {
			t.Errorf("%v: got %v, %v; want %v", c.d, s, err, want)
		}
	}
}

func TestCallsThatCannotWorkAreRefused(t *testing.T) {
	for _, c := range []struct {
		d         *Dialect
		procedure bool
		name      string
		params    []Param
		named     bool
		want      string
	}{
		{d: MySQL, name: "f", want: "MySQL has no functions that return rows"},
		{d: MySQL, name: "f", named: true, want: "MySQL has no named notation"},
		{d: MySQL, procedure: true, name: "f", named: true, want: "MySQL has no named notation"},
		{d: SQLite, procedure: true, name: "f", want: "SQLite has no procedures"},
		{d: Firebird, name: strings.Repeat("f", 32), want: "allows 31"},
		{d: Firebird, name: `"f "`, want: "ends with a space"},
		{d: Firebird, name: "f", named: true, want: "no named notation"},
		{d: SQLServer, name: "f", named: true, want: "functions of SQL Server have no named notation"},
		{d: PostgreSQL, name: "f", params: []Param{{Out: true}}, want: "come back as columns"},
		{d: PostgreSQL, name: "f.", want: "empty"},
		{d: MySQL, procedure: true, name: "f", params: []Param{{Out: true}}, want: "OUT parameter"},
		{d: SQLServer, procedure: true, name: "f", params: []Param{{Out: true}}, want: "no name"},
		{d: SQLServer, procedure: true, name: "f.", want: "empty"},
		{
			d: SQLServer, procedure: true, name: "f", want: "letters, digits",
			params: []Param{{Name: "a b", In: true}},
		},
		{
			d: SQLServer, procedure: true, name: "f", want: "before those with one",
			params: []Param{{Name: "a", In: true}, {In: true}},
		},
	} {
		call := c.d.Function
		if c.procedure {
			call = c.d.Procedure
		}
		s, err := call(c.name, c.params, c.named)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %s: got %s, %v; want %s", c.d, c.name, s.Query, err, c.want)
		}
	}
}

func TestMySQLRoutineBindsNullForWhatIsAbsent(t *testing.T) {
	r := &catalog.Routine{
		Schema: "api",
		Name:   "p",
		Kind:   catalog.Procedure,
		Params: []catalog.Param{{Name: "a"}, {Name: "b", Mode: catalog.InOut}, {Name: "c"}},
	}
	s, ok, err := MySQL.Routine(r, []*catalog.Param{&r.Params[2], &r.Params[1]})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	call := Statement{Query: "CALL api.p(?, @moresql_1, ?)", Bind: []int{2, 0}, Then: &Statement{
		Query: "SELECT @moresql_1 AS `b`", Bind: []int{},
	}}
	want := Statement{Query: "SET @moresql_1 = ?", Bind: []int{1}, Then: &call,
		Columns: []row.Column{{Name: "b"}}, // whose type is not known
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %v %v %v", s, s.Then, s.Then.Then)
	}
}

func TestAnUnknownDialectRefusesEverything(t *testing.T) {
	for _, i := range []int{-1, 6, 9} {
		d := At(i)
		if want := fmt.Sprintf("Dialect(%d)", i); d.String() != want {
			t.Errorf("got %s, want %s", d, want)
		}
		_, quote := d.Quote("a")
		_, name := d.QuoteName("a")
		_, function := d.Function("f", nil, false)
		_, procedure := d.Procedure("p", nil, false)
		_, relation := d.Relation(&catalog.Routine{Name: "f"}, nil)
		_, selected := d.Select(Inner{}, nil, Meta{})
		for i, err := range []error{d.Check(), quote, name, function, procedure, relation, selected} {
			if err == nil || !strings.Contains(err.Error(), d.Name) {
				t.Errorf("%v: %d: %v", d, i, err)
			}
		}
		_, ok, _ := d.Routine(&catalog.Routine{Name: "f"}, nil)
		if ok || d.Filters() || d.Settings() != nil {
			t.Errorf("%v has a capability", d)
		}
	}
}

func TestKnownDialectsAreInTheOrderOfTheirNumbers(t *testing.T) {
	if _, ok := Named("Oracle"); ok {
		t.Error("a database that has no dialect has a number")
	}
	for i, want := range []*Dialect{PostgreSQL, MySQL, SQLite, SQLServer, DuckDB, Firebird} {
		if got := At(i); got != want || got.Check() != nil {
			t.Errorf("%d is %v, want %v", i, got, want)
		}
		if n, ok := Named(want.Name); n != i || !ok {
			t.Errorf("%s has the number %d, %v; want %d", want, n, ok, i)
		}
	}
}
