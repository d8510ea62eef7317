package moresql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/rpc"
	"github.com/moresql/moresql/internal/sqltemplate"
	"github.com/moresql/moresql/row"
)

// A Querier runs a statement that returns rows: *sql.DB, *sql.Conn and *sql.Tx do.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

var (
	_ Querier = (*sql.DB)(nil)
	_ Querier = (*sql.Conn)(nil)
	_ Querier = (*sql.Tx)(nil)
)

// A Dialect says how a database writes placeholders and quotes names.
type Dialect uint8

const (
	PostgreSQL Dialect = iota // $1 and "name"; also CockroachDB, YugabyteDB and DuckDB
	MySQL                     // ? and `name`; also MariaDB
	SQLite                    // ? and "name"
	SQLServer                 // @p1 and [name]
)

// String returns the name of the database.
func (d Dialect) String() string { return d.rules().Name }

func (d Dialect) rules() *dialect.Dialect { return dialect.At(int(d)) }

// A Caller writes the statement that calls a procedure in one kind of database. It sees names and never values, so
// no request can change the statement. It must be safe for concurrent use.
type Caller interface {
	// Statement writes the call of proc with the given parameters, in their order. Handlers ask for it when they
	// are made, so that a name which cannot be called is refused then, and again only when an optional
	// parameter is absent.
	Statement(proc string, params []Param) (Statement, error)
}

// A Param is one parameter of a call.
type Param struct {
	Name   string // "" for an argument that has only its place
	Absent bool   // it is optional and has no value: leave it out where the database allows it, else it is NULL
	In     bool   // it takes a value, as all but OUT parameters do
	Out    bool   // the procedure sets it: an OUT, or with In an INOUT parameter
}

// A Statement is what one call sends.
type Statement struct {
	Query string
	Bind  []int      // for each placeholder the parameter whose value it takes; nil for all of them in their order
	Then  *Statement // what is sent next, on the same connection; the last one's result is that of the call

	outs []row.Column // what comes back through placeholders after those of Bind
}

// Function calls a function that returns rows: SELECT * FROM proc($1, $2). The zero Function, for PostgreSQL,
// is the default.
//
// The procedure may be qualified and is quoted where it needs it: api.get_user, GetUser, api."Get User".
type Function struct {
	Dialect Dialect

	// Named passes arguments by name, SELECT * FROM proc("a" => $1), so that parameters which are left out take their
	// defaults (PostgreSQL manual, 4.3.2). Arguments without a name come first.
	Named bool
}

// Statement implements Caller.
func (f Function) Statement(proc string, params []Param) (Statement, error) {
	return statementOf(f.Dialect.rules().Function(proc, dialectParams(params), f.Named))
}

func dialectParams(params []Param) []dialect.Param {
	list := make([]dialect.Param, len(params))
	for i, p := range params {
		list[i] = dialect.Param(p)
	}
	return list
}

func statementOf(s dialect.Statement, err error) (Statement, error) {
	if err != nil {
		return Statement{}, err
	}
	statement := Statement{Query: s.Query, Bind: s.Bind, outs: s.Outs}
	if s.Then != nil {
		then, _ := statementOf(*s.Then, nil)
		statement.Then = &then
	}
	return statement, nil
}

// Procedure calls a procedure: CALL proc($1, $2). OUT and INOUT parameters, declared by Out and InOut, come back as a row.
// PostgreSQL takes NULL for an OUT parameter and sends the row by itself. MySQL sets variables of the session, so that such
// a call is three statements on one connection, SET, CALL and SELECT: their values have the types of variables, and result
// sets that the procedure sends besides are dropped.
//
// A MySQL procedure may send several result sets. The first that has columns is the result, unless Sets asks for all.
type Procedure struct {
	Dialect Dialect
	Named   bool // as Function's
}

// Statement implements Caller.
func (p Procedure) Statement(proc string, params []Param) (Statement, error) {
	return statementOf(p.Dialect.rules().Procedure(proc, dialectParams(params), p.Named))
}

func isOut(p Param) bool { return p.Out }

// Statements calls named statements instead of procedures, for databases that have none. LoadStatements makes it.
type Statements struct {
	dialect Dialect
	byName  map[string]*sqltemplate.Template
}

// LoadStatements reads every .sql file of a folder and the folders in it. A file holds one statement and is called by
// its path without .sql: get_car, cars/get. In it :id stands for the parameter id, which may stand there more than once;
// strings, quoted names, comments, casts (::) and dollar quotes are left alone; a slice up to a column takes a space, [1 : n].
// It fails on a file that cannot be read as a statement, with its name and the line.
func LoadStatements(folder fs.FS, d Dialect) (*Statements, error) {
	s := &Statements{dialect: d, byName: map[string]*sqltemplate.Template{}}
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		name, isSQL := strings.CutSuffix(path, ".sql")
		if err != nil || entry.IsDir() || !isSQL {
			return err
		}
		text, err := fs.ReadFile(folder, path)
		if err != nil {
			return err
		}
		if s.byName[name], err = sqltemplate.Parse(d.rules(), string(text)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("moresql: load statements: %w", err)
	}
	return s, nil
}

// isQuery reports whether a statement can stand in another one's FROM.
func (s *Statements) isQuery(name string) bool {
	template, ok := s.byName[name]
	return ok && template.IsQuery()
}

// Catalog returns the statements as routines for RPC, by their names and the names of their parameters; one that is left out is
// NULL. Those that begin with SELECT or VALUES count as STABLE, which a GET may call.
func (s *Statements) Catalog() *catalog.Catalog {
	var routines []catalog.Routine
	for name, template := range s.byName {
		r := catalog.Routine{Name: name}
		if template.IsQuery() {
			r.Volatility = catalog.Stable
		}
		for _, p := range template.Params {
			r.Params = append(r.Params, catalog.Param{Name: p, Default: true})
		}
		routines = append(routines, r)
	}
	return catalog.Of(routines...)
}

// Statement implements Caller. Arguments that have names are bound by name, others in the order in which the
// statement's parameters first appear.
func (s *Statements) Statement(proc string, params []Param) (Statement, error) {
	if slices.ContainsFunc(params, isOut) {
		return Statement{}, errors.New("a statement has no OUT parameters: leave Out and InOut out")
	}
	template, ok := s.byName[proc]
	if !ok {
		return Statement{}, fmt.Errorf("there is no statement %s.sql", proc)
	}
	if len(params) != len(template.Params) {
		return Statement{}, fmt.Errorf("%s.sql has %s, and %s given", proc, count(template.Params), was(len(params)))
	}
	at := make([]int, len(template.Params)) // the argument of each parameter
	for i, name := range template.Params {
		at[i] = i
		if params[i].Name == "" {
			continue
		}
		at[i] = slices.IndexFunc(params, func(p Param) bool { return p.Name == name })
		if at[i] < 0 {
			return Statement{}, fmt.Errorf("%s.sql has a parameter :%s, which no field is declared for", proc, name)
		}
	}
	query, bind := template.Statement()
	for i, param := range bind {
		bind[i] = at[param]
	}
	return Statement{Query: query, Bind: bind}, nil
}

func count(params []string) string {
	if len(params) == 0 {
		return "no parameters"
	}
	return fmt.Sprintf("%d parameters (:%s)", len(params), strings.Join(params, ", :"))
}

func was(n int) string {
	if n == 1 {
		return "1 argument was"
	}
	return fmt.Sprintf("%d arguments were", n)
}

func isPostgreSQL(caller Caller) bool {
	switch c := caller.(type) {
	case Function:
		return c.Dialect == PostgreSQL
	case Procedure:
		return c.Dialect == PostgreSQL
	}
	return false
}

// routeOf returns a call as Check compares it with a catalog, false for one that a caller of the user's own or a named
// statement makes.
func routeOf(c *call) (route rpc.Route, ok bool) {
	switch caller := c.caller.(type) {
	case Function:
		route.Named = caller.Named
	case Procedure:
		route.Kind, route.Named = catalog.Procedure, caller.Named
	default:
		return route, false
	}
	parts, err := dialect.SplitName(c.proc)
	if err != nil { // the caller has refused it
		return route, false
	}
	route.Name = parts[len(parts)-1]
	if len(parts) > 1 {
		route.Schema = parts[len(parts)-2]
	}
	for i, f := range c.fields {
		p := c.params[i]
		route.Params = append(route.Params, rpc.RouteParam{Name: f.Name, Optional: f.Optional, Out: p.Out && !p.In})
	}
	return route, true
}

// arguments takes a Go program's arguments apart into parameters and values.
func arguments(args []any) ([]Param, []any) {
	params, values := make([]Param, len(args)), make([]any, len(args))
	for i, arg := range args {
		params[i].In = true
		if named, ok := arg.(sql.NamedArg); ok {
			params[i].Name, arg = named.Name, named.Value
		}
		if out, ok := arg.(sql.Out); ok {
			params[i].Out, params[i].In, arg = true, out.In, nil
			if dest := reflect.ValueOf(out.Dest); out.In && dest.Kind() == reflect.Pointer && !dest.IsNil() {
				arg = dest.Elem().Interface()
			}
		}
		values[i] = arg
	}
	return params, values
}

// all returns the statement and those that follow it, with the values of the parameters.
func (s Statement) all(values []any) []exec.Statement {
	list := []exec.Statement{{Text: s.Query, Args: s.args(values)}}
	if s.Then != nil {
		list = append(list, s.Then.all(values)...)
	}
	return list
}

// args returns what is bound to the statement's placeholders.
func (s Statement) args(values []any) []any {
	if s.Bind == nil {
		return values
	}
	args := make([]any, len(s.Bind))
	for i, param := range s.Bind {
		args[i] = values[param]
	}
	return args
}
