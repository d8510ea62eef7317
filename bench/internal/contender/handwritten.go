package contender

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"

	gojson "github.com/goccy/go-json"

	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
)

// A library writes the JSON of hand-written endpoints.
type library struct {
	name string
	to   func(io.Writer) jsonEncoder
}

type jsonEncoder interface{ Encode(any) error }

var (
	std       = library{Std, func(w io.Writer) jsonEncoder { return json.NewEncoder(w) }}
	libraries = []library{std, {GoJSON, func(w io.Writer) jsonEncoder { return gojson.NewEncoder(w) }}}
)

// A statementFunc serves a request by a prepared statement.
type statementFunc func(*sql.Stmt, http.ResponseWriter, *http.Request) error

// prepared returns an endpoint that runs a statement prepared once, as a program does when it
// starts.
func prepared(driver, query string, serve statementFunc) opener {
	return func(ctx context.Context, p *database.Pools) (Func, error) {
		statement, err := p.SQL(driver).PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		return func(w http.ResponseWriter, r *http.Request) error {
			return serve(statement, w, r)
		}, nil
	}
}

// queried runs a statement with the values of the request.
func queried[T any](
	statement *sql.Stmt, f dataset.Function[T], r *http.Request,
) (*sql.Rows, error) {
	args, err := f.Args(r)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(r.Context(), args...)
}

// buffered scans into a slice of structs and encodes it whole.
func buffered[T any](driver string, f dataset.Function[T], l library) Contender {
	serve := func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		rows, err := queried(statement, f, r)
		if err != nil {
			return err
		}
		defer rows.Close()
		list := []T{} // not nil, which encodes as null
		for rows.Next() {
			var v T
			if err := f.Scan(rows, &v); err != nil {
				return err
			}
			list = append(list, v)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		setJSON(w)
		return l.to(w).Encode(list)
	}
	open := prepared(driver, f.Query(), serve)
	return Contender{ID: ID{Buffered, l.name, driver}, Buffers: true, open: open}
}

// rowByRow scans each row into the same struct and encodes it immediately.
func rowByRow[T any](driver string, f dataset.Function[T], l library) Contender {
	serve := func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		rows, err := queried(statement, f, r)
		if err != nil {
			return err
		}
		defer rows.Close()
		setJSON(w)
		out := bufio.NewWriterSize(w, blockSize)
		encoder := l.to(out)
		out.WriteByte('[') // Flush reports its error
		for n := 0; rows.Next(); n++ {
			if n > 0 {
				out.WriteByte(',')
			}
			var v T
			if err := f.Scan(rows, &v); err != nil {
				return err
			}
			if err := encoder.Encode(&v); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		out.WriteByte(']')
		return out.Flush()
	}
	open := prepared(driver, f.Query(), serve)
	return Contender{ID: ID{RowByRow, l.name, driver}, open: open}
}

// blockSize is the size of the blocks that streaming contenders write, the same as moresql's.
const blockSize = 32 << 10
