// Package client writes small typed clients of the routines and relations that package rest serves,
// in Go and in TypeScript, from what a catalog knows: a method for each routine, named and
// documented as in the database, with the types of its arguments and of its result, and methods
// that list, insert, update and delete the rows of each relation. They need nothing but the
// standard library, and fetch. The same catalog makes the same text.
//
//	source, err := client.Go(cat.Current(), client.Options{Package: "films"})
//
// moresql openapi -client go, or ts, does so in the terminal.
package client

import (
	"github.com/moresql/moresql/catalog"
)

// Options say what a client has.
type Options struct {
	// Package is the name of the package in Go. "" is the name of the first schema, as far as it can
	// be one.
	Package string

	// Tables is where rest.Tables is mounted, such as /; "" leaves the relations out.
	Tables string

	// Relations is the snapshot that has them; nil is that of the routines.
	Relations *catalog.Snapshot

	// May reports whether the client has a routine; nil is all of them.
	May func(*catalog.Routine) bool

	// Rights returns what of the rights to a relation the client has, or of those to one of its
	// columns if column is not ""; nil is all of them.
	Rights func(r *catalog.Relation, column string) catalog.Rights
}
