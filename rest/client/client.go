// Package client writes small typed clients of the routines that package rest serves, in Go and in
// TypeScript, from what a catalog knows: a method for each, named and documented as in the
// database, with the types of its arguments and of its result. They need nothing but the standard
// library, and fetch. The same catalog makes the same text.
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

	// May reports whether the client has a routine; nil is all of them.
	May func(*catalog.Routine) bool
}
