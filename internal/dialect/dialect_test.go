package dialect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql/row"
)

func ExampleSettings() {
	s := PostgreSQL.Settings()
	fmt.Println(s.Set(2))
	fmt.Println(s.Set(0))
	fmt.Println(s.Response)
	fmt.Println(s.Mark("web_user", "SELECT 1"))
	fmt.Println(s.Mark("", "SELECT 1"))
	fmt.Println(MySQL.Settings() == nil)
	// Output:
	// SELECT 1, set_config($1, $2, true), set_config($3, $4, true)
	// SELECT 1
	// SELECT current_setting('response.status', true), current_setting('response.headers', true)
	// /* e73cd03376fd7673 */ SELECT 1
	// SELECT 1
	// true
}

func TestMarkNeverWritesTheRole(t *testing.T) {
	mark := PostgreSQL.Settings().Mark
	role := "*/ DROP TABLE victims; --"
	if s := mark(role, "SELECT 1"); strings.Contains(s, "DROP") || s == mark("other", "SELECT 1") {
		t.Error(s)
	}
}

func TestColumnHasTheTypeThatFiltersNeed(t *testing.T) {
	for _, c := range []struct {
		d      *Dialect
		column row.Column
		want   string // the name of the type
	}{
		{d: PostgreSQL, column: row.Column{DatabaseType: "INT4", Kind: row.Int}},
		{d: MySQL, column: row.Column{DatabaseType: "DECIMAL"}, want: "DECIMAL"},
		{d: MySQL, column: row.Column{Kind: row.Bool}},
		{d: SQLite, column: row.Column{DatabaseType: "TEXT"}, want: "TEXT"},
		{d: SQLite, column: row.Column{DatabaseType: "INTEGER", Kind: row.Bool}, want: "BOOLEAN"},
		{d: SQLite, column: row.Column{DatabaseType: "TEXT", Kind: row.Numeric}, want: "DIGITS"},
		{d: SQLite, column: row.Column{}},
		{d: SQLServer, column: row.Column{DatabaseType: "BIT"}, want: "BIT"},
		{d: DuckDB, column: row.Column{DatabaseType: "BLOB"}, want: "BLOB"},
		{d: Firebird, column: row.Column{DatabaseType: "NUMERIC(9,2)"}, want: "NUMERIC"},
		{d: Firebird, column: row.Column{}},
		{d: At(9), column: row.Column{DatabaseType: "TEXT"}},
	} {
		c.column.Name = "a"
		got := c.d.Column(c.column)
		name := ""
		if got.Type != nil {
			name = got.Type.Name
		}
		if got.Name != "a" || name != c.want {
			t.Errorf("%v %+v: got %s of type %q; want %q", c.d, c.column, got.Name, name, c.want)
		}
	}
}
