// Package dialect describes databases: how each spells names, placeholders and calls, and what it
// can do. There is one file a database, whose variable is a table of its rules; a capability that
// a database lacks is nil in the table. Nothing here branches on which database a Dialect is, and
// nothing outside should: what differs is a field or a method of the Dialect.
//
// A new database is a file with its table, and a place in all.
package dialect

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/row"
)

// A Dialect describes one database. It never changes and is safe for concurrent use.
type Dialect struct {
	Name string // for error messages: PostgreSQL, SQL Server

	// Lexing says how the text of statements is cut into tokens.
	Lexing Lexing

	// Numbered reports whether placeholders carry a number, so that one bound value can stand in
	// several places.
	Numbered bool

	// Literals reports whether every parameter takes the text of a literal of its type, arrays and
	// composites too.
	Literals bool

	// ProcedureRow reports whether the call of a procedure returns its OUT parameters as one row.
	ProcedureRow bool

	// ReadOnly reports whether the database refuses what a READ ONLY transaction would write.
	ReadOnly bool

	// Users reports whether there are users with rights of their own. Without them, what a relation
	// lets nobody do cannot be done to it.
	Users bool

	// Identity is what columns that the database fills are in JSON, the zero JSONType for what their
	// type says.
	Identity JSONType

	// ReadsOuts reports whether OUT parameters are read by a statement after the call, whose own
	// result sets nobody gets then.
	ReadsOuts bool

	// Callable is a query for those of the routines, whose OIDs are the text of an array, that the
	// role of the transaction may call: one row with the OIDs as a list. It is "" for a database
	// whose catalog lists what its only user may call.
	Callable string

	// Usable is a query for what the role may do with relations, whose schemas and names are the text
	// of a JSON array of arrays, $2: one row with a JSON array that has for each the bits of
	// catalog.Rights, and those of its columns by name, or null if all have the same.
	Usable string

	// Role is a query for the name of the role of the transaction, "" if there are none.
	Role string

	// Affected is a query for how many rows the statement before it on the same connection has
	// changed, negative if that has not; "" where the driver has the number, or nobody.
	Affected string

	placeholder string // of a bound value, without its number; "" for an unknown database

	openQuote, closeQuote string                  // of an identifier; closeQuote is doubled inside
	keywords              string                  // the words that need quotes
	isReserved            func(name string) bool  // what else needs quotes; nil for nothing
	maxParts              int                     // how many parts a routine's name can have
	checkIdent            func(name string) error // refuses identifiers; nil for no rule more

	// fromOne is what a SELECT of one row needs for a table; "" for nothing.
	fromOne string

	// namedBy stands between the name of an argument and its value; "" if arguments have no names.
	namedBy string

	// The calls of functions that return rows, of procedures, and of what a catalog knows; nil for
	// what the database or the dialect does not have.
	function  func(d *Dialect, c call) (Statement, error)
	procedure func(d *Dialect, c call) (Statement, error)
	routine   func(d *Dialect, r *catalog.Routine, given []*catalog.Param) (Statement, bool, error)
	relation  func(d *Dialect, r *catalog.Routine, given []*catalog.Param) (Inner, error)

	// bind returns what is bound for a text of a type, and argument what is bound for a parameter of
	// a routine whose type a catalog knows; nil where the database converts every text.
	bind     func(text string, t binder.Type) any
	argument func(t *catalog.Type, a binder.Arg, text string) any

	filters  filters // nil if results cannot be filtered
	settings *Settings

	// write changes rows of a relation by one statement, stages by several; nil if that is not
	// written.
	write  func(d *Dialect, in Write, values int) (Written, error)
	stages stages

	// jsonType returns what values of a type of the catalog are in JSON, nil if that is not known.
	jsonType func(t *catalog.Type) JSONType

	// columnType returns the type of a result's column as filters wants it, nil if the column's
	// name is all that it needs.
	columnType func(row.Column) *catalog.Type
}

// all are the dialects by their numbers.
var all = [...]*Dialect{PostgreSQL, MySQL, SQLite, SQLServer, DuckDB, Firebird}

// At returns the dialect with the given number: 0 is PostgreSQL, 1 MySQL, 2 SQLite, 3 SQL Server,
// 4 DuckDB and 5 Firebird. For any other number the methods of the Dialect return errors.
func At(i int) *Dialect {
	if i >= 0 && i < len(all) {
		return all[i]
	}
	d := &Dialect{Name: "Dialect(" + strconv.Itoa(i) + ")"}
	d.checkIdent = func(string) error { return d.Check() }
	return d
}

// Named returns the number of the dialect of a database, as a catalog names it.
func Named(database string) (i int, ok bool) {
	i = slices.IndexFunc(all[:], func(d *Dialect) bool { return d.Name == database })
	return i, i >= 0
}

// String returns the name of the database.
func (d *Dialect) String() string { return d.Name }

// Check returns an error for a Dialect that At has made of a number without a meaning.
func (d *Dialect) Check() error {
	if d.placeholder == "" {
		return fmt.Errorf("%s is not a database that moresql knows", d)
	}
	return nil
}

// AppendPlaceholder appends the placeholder of the n-th bound value, counting from 1.
func (d *Dialect) AppendPlaceholder(b []byte, n int) []byte {
	b = append(b, d.placeholder...)
	if !d.Numbered {
		return b
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// Settings returns how the database keeps settings of a transaction, nil if it has none.
func (d *Dialect) Settings() *Settings { return d.settings }

// CheckSettings returns an error that says what an option needs which makes settings, unless it is
// known to be there.
func (d *Dialect) CheckSettings(option string, known bool) error {
	if known && d.settings != nil {
		return nil
	}
	return errors.New(option + " needs a database with settings of a transaction, which only " +
		"PostgreSQL has, and a Caller that says so by its method Describe")
}

// Settings writes statements about settings that last until a transaction ends.
type Settings struct {
	// Set returns a statement that changes n settings. It binds two values for each, its name and
	// its value, alternating. It is a statement for n = 0 too.
	Set func(n int) string

	// Response is a query for what a procedure has set of its response: one row with the status
	// and the headers, each NULL or empty if it has not.
	Response string

	// Clean is what takes a connection back to how it was before the calls with settings that it has
	// served: several statements as one text, which are sent outside of a transaction.
	Clean string

	// CleanRead is one statement that does it after a READ ONLY transaction that was rolled back:
	// only the advisory locks of the session outlive that.
	CleanRead string

	// Reset undoes what one of several calls in a transaction has set, but for the role, which Set
	// sets again.
	Reset string

	// Check checks the constraints that are deferred until a transaction commits.
	Check string

	// NoRole is the name of the role that is connected, that of a session without one:
	// something else on the connection may have left another.
	NoRole string

	// Mark returns query as a text that differs from role to role, so that a driver which keeps
	// statements keeps one for each role. "" is no role.
	Mark func(role, query string) string
}

// A SettingsStatement is the text of a statement and the arguments for its placeholders.
type SettingsStatement struct {
	Text string
	Args []any
}

// Statement returns the statement that a call's transaction begins with: it changes settings, those
// of pairs in their order, then those of values by their names, and the role last, since that may
// not be allowed to change the others.
func (s *Settings) Statement(
	pairs [][2]string, values map[string]string, role string,
) SettingsStatement {
	args := make([]any, 0, 2*(len(pairs)+len(values)+1))
	for _, pair := range pairs {
		args = append(args, pair[0], pair[1])
	}
	names := make([]string, 0, 8)
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		args = append(args, name, values[name])
	}
	if role != "" {
		args = append(args, "role", role)
	}
	return SettingsStatement{s.Set(len(args) / 2), args}
}

// Column returns a column of a result as Select wants it. Its Type is nil if Select needs no more
// than the name.
func (d *Dialect) Column(c row.Column) catalog.Column {
	column := catalog.Column{Name: c.Name}
	if d.columnType != nil {
		column.Type = d.columnType(c)
	}
	return column
}

// reportedType returns the type of a column as the driver reports it, nil if it does not.
func reportedType(c row.Column) *catalog.Type {
	if c.DatabaseType == "" {
		return nil
	}
	return &catalog.Type{Name: c.DatabaseType}
}
