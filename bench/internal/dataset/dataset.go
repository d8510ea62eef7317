// Package dataset holds the data of the benchmarks: the functions that return it, the structs of a
// program that knows the columns, and the arguments in a request.
package dataset

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
)

// A Function is a function of the database, with everything that a hand-written endpoint for it
// has to know.
type Function[T any] struct {
	Name   string
	Params []string

	// Args reads the arguments from a request, as a program that knows their types does.
	Args func(*http.Request) ([]any, error)

	// Scan reads one row.
	Scan func(Scanner, *T) error
}

// A Scanner is a *sql.Row or a *sql.Rows.
type Scanner interface{ Scan(dest ...any) error }

// Query returns the statement that moresql and all other contenders send.
func (f Function[T]) Query() string { return "SELECT * FROM " + f.call() }

// Aggregated returns the statement by which the server builds the whole document, as PostgREST and
// pREST send it.
func (f Function[T]) Aggregated() string { return "SELECT json_agg(t) FROM " + f.call() + " t" }

// Documents returns the statement by which the server builds a document for each row.
func (f Function[T]) Documents() string { return "SELECT row_to_json(t) FROM " + f.call() + " t" }

func (f Function[T]) call() string {
	places := make([]string, len(f.Params))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	return f.Name + "(" + strings.Join(places, ", ") + ")"
}

func noArgs(*http.Request) ([]any, error) { return nil, nil }

// A Table is the data that a function returns.
type Table struct {
	name string
	sql  []string // statements that create it; %d is the number of rows
}

// Load creates the table unless it exists, and vacuums it, so that the first query has no extra
// work.
func (t Table) Load(ctx context.Context, db *sql.DB, rows int) error {
	for _, statement := range t.sql {
		if strings.Contains(statement, "%[1]d") {
			statement = fmt.Sprintf(statement, rows)
		}
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("loading %s: %w", t.name, err)
		}
	}
	if _, err := db.ExecContext(ctx, "VACUUM (FREEZE, ANALYZE) "+t.name); err != nil {
		return fmt.Errorf("loading %s: %w", t.name, err)
	}
	return nil
}
