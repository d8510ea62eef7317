package dialect

import (
	"fmt"
	"iter"

	"github.com/moresql/moresql/internal/embed"
)

// A Write is a statement that changes rows of a relation, and returns what it has changed. The
// names in it have been checked: they are columns of the relation.
type Write struct {
	Kind WriteKind

	// Node is the relation. Its Query is what is selected of the rows that have been written, and the
	// Where of that says which rows Update and Delete change; of an Insert which of the rows of the
	// body are inserted.
	Node *embed.Node

	// Rows are what Insert inserts, one group for each set of columns, in their order, and the one row
	// that Update takes its values from.
	Rows []Rows

	// Texts says that the values of Rows are texts to be read as their types are, and not JSON.
	Texts bool

	// Defaults are the columns that Update sets to their defaults.
	Defaults []string

	// Versions are those that a row must have one of to be changed, digits each; nil for any.
	Versions []string

	// Key are the columns by which Insert finds out that a row is there already, which it leaves
	// alone, or with Merge changes. Without Key that is an error.
	Key   []string
	Merge bool

	Returns Returns

	// Counts has an Insert with a Key count what it does with the rows of the body. Rows with the
	// same key are one then: the last of them, or without Merge the first. It is for one group of
	// Rows, and Returns Nothing.
	Counts bool

	// Plain selects columns as they are, as Inner.Plain does.
	Plain bool

	// Settings has the response settings among the metadata columns, as Meta.Settings does.
	Settings bool
}

// The statements by which a part of a transaction can be taken back, in all databases.
const (
	Savepoint  = "SAVEPOINT moresql"
	RollbackTo = "ROLLBACK TO SAVEPOINT moresql"
	Release    = "RELEASE SAVEPOINT moresql"
)

// Rows are rows of a body that have the same columns.
type Rows struct {
	Columns []string
	Value   int                // the place of the bound value: the text of a JSON array of objects
	JSON    iter.Seq[[]string] // for Change, the values of Columns in each row
}

// A WriteKind is what a Write does.
type WriteKind uint8

const (
	Insert WriteKind = iota
	Update
	Delete
)

// Returns says what a Write returns of the rows that it has written.
type Returns uint8

const (
	Nothing Returns = iota // but how many there are
	Keys                   // the primary key of one of them
	All                    // what the query selects
)

// Written is a statement that Write has written. Its result has metadata columns first, then those
// of the rows:
//
//   - how many rows have been written,
//   - of an Insert with Merge how many of these are new, and with Counts how many rows are new, how
//     many have changed, how many have been written before in the same transaction, and how many
//     rows the body has, how many with different keys, and what the database keeps of that,
//   - for Keys the primary key of one of the rows, as a JSON array of values as a response shows
//     them, NULL if there is none,
//   - with Settings response.status and response.headers,
//   - and one that is NULL in the only row of a result without rows, as Plan.Meta wants it.
type Written struct {
	Statement Statement // binds the values of the Write, and then Extra
	Extra     []any
	Names     []string // of the columns after the metadata columns
	Meta      int
}

// Writes reports whether Write can change rows of the database's relations.
func (d *Dialect) Writes() bool { return d.write != nil || d.stages != nil }

// Write writes a statement that changes rows of a relation. Names are those of the catalog, and
// everything else of the request is bound. values is how many values the Rows have. A *filter.Error
// is about the request.
func (d *Dialect) Write(in Write, values int) (Written, error) {
	if d.write == nil {
		return Written{}, fmt.Errorf("the relations of %s cannot be written", d)
	}
	return d.write(d, in, values)
}
