// Package catalog describes the routines and relations of a database: the functions and procedures
// that the connected role may call, their parameters and results, the tables and views that it may
// use, their columns and keys, and the types of all these.
//
//	cat, err := catalog.Load(ctx, db, "api")
//	…
//	for _, routine := range cat.Current().Named("get_user") { … }
//
// [Load] reads PostgreSQL's catalog, [LoadMySQL] that of MySQL and MariaDB, [LoadSQLite] that of
// SQLite, [LoadDuckDB] the macros of DuckDB and [LoadFirebird] the procedures of Firebird; [Of] and
// [LoadFunc] take routines from anywhere else. The descriptions are plain structs. A [Catalog]
// shares them with all its readers, so they must not be modified.
package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// A Querier runs a statement that returns rows, as *sql.DB, *sql.Conn and *sql.Tx do.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

var (
	_ Querier = (*sql.DB)(nil)
	_ Querier = (*sql.Conn)(nil)
	_ Querier = (*sql.Tx)(nil)
)

// The databases that a [Snapshot] may describe.
const (
	PostgreSQL = "PostgreSQL"
	MySQL      = "MySQL" // and MariaDB
	SQLite     = "SQLite"
	DuckDB     = "DuckDB"
	Firebird   = "Firebird"
)

// A Catalog holds the routines and relations of some schemas, and can be reloaded while it is in
// use. The zero Catalog has none. It is safe for concurrent use, and must not be copied.
type Catalog struct {
	current  atomic.Pointer[Snapshot]
	database string
	source   source        // nil if there is nothing to reload
	turn     chan struct{} // held by the Reload that is running
}

// A source reads what a Catalog holds.
type source func(context.Context) (content, error)

// A content is what a source has read, and the names of the schemas that it has read it from.
type content struct {
	schemas   []string
	routines  []Routine
	relations []Relation
}

// Of returns a Catalog of the given routines, which it copies. Its Reload does nothing.
func Of(routines ...Routine) *Catalog {
	c := new(Catalog)
	c.current.Store(snapshot("", content{routines: slices.Clone(routines)}))
	return c
}

// OfRelations returns a Catalog of the given relations of PostgreSQL, which it copies, and
// routines. Its Reload does nothing.
func OfRelations(relations []Relation, routines ...Routine) *Catalog {
	c := new(Catalog)
	c.current.Store(snapshot(PostgreSQL, content{
		relations: slices.Clone(relations), routines: slices.Clone(routines),
	}))
	return c
}

// LoadFunc returns a Catalog of the routines that source returns. It keeps source for
// [Catalog.Reload], which never calls it concurrently. The Catalog owns the slice afterwards. An
// error of source is wrapped in the returned error.
func LoadFunc(
	ctx context.Context, source func(context.Context) ([]Routine, error),
) (*Catalog, error) {
	return load(ctx, "", func(ctx context.Context) (content, error) {
		routines, err := source(ctx)
		return content{routines: routines}, err
	})
}

// load is LoadFunc for the catalog of a database.
func load(ctx context.Context, database string, source source) (*Catalog, error) {
	content, err := source(ctx)
	if err != nil {
		return nil, fmt.Errorf("catalog: load: %w", err)
	}
	c := &Catalog{database: database, source: source, turn: make(chan struct{}, 1)}
	c.current.Store(snapshot(database, content))
	return c, nil
}

// Current returns the routines and relations as they are now. The Snapshot never changes: get it
// once for a request, so that a reload in between has no effect on that.
func (c *Catalog) Current() *Snapshot {
	if s := c.current.Load(); s != nil {
		return s
	}
	return new(Snapshot)
}

// Reload reads everything again and then replaces what was there at once. If it fails, with an
// error that wraps the cause, the catalog stays as it was. Concurrent calls run one after the
// other, so that each reads what the database has after the call began.
func (c *Catalog) Reload(ctx context.Context) error {
	if c.source == nil {
		return nil
	}
	var content content
	var err error
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
		content, err = c.source(ctx)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("catalog: reload failed, the routines stay as they were: %w", err)
	}
	next := snapshot(c.database, content)
	before := c.Current()
	next.reloads = before.reloads + 1
	c.current.Store(next)
	close(before.replaced)
	return nil
}

// A Snapshot is what a Catalog holds at one time. It never changes, and is safe for concurrent
// use.
type Snapshot struct {
	database string
	names    []string // of the schemas
	routines []Routine
	schemas  [][]Routine // the part of routines that each schema has
	reloads  int
	replaced chan struct{}

	relations     []Relation
	index         map[relationKey]*Relation
	relationships map[*Relation][]Relationship
}

// Reloads returns how many reloads of its Catalog have led to the Snapshot. What goes by an older
// one, such as a statement that a driver keeps prepared, may be out of date.
func (s *Snapshot) Reloads() int { return s.reloads }

// Replaced returns a channel that is closed when a reload has replaced the Snapshot. For a Catalog
// that is never reloaded it is never closed.
func (s *Snapshot) Replaced() <-chan struct{} { return s.replaced }

// snapshot sorts the routines and groups them by schema: those that were read first, in their
// order.
func snapshot(database string, content content) *Snapshot {
	order, routines, relations := slices.Clip(content.schemas), content.routines, content.relations
	for i := range relations {
		if schema := relations[i].Schema; !slices.Contains(order, schema) {
			order = append(order, schema)
		}
	}
	for i := range routines {
		if schema := routines[i].Schema; !slices.Contains(order, schema) {
			order = append(order, schema)
		}
	}
	slices.SortStableFunc(routines, func(a, b Routine) int {
		if a.Schema != b.Schema {
			return cmp.Compare(slices.Index(order, a.Schema), slices.Index(order, b.Schema))
		}
		return cmp.Or(
			strings.Compare(a.Name, b.Name),
			slices.CompareFunc(a.Params, b.Params, compareParams),
		)
	})
	slices.SortStableFunc(relations, func(a, b Relation) int {
		if a.Schema != b.Schema {
			return cmp.Compare(slices.Index(order, a.Schema), slices.Index(order, b.Schema))
		}
		return strings.Compare(a.Name, b.Name)
	})
	index := indexRelations(relations)
	s := &Snapshot{
		database: database, names: slices.Clip(order), routines: routines,
		relations: relations, index: index, relationships: relate(relations, index),
		replaced: make(chan struct{}),
	}
	for rest := routines; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(r Routine) bool { return r.Schema != rest[0].Schema })
		if n < 0 {
			n = len(rest)
		}
		s.schemas, rest = append(s.schemas, rest[:n:n]), rest[n:]
	}
	return s
}

// compareParams orders overloads, so that every load has the same order.
func compareParams(a, b Param) int {
	return cmp.Or(strings.Compare(a.Type.String(), b.Type.String()), strings.Compare(a.Name, b.Name))
}

// Database returns the database whose catalog was read, [PostgreSQL], [MySQL], [SQLite], [DuckDB]
// or [Firebird], and "" for routines from elsewhere, such as those of [Of] and [LoadFunc]. It
// decides how a call is written.
func (s *Snapshot) Database() string { return s.database }

// Schemas returns the names of the schemas that were read, those without a routine too: in the
// order of the arguments of Load, or else of the routines. The slice must not be modified.
func (s *Snapshot) Schemas() []string { return s.names }

// Routines returns all routines: the schemas in the order of the arguments of Load, or else of
// their first routines; in each schema the routines by name, then by the types of their parameters,
// the shorter list first. The slice must not be modified.
func (s *Snapshot) Routines() []Routine { return s.routines }

// Lookup returns the routines with a schema and name, both exactly as the database spells them,
// unquoted: several if the name is overloaded, nil if there is no such routine. It does not
// allocate. The slice must not be modified.
func (s *Snapshot) Lookup(schema, name string) []Routine {
	for _, routines := range s.schemas {
		if routines[0].Schema == schema {
			return named(routines, name)
		}
	}
	return nil
}

// Named returns the routines with a name in the first schema that has any, as Lookup does.
func (s *Snapshot) Named(name string) []Routine {
	for _, routines := range s.schemas {
		if found := named(routines, name); found != nil {
			return found
		}
	}
	return nil
}

// named returns the routines with a name among those of one schema.
func named(routines []Routine, name string) []Routine {
	first, found := slices.BinarySearchFunc(routines, name, func(r Routine, name string) int {
		return strings.Compare(r.Name, name)
	})
	if !found {
		return nil
	}
	last := first
	for last < len(routines) && routines[last].Name == name {
		last++
	}
	return routines[first:last:last]
}
