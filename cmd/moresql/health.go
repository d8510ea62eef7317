package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/rest"
)

// live reports that the process serves requests. It queries nobody: a database that is busy or away
// is no reason to restart this process.
func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "It works.")
}

// readiness reports whether a call would reach the database. Clients learn that it would not and in
// general why; address and role are for the log.
func readiness(db *database.DB, log *slog.Logger) *rest.Health {
	check := func(ctx context.Context) error {
		if err := db.Query(ctx); err != nil {
			return explained{db.Explain(err), err}
		}
		return nil
	}
	return &rest.Health{Check: check, Stats: db.Pool.Stats, Logger: log}
}

// An explained error has the text of another one.
type explained struct {
	error
	cause error
}

func (e explained) Unwrap() error { return e.cause }
