package catalog_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/moresql/moresql/catalog"
)

// postgresRows returns the rows of PostgreSQL's query, without the place, which only sorts.
func postgresRows() *sqlmock.Rows {
	var columns []*sqlmock.Column
	for _, name := range []string{
		"what", "oid", "schema", "name", "names", "types", "type", "modes", "defaults", "set",
		"volatility", "strict", "comment", "sql", "delim", "to_json",
	} {
		column := sqlmock.NewColumn(name)
		switch name {
		case "names":
			column.OfType("_TEXT", "")
		case "types":
			column.OfType("_INT8", "")
		case "oid", "type", "defaults":
			column.OfType("INT8", int64(0))
		}
		columns = append(columns, column)
	}
	return sqlmock.NewRowsWithColumnDefinition(columns...)
}

// mysqlRows returns the rows of MySQL's query.
func mysqlRows() *sqlmock.Rows {
	return sqlmock.NewRows([]string{
		"what", "db", "kind", "name", "access", "is_deterministic", "comment",
		"param", "mode", "type_name", "type_sql", "place",
	})
}

// typeRow returns the row of a type of pg_catalog.
func typeRow(what string, oid int64, name, sql string) []driver.Value {
	return []driver.Value{
		what, oid, "pg_catalog", name, nil, nil, 0, nil, nil, nil, nil, nil, nil, sql, ",", false,
	}
}

// loads calls the loader of a database with a connection that prepare sets up.
func loads(t *testing.T, name string, prepare func(sqlmock.Sqlmock)) (*catalog.Catalog, error) {
	t.Helper()
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	prepare(expect)
	load := catalog.Load
	if name == "MySQL" {
		load = catalog.LoadMySQL
	}
	cat, err := load(context.Background(), db, "api")
	if e := expect.ExpectationsWereMet(); e != nil {
		t.Error(e)
	}
	return cat, err
}

// An error of the statement or between its rows is returned, without a part of the catalog.
func TestLoadReturnsErrorsOfTheDatabase(t *testing.T) {
	cause := errors.New("cause")
	for name, rows := range map[string]func() *sqlmock.Rows{
		"PostgreSQL": postgresRows,
		"MySQL":      mysqlRows,
	} {
		for reason, prepare := range map[string]func(sqlmock.Sqlmock){
			"statement": func(expect sqlmock.Sqlmock) {
				expect.ExpectQuery("SELECT").WillReturnError(cause)
			},
			"rows": func(expect sqlmock.Sqlmock) {
				r := rows()
				values := make([]driver.Value, map[string]int{"PostgreSQL": 16, "MySQL": 12}[name])
				copy(values, []driver.Value{"database", int64(1), "api", "api"})
				if name == "PostgreSQL" {
					copy(values, typeRow("pseudo", 2278, "void", "void"))
				}
				r.AddRow(values...).AddRow(values...).RowError(1, cause)
				expect.ExpectQuery("SELECT").WillReturnRows(r).RowsWillBeClosed()
			},
		} {
			cat, err := loads(t, name, prepare)
			if cat != nil || !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "catalog: load: ") {
				t.Errorf("%s, %s: %v, %v", name, reason, cat, err)
			}
		}
	}
}

// Rows that PostgreSQL would not return are an error that names what is wrong, not a panic.
func TestLoadRefusesNonsense(t *testing.T) {
	integer := typeRow("base", 23, "int4", "integer")
	with := func(values []driver.Value, at int, value driver.Value) []driver.Value {
		values = append([]driver.Value{}, values...)
		values[at] = value
		return values
	}
	function := []driver.Value{
		"function", 16400, "api", "f", "{a,b}", "{23,23}", 23, "io", 1, false, "i", true,
		nil, nil, nil, nil,
	}
	for _, test := range []struct {
		reason string
		row    []driver.Value
		want   string // "" if nothing is wrong
	}{
		{"a function as it is", function, ""},
		{"unnamed parameters", with(function, 4, nil), ""},
		{"more defaults than parameters", with(function, 8, 100), ""},
		{"negative defaults", with(function, 8, -1), ""},
		{"a mode of the future", with(function, 7, "?o"), ""},
		{"a volatility of the future", with(function, 10, "?"), ""},
		{"more types than names", with(function, 4, "{a}"), "api.f: 1 names for 2 types"},
		{"more names than types", with(function, 5, "{23}"), "api.f: 2 names for 1 types"},
		{"names without types", with(function, 5, nil), "api.f: 2 names for 0 types"},
		{"names that are no array", with(function, 4, "{a"), "api.f: not the text of"},
		{"types that are no array", with(function, 5, "23"), "api.f: not the text of"},
		{"types that are no numbers", with(function, 5, "{a,NULL}"), "api.f: a type without an OID"},
		{"fewer modes than parameters", with(function, 7, "i"), "cannot read the routine api.f"},
		{"more modes than parameters", with(function, 7, "iiiiio"), "cannot read the routine api.f"},
		{"no result", with(function, 6, nil), "cannot read the routine api.f"},
		{"an unknown result", with(function, 6, 4711), "OID 4711 is not in pg_type"},
		{"an unknown parameter", with(function, 5, "{23,4711}"), "OID 4711 is not in pg_type"},
		{"an aggregate", with(function, 0, "aggregate"), "cannot read the type api.f"},
		{"NULLs alone", make([]driver.Value, 16), "cannot read the type"},
		{"no delimiter", with(integer, 14, nil), "cannot read the type pg_catalog.int4"},
		{"no OID", with(integer, 1, nil), "cannot read the type pg_catalog.int4"},
		{"no SQL", with(integer, 13, nil), "OID 23 is not in pg_type"},
		{"an array of nothing", with(integer, 0, "array"), "the array integer has no type inside"},
		{"a domain over nothing", with(integer, 0, "domain"), "the domain integer has no type inside"},
		{
			reason: "a composite of an unknown type",
			row:    with(with(integer, 0, "composite"), 5, "{4711}"), want: "OID 4711 is not in pg_type",
		},
		{
			reason: "a composite without names",
			row:    with(with(integer, 0, "composite"), 4, "{a}"),
			want:   "pg_catalog.int4: 1 names for 0 types",
		},
		{
			reason: "no schema",
			row: []driver.Value{
				"missing", nil, "api", nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil,
			},
			want: `there is no schema "api"`,
		},
	} {
		cat, err := loads(t, "PostgreSQL", func(expect sqlmock.Sqlmock) {
			rows := postgresRows().AddRow(integer...).AddRow(test.row...)
			expect.ExpectQuery("SELECT").WillReturnRows(rows).RowsWillBeClosed()
		})
		if (cat == nil) != (test.want != "") ||
			test.want != "" && !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.want)
		}
	}
}

// A routine that is created between the two halves of MySQL's query is left for the next load.
func TestLoadMySQLIgnoresParametersWithoutARoutine(t *testing.T) {
	cat, err := loads(t, "MySQL", func(expect sqlmock.Sqlmock) {
		expect.ExpectQuery("information_schema").WithArgs("api", "api", "api").WillReturnRows(mysqlRows().
			AddRow("database", "api", "", "api", "", "", "", "", "", "", "", -2).
			AddRow("routine", "api", "FUNCTION", "f", "READS SQL DATA", "NO", "Reads.", "", "", "", "", -1).
			AddRow("result", "api", "FUNCTION", "f", "", "", "", nil, nil, "int", "int", 0).
			AddRow("param", "api", "PROCEDURE", "f", "", "", "", "a", "IN", "int", "int", 1))
		list := sqlmock.NewRows([]string{
			"what", "name", "kind", "item", "may", "nullable", "extra", "default_sql", "type_name",
			"type_sql", "comment", "to_db", "to_name", "to_column", "place",
		})
		list.AddRow("column", "later", "", "id", "select", "NO", "", "", "int", "int(11)", "", "", "",
			"", 1)
		expect.ExpectQuery("information_schema").WillReturnRows(list)
	})
	if err != nil {
		t.Fatal(err)
	}
	routines := cat.Current().Routines()
	if got := fmt.Sprint(routines, routines[0].Result.Type); got != "[api.f()] int" {
		t.Error(got)
	}
	if database := cat.Current().Database(); database != catalog.MySQL {
		t.Errorf("the catalog is of %q", database)
	}
	_, err = loads(t, "MySQL", func(expect sqlmock.Sqlmock) {
		expect.ExpectQuery("").WillReturnRows(mysqlRows())
	})
	if err == nil || !strings.Contains(err.Error(), `no database "api"`) {
		t.Error(err)
	}
}
