package workload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/exact"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// comparedRows is the number of rows of a response that are compared; the rest are counted.
const comparedRows = 1000

// wanted returns the first rows of a function as PostgreSQL itself writes them.
func wanted[T any](
	ctx context.Context, db queryer, f dataset.Function[T], args ...any,
) ([]json.RawMessage, error) {
	query := fmt.Sprintf("SELECT to_json(t) FROM (%s LIMIT %d) t", f.Query(), comparedRows)
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var docs []json.RawMessage
	for rows.Next() {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, rows.Err()
}

// compareRows requests one response, compares its first rows and counts all of them.
func compareRows(
	ctx context.Context, serve contender.Func, target string, want []json.RawMessage, count int,
) (*exact.Difference, error) {
	in, out := io.Pipe()
	served := make(chan error, 1)
	go func() {
		_, err := measure.Serve(ctx, func(w http.ResponseWriter, r *http.Request) error {
			return serve(tee{w, out}, r)
		}, target)
		out.Close()
		served <- err
	}()
	difference, err := exact.Rows(in, want, count)
	in.CloseWithError(err) // ends the endpoint if reading has failed
	if err := errors.Join(<-served, err); err != nil {
		return nil, err
	}
	return difference, nil
}

// A tee is a ResponseWriter that copies the body to another writer.
type tee struct {
	http.ResponseWriter
	to io.Writer
}

func (t tee) Write(p []byte) (int, error) {
	if n, err := t.to.Write(p); err != nil {
		return n, err
	}
	return t.ResponseWriter.Write(p)
}

// note records the result of a comparison. A difference of moresql is an error, since it promises
// to have none.
func note(f *report.Figure, c contender.Contender, d *exact.Difference) error {
	f.Compared = true
	if d == nil {
		return nil
	}
	f.Difference = d.String()
	if c.MoreSQL {
		return fmt.Errorf("%v is not exact: %v", c.ID, d)
	}
	return nil
}
