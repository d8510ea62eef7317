package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/row"
)

// LoadDuckDB reads the macros of schemas of the database that a connection of DuckDB uses; without
// names, those of the current schema, which is main by default. A schema that does not exist is an
// error. The connections of db must be those of drivers/duckdb. It runs a few statements for each
// macro, and keeps db for [Catalog.Reload].
//
// All macros are functions, and Stable: a macro is a query or an expression. One of a scalar has a
// Result whose Type, any, depends on the arguments. One of a table returns a Set, whose Columns are
// known if all parameters have a type, or there are none. A parameter that is declared without a
// type has none. Overloads are routines of their own.
func LoadDuckDB(ctx context.Context, db Querier, schemas ...string) (*Catalog, error) {
	given := slices.Clone(schemas)
	return load(ctx, DuckDB, func(ctx context.Context) (content, error) {
		d := duckdb{db: db, types: map[string]*Type{}, texts: texts{}}
		names := given
		if len(names) == 0 {
			current, err := d.current(ctx)
			if err != nil {
				return content{}, err
			}
			names = []string{current}
		}
		for _, name := range names {
			if slices.Contains(d.schemas, name) {
				continue
			}
			if err := d.load(ctx, name); err != nil {
				return content{}, err
			}
		}
		return content{schemas: d.schemas, routines: d.routines}, nil
	})
}

// DuckDB documentation, "DuckDB_% Metadata Functions". parameter_types has NULL for a parameter
// without a type.
const (
	duckdbCurrent = `SELECT current_schema() AS name`
	duckdbSchema  = `SELECT 1 AS found FROM duckdb_schemas()
		WHERE database_name = current_database() AND schema_name = ?`
	duckdbMacros = `SELECT function_name AS name, function_type AS kind, comment, function_oid AS id,
		parameters AS params, parameter_types AS types
		FROM (SELECT *, row_number() OVER () AS n FROM duckdb_functions())
		WHERE database_name = current_database() AND schema_name = ? AND NOT internal
		AND function_type IN ('macro', 'table_macro') ORDER BY function_name, n`
)

// duckdb is the state of one load.
type duckdb struct {
	db       Querier
	schemas  []string
	routines []Routine
	types    map[string]*Type
	texts    texts
}

// anyType is that of what a macro of a scalar returns.
var anyType = &Type{Kind: Pseudo, Name: "any", SQL: "ANY"}

func (d *duckdb) current(ctx context.Context) (name string, err error) {
	err = each(ctx, d.db, func(r row.Row) error { name = d.texts.get(r, "name"); return nil },
		duckdbCurrent)
	return name, err
}

// load reads the macros of one schema.
func (d *duckdb) load(ctx context.Context, schema string) error {
	found := false
	err := each(ctx, d.db, func(row.Row) error { found = true; return nil }, duckdbSchema, schema)
	if err == nil && !found {
		return fmt.Errorf("there is no schema %q in the database", schema)
	}
	d.schemas = append(d.schemas, schema)
	first := len(d.routines)
	if err == nil {
		err = each(ctx, d.db, func(r row.Row) error {
			m, err := d.macro(schema, r)
			d.routines = append(d.routines, m)
			return err
		}, duckdbMacros, schema)
	}
	if err != nil {
		return err
	}
	list := d.routines[first:]
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Name == list[0].Name {
			n++
		}
		d.setDefaults(ctx, list[:n])
		for i := range list[:n] {
			d.setColumns(ctx, &list[i])
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// macro returns the macro that a row describes.
func (d *duckdb) macro(schema string, r row.Row) (Routine, error) {
	m := Routine{
		Schema: schema, Name: d.texts.get(r, "name"), Volatility: Stable,
		Comment: r.Get("comment").String(), Result: Result{Type: anyType},
	}
	if d.texts.get(r, "kind") == "table_macro" {
		m.Result = Result{Set: true}
	}
	names, err := stringsOf(r.Get("params"))
	if err != nil {
		return m, err
	}
	types, err := stringsOf(r.Get("types"))
	if err != nil {
		return m, err
	}
	for i, name := range names {
		p := Param{Name: *name}
		if i < len(types) && types[i] != nil {
			p.Type = d.typeOf(*types[i])
		}
		m.Params = append(m.Params, p)
	}
	return m, nil
}

// typeOf returns a type that DuckDB has written.
func (d *duckdb) typeOf(sql string) *Type {
	t := d.types[sql]
	if t == nil {
		t = &Type{Name: sql, SQL: sql}
		d.types[sql] = t
	}
	return t
}

// setDefaults sets which parameters of the overloads of a macro have a default: the last ones, as
// DuckDB demands. Only the error of a call that suits none of them lists them, with the defaults. A
// macro that is not found there may be called without any argument, for DuckDB to complain.
func (d *duckdb) setDefaults(ctx context.Context, overloads []Routine) {
	call := duckdbCall(&overloads[0], `"`+unusedName(overloads)+`" := NULL`)
	err := each(ctx, d.db, func(row.Row) error { return nil }, "EXPLAIN "+call)
	list := ""
	if err != nil {
		_, list, _ = strings.Cut(err.Error(), "Candidate macros:")
	}
	for i := range overloads {
		params := overloads[i].Params
		required := requiredIn(list, &overloads[i])
		for j := range params {
			params[j].Default = j >= required
		}
	}
}

// requiredIn returns how many parameters of a macro have no default, by a list of macros as
// name(a INTEGER, b := 1).
func requiredIn(list string, m *Routine) int {
	text := "\n\t" + m.Name + "("
	for n := len(m.Params); n >= 0; n-- { // the longest beginning that is in the list
		begin := text
		for i := range m.Params[:n] {
			if i > 0 {
				begin += ", "
			}
			begin += m.Params[i].String()
		}
		switch {
		case n == len(m.Params):
			begin += ")"
		case n > 0:
			begin += ", " + m.Params[n].String() + " := "
		default:
			begin += m.Params[0].String() + " := "
		}
		if strings.Contains(list, begin) {
			return n
		}
	}
	return 0
}

// unusedName returns a name that no parameter has.
func unusedName(overloads []Routine) string {
	name := "moresql"
	for i := 0; i < len(overloads); i++ {
		if slices.ContainsFunc(overloads[i].Params, func(p Param) bool {
			return strings.EqualFold(p.Name, name)
		}) {
			name, i = name+"_", -1
		}
	}
	return name
}

// setColumns sets the columns of a macro of a table whose types do not depend on arguments.
// DESCRIBE does not run it; of one that does not work as it is, for want of a file for instance,
// the columns stay unknown.
func (d *duckdb) setColumns(ctx context.Context, m *Routine) {
	var args []string
	for _, p := range m.Params {
		if p.Type == nil {
			return
		}
		if !p.Default {
			args = append(args, quoteDuckDB(p.Name)+" := CAST(NULL AS "+p.Type.SQL+")")
		}
	}
	if !m.Result.Set {
		return
	}
	var columns []Column
	err := each(ctx, d.db, func(r row.Row) error {
		columns = append(columns, Column{
			Name: r.Get("column_name").String(), Type: d.typeOf(d.texts.get(r, "column_type")),
		})
		return nil
	}, "DESCRIBE "+duckdbCall(m, strings.Join(args, ", ")))
	if err == nil {
		m.Result.Columns = columns
	}
}

// duckdbCall returns a query that calls a macro.
func duckdbCall(m *Routine, args string) string {
	verb := "SELECT "
	if m.Result.Set {
		verb = "SELECT * FROM "
	}
	return verb + quoteDuckDB(m.Schema) + "." + quoteDuckDB(m.Name) + "(" + args + ")"
}

func quoteDuckDB(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// stringsOf returns the elements of a list of texts, which the connector returns as JSON.
func stringsOf(v row.Value) (list []*string, err error) {
	err = json.Unmarshal(v.Raw(), &list)
	return list, err
}
