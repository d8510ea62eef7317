package moresql

import (
	"context"
	"database/sql"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/row"
)

// A Querier runs a statement that returns rows: *sql.DB, *sql.Conn and *sql.Tx do.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A Dialect says how a database spells SQL and what it can do.
type Dialect uint8

const (
	PostgreSQL Dialect = iota // also CockroachDB and YugabyteDB; DuckDB has drivers/duckdb.Dialect
	MySQL                     // also MariaDB
	SQLite
	SQLServer // written by the documentation of its driver, never run against a server
)

// String returns the name of the database.
func (d Dialect) String() string { return d.spec().String() }

func (d Dialect) spec() *dialect.Dialect { return dialect.At(int(d)) }

// A Caller writes the statement that calls a procedure in one kind of database. It sees names and
// never values, so that no request can change the statement. It must be safe for concurrent use.
//
// A Caller may say what else can be done with its statements by having the method
//
//	Describe(proc string) Traits
//
// Without it nothing else can. One that wraps another Caller keeps all abilities of that by having
// the method
//
//	Unwrap() Caller
//
// as errors do: Describe is looked for along the chain, and the first one found counts.
type Caller interface {
	// Statement writes the call of proc with the given parameters, in their order. Handlers have it
	// written when they are made, so that a name which cannot be called is refused then, and again
	// only for a request that leaves out an optional parameter.
	Statement(proc string, params []Param) (Statement, error)
}

// Traits say what may be done with the statement of a call. The zero Traits promise nothing but
// that PostgreSQL runs it.
type Traits struct {
	// Dialect is that of the statement. Session needs one whose database has settings of a
	// transaction, as PostgreSQL has.
	Dialect Dialect

	// Relation says that the statement may stand in the FROM of another one, so that its result can be
	// filtered, ordered and paged; see rest.Query.
	Relation bool

	// Routine says that proc names a routine of the database, a catalog.Function or Procedure as Kind
	// says, and Named that its arguments go by name: rest.Check compares it with a catalog.
	Routine bool
	Kind    catalog.Kind
	Named   bool
}

// describe returns the traits of the statement that caller writes for proc, false if it has none.
func describe(caller Caller, proc string) (Traits, bool) {
	for {
		if d, ok := caller.(interface{ Describe(proc string) Traits }); ok {
			return d.Describe(proc), true
		}
		u, ok := caller.(interface{ Unwrap() Caller })
		if !ok {
			return Traits{}, false
		}
		caller = u.Unwrap()
	}
}

// A Param is one parameter of a call.
type Param struct {
	Name   string // "" for an argument that has only its place
	Absent bool   // it has no value: leave it out where the database allows it, else it is NULL
	In     bool   // it takes a value, as all but OUT parameters do
	Out    bool   // the procedure sets it: an OUT, or with In an INOUT parameter
}

// A Statement is what one call sends.
type Statement struct {
	Query string
	Bind  []int      // for each placeholder the parameter whose value it takes; nil for all in order
	Then  *Statement // sent next, on the same connection; the last one's result is that of the call

	// Outs are what the database returns through placeholders after those of Bind, as sql.Out
	// arguments: the columns of the one row that is the result of the call. A Kind of row.Null leaves
	// open what a value is; unless Kinds says more it is text.
	Outs []row.Column
}

// Function calls a function that returns rows: SELECT * FROM proc($1, $2). The zero Function, for
// PostgreSQL, is the default. It is refused for databases without such functions.
//
// The procedure may be qualified, and is quoted where it needs it: api.get_user, api."Get User".
type Function struct {
	Dialect Dialect

	// Named passes arguments by name, SELECT * FROM proc("a" => $1), so that parameters which are left
	// out take their defaults (PostgreSQL manual, 4.3.2). Arguments without a name come first.
	Named bool
}

// Statement implements Caller.
func (f Function) Statement(proc string, params []Param) (Statement, error) {
	s, err := f.Dialect.spec().Function(proc, dialect.Params(params), f.Named)
	return newStatement(s), err
}

// Describe returns what may be done with the statement: all that the dialect can.
func (f Function) Describe(string) Traits {
	return Traits{
		Dialect: f.Dialect, Relation: f.Dialect.spec().Filters(),
		Routine: true, Kind: catalog.Function, Named: f.Named,
	}
}

// Procedure calls a procedure: CALL proc($1, $2). OUT and INOUT parameters, declared by binder.Out
// and binder.InOut, come back as a row. PostgreSQL takes NULL for an OUT parameter and sends the
// row by itself. MySQL sets variables of the session, so that such a call is three statements on
// one connection, SET, CALL and SELECT: their values have the types of variables, and the result
// sets of the procedure are left out, as Call.Skipped says. SQL Server is sent EXEC. Of several
// result sets the first with columns is the result, unless Shape(row.Sets) says otherwise.
type Procedure struct {
	Dialect Dialect
	Named   bool // as in Function
}

// Statement implements Caller.
func (p Procedure) Statement(proc string, params []Param) (Statement, error) {
	s, err := p.Dialect.spec().Procedure(proc, dialect.Params(params), p.Named)
	return newStatement(s), err
}

// Describe returns what may be done with the statement, which cannot stand in a FROM.
func (p Procedure) Describe(string) Traits {
	return Traits{Dialect: p.Dialect, Routine: true, Kind: catalog.Procedure, Named: p.Named}
}

func newStatement(s dialect.Statement) Statement {
	statement := Statement{Query: s.Query, Bind: s.Bind, Outs: s.Outs}
	if s.Then != nil {
		then := newStatement(*s.Then)
		statement.Then = &then
	}
	return statement
}

// step returns what is run of the statement, none for nil, and those after it, appended to list,
// with the values of the parameters.
func (s *Statement) step(list []exec.Statement, values []any) exec.Step {
	step := exec.Step{Statements: list}
	for next := s; next != nil; next = next.Then {
		text := exec.Statement{Text: next.Query, Args: exec.Choose(values, next.Bind)}
		step.Statements, step.Outs = append(step.Statements, text), next.Outs
	}
	return step
}
