// Package check looks for what is wrong with a database that is to be served: routines and
// relations that cannot be, declarations that do not say what a function does, rights that are too
// wide, .sql files that are not statements, and differences from another database. It only reads.
package check

import (
	"context"
	"database/sql"

	"github.com/moresql/moresql/catalog"
)

// A Finding is one thing that somebody may want to mend.
type Finding struct {
	Check   Kind   `json:"check"`
	Level   Level  `json:"level"`
	Object  string `json:"object"`
	Problem string `json:"problem"`
	Fix     string `json:"fix,omitempty"`
}

// A Kind is what a Finding is about.
type Kind string

// The kinds, in the order in which they are printed.
const (
	Served     Kind = "served"
	Volatility Kind = "volatility"
	Rights     Kind = "rights"
	Files      Kind = "files"
	Diff       Kind = "diff"
)

// A Level says whether a Finding is a mistake.
type Level string

// A Problem is one; a Note may well be meant.
const (
	Problem Level = "problem"
	Note    Level = "note"
)

// A Subject is a database whose catalog has been read.
type Subject struct {
	DB       *sql.DB
	Snapshot *catalog.Snapshot

	Login      string // names the source of the login, for hints
	Anonymous  string // the role of requests without a token, "" for none
	Tokens     bool   // name the roles of requests; without them all run as the login
	Path       string // the search_path of requests, "" for that of the connection
	PreRequest string // a function that is called before each call, "" for none
	Explain    bool   // the driver does not read a statement before it runs
}

// A System finds what only the database's own catalog shows.
type System func(context.Context, *Subject) ([]Finding, error)

// query calls add with each row of a query, whose columns are texts.
func (s *Subject) query(
	ctx context.Context, add func([]string), query string, args ...any,
) (err error) {
	rows, err := s.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		texts, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range texts {
			into[i] = &texts[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		line := make([]string, len(names))
		for i := range texts {
			line[i] = texts[i].String
		}
		add(line)
	}
	return rows.Err()
}
