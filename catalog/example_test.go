package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/moresql/moresql/catalog"
)

// shop returns a catalog of given routines, as the tests of a program may need it.
func shop() *catalog.Catalog {
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	text := &catalog.Type{OID: 25, Name: "text", SQL: "text"}
	car := &catalog.Type{
		OID:    16384,
		Kind:   catalog.Composite,
		Schema: "api",
		Name:   "car",
		SQL:    "api.car",
		Fields: []catalog.Column{{Name: "id", Type: integer}, {Name: "name", Type: text}},
	}
	return catalog.Of(
		catalog.Routine{
			Schema:     "api",
			Name:       "get_car",
			Volatility: catalog.Stable,
			Params:     []catalog.Param{{Name: "id", Type: integer}},
			Result:     catalog.Result{Type: car, Columns: car.Fields},
		},
		catalog.Routine{
			Schema:     "api",
			Name:       "get_car",
			Volatility: catalog.Stable,
			Params: []catalog.Param{
				{Name: "name", Type: text},
				{Name: "top", Type: integer, Default: true},
			},
			Result: catalog.Result{Type: car, Columns: car.Fields, Set: true},
		},
		catalog.Routine{
			Schema:     "api",
			Name:       "count_cars",
			Volatility: catalog.Stable,
			Result:     catalog.Result{Type: integer},
		},
		catalog.Routine{
			Schema: "api",
			Name:   "sell_car",
			Kind:   catalog.Procedure,
			Params: []catalog.Param{
				{Name: "id", Type: integer},
				{Name: "bill", Type: text, Mode: catalog.Out},
			},
		},
	)
}

func ExampleOf() {
	for _, r := range shop().Current().Routines() {
		fmt.Println(r.Kind, r.Volatility, r)
	}
	// Output:
	// FUNCTION STABLE api.count_cars()
	// FUNCTION STABLE api.get_car(id integer)
	// FUNCTION STABLE api.get_car(name text, top integer DEFAULT …)
	// PROCEDURE VOLATILE api.sell_car(id integer, OUT bill text)
}

// An overloaded name has several routines.
func ExampleSnapshot_Named() {
	for _, r := range shop().Current().Named("get_car") {
		rows := "one row"
		if r.Result.Set {
			rows = "many rows"
		}
		fmt.Printf("%s returns %s of:", r, rows)
		for _, c := range r.Result.Columns {
			fmt.Printf(" %s %s", c.Name, c.Type)
		}
		fmt.Println()
	}
	fmt.Println(len(shop().Current().Named("get_bike")), "routines are named get_bike")
	// Output:
	// api.get_car(id integer) returns one row of: id integer name text
	// api.get_car(name text, top integer DEFAULT …) returns many rows of: id integer name text
	// 0 routines are named get_bike
}

func ExampleLoad() {
	db, expect, err := sqlmock.New() // in a program: sql.Open("postgres", …)
	if err != nil {
		fmt.Println(err)
		return
	}
	expect.ExpectQuery("pg_catalog.pg_proc").WithArgs(`{"api"}`, nil).WillReturnRows(postgresRows().
		AddRow(typeRow("base", 23, "int4", "integer")...).
		AddRow("function", 16400, "api", "add", "{a,b}", "{23,23}", 23, nil, 1, false, "i", true,
			"Adds.", nil, nil, nil))

	cat, err := catalog.Load(context.Background(), db, "api")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cat.Current().Database())
	for _, r := range cat.Current().Routines() {
		fmt.Printf("%s %s returns %s: %s\n", r.Volatility, r, r.Result.Type, r.Comment)
	}
	// Output:
	// PostgreSQL
	// IMMUTABLE api.add(a integer, b integer DEFAULT …) returns integer: Adds.
}

// A reload that fails leaves the catalog as it was.
func ExampleCatalog_Reload() {
	version := 0
	source := func(context.Context) ([]catalog.Routine, error) {
		version++
		if version == 3 {
			return nil, fmt.Errorf("the disk is on fire")
		}
		return []catalog.Routine{{Name: fmt.Sprint("version_", version)}}, nil
	}
	cat, err := catalog.LoadFunc(context.Background(), source)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		fmt.Println(cat.Current().Routines())
		if err := cat.Reload(context.Background()); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// [version_1()]
	// [version_2()]
	// catalog: reload failed, the routines stay as they were: the disk is on fire
	// [version_2()]
}

// A program that reads one table has no use for the others.
func ExampleLoadNamed() {
	db, expect, err := sqlmock.New() // in a program: sql.Open("postgres", …)
	if err != nil {
		log.Fatal(err)
	}
	expect.ExpectQuery("pg_class").WithArgs(`{"shop"}`, "films").WillReturnRows(sqlmock.NewRows(
		[]string{"what", "oid", "schema", "name", "comment", "relation"},
	).AddRow("schema", nil, "shop", nil, nil, nil).AddRow("relation", 16400, "shop", "films",
		"What there is to see", `{"kind": "r", "served": true, "keys": [{"type": "p", "columns": [1]}],
		"columns": [{"number": 1, "name": "id"}, {"number": 2, "name": "title"}]}`))

	cat, err := catalog.LoadNamed(context.Background(), db, "films", "shop")
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range cat.Current().Relations() {
		fmt.Println(r.Kind, r.String(), r.PrimaryKey, r.Comment)
	}
	// Output: TABLE shop.films [id] What there is to see
}

func ExampleSnapshot_Schemas() {
	fmt.Println(shop().Current().Schemas())
	// Output: [api]
}

func ExampleLoadSQLite() {
	db, expect, err := sqlmock.New() // or sql.Open("sqlite", "films.db")
	if err != nil {
		log.Fatal(err)
	}
	rows := func(columns ...string) *sqlmock.Rows { return sqlmock.NewRows(columns) }
	expect.ExpectQuery("pragma_database_list").WithArgs("main").WillReturnRows(rows("1").AddRow(1))
	expect.ExpectQuery("pragma_table_list").WithArgs("main").
		WillReturnRows(rows("name", "type", "wr").AddRow("films", "table", 0))
	columns := rows("name", "type", "notnull", "dflt_value", "pk", "hidden")
	columns.AddRow("id", "INTEGER", 0, nil, 1, 0).AddRow("price", "NUMERIC(6,2)", 0, nil, 0, 0)
	expect.ExpectQuery("pragma_table_xinfo").WithArgs("films", "main").WillReturnRows(columns)
	expect.ExpectQuery("pragma_index_list").WillReturnRows(rows("seq", "name"))
	expect.ExpectQuery("pragma_foreign_key_list").WillReturnRows(rows("id", "table", "from", "to"))

	cat, err := catalog.LoadSQLite(context.Background(), db)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range cat.Current().Relations() {
		fmt.Println(r.Kind, r.String(), r.PrimaryKey)
		for _, c := range r.Columns {
			fmt.Println(c.Name, c.Type)
		}
	}
	// Output:
	// TABLE main.films [id]
	// id INTEGER
	// price NUMERIC(6,2)
}

func ExampleLoadDuckDB() {
	db, expect, err := sqlmock.New() // in a program: sql.OpenDB of a connector of drivers/duckdb
	if err != nil {
		log.Fatal(err)
	}
	rows := func(columns ...string) *sqlmock.Rows { return sqlmock.NewRows(columns) }
	expect.ExpectQuery("duckdb_schemas").WithArgs("api").WillReturnRows(rows("found").AddRow(1))
	expect.ExpectQuery("duckdb_functions").WithArgs("api").WillReturnRows(
		rows("name", "kind", "comment", "id", "params", "types").
			AddRow("cheap_cars", "table_macro", "Cars for little", 1, `["most","top"]`, `["INTEGER",null]`))
	expect.ExpectQuery("EXPLAIN").WillReturnError(errors.New("Binder Error: …\n" +
		"Candidate macros:\n\tcheap_cars(most INTEGER, top := 10)"))

	cat, err := catalog.LoadDuckDB(context.Background(), db, "api")
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range cat.Current().Routines() {
		fmt.Printf("%s: %s\n", r, r.Comment)
	}
	// Output: api.cheap_cars(most INTEGER, top DEFAULT …): Cars for little
}

func ExampleLoadFirebird() {
	db, expect, err := sqlmock.New() // in a program: sql.OpenDB of a connector of drivers/firebird
	if err != nil {
		log.Fatal(err)
	}
	rows := func(columns ...string) *sqlmock.Rows { return sqlmock.NewRows(columns) }
	expect.ExpectQuery("RDB.PACKAGES").WillReturnRows(rows("PKG"))
	expect.ExpectQuery("RDB.PROCEDURES").WillReturnRows(rows("PKG", "NAME", "KIND", "ABOUT").
		AddRow("", "CHEAP_CARS", "S", "Cars for little"))
	expect.ExpectQuery("RDB.PROCEDURE_PARAMETERS").WillReturnRows(rows("PKG", "NAME", "KIND",
		"PARAM", "MODE", "DEF", "DOMAIN_DEF", "TYPE", "SUB", "SCALE", "PREC", "CHARS", "CHARSET").
		AddRow("", "CHEAP_CARS", "P", "MOST", "I", nil, nil, 8, 1, -2, 9, nil, nil).
		AddRow("", "CHEAP_CARS", "P", "TOP", "I", "= 10", nil, 8, 0, 0, 0, nil, nil))

	cat, err := catalog.LoadFirebird(context.Background(), db)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range cat.Current().Routines() {
		fmt.Printf("%s: %s\n", r, r.Comment)
	}
	// Output: CHEAP_CARS(MOST NUMERIC(9,2), TOP INTEGER DEFAULT …): Cars for little
}

// Routines may come from anywhere, and be read again.
func ExampleLoadFunc() {
	source := func(context.Context) ([]catalog.Routine, error) {
		return []catalog.Routine{{Name: "ping"}}, nil
	}
	cat, err := catalog.LoadFunc(context.Background(), source)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cat.Current().Routines())
	// Output: [ping()]
}
