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

// A library writes JSON for those who write their endpoints by hand.
type library struct {
	name string
	to   func(io.Writer) jsonEncoder
}

type jsonEncoder interface{ Encode(any) error }

var (
	std       = library{Std, func(w io.Writer) jsonEncoder { return json.NewEncoder(w) }}
	libraries = []library{std, {GoJSON, func(w io.Writer) jsonEncoder { return gojson.NewEncoder(w) }}}
)

// prepared prepares a statement once, as a program does when it starts, for endpoints that run it.
func prepared(driver, query string, serve func(*sql.Stmt, http.ResponseWriter, *http.Request) error) opener {
	return func(ctx context.Context, p *database.Pools) (Func, error) {
		statement, err := p.SQL(driver).PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		return func(w http.ResponseWriter, r *http.Request) error { return serve(statement, w, r) }, nil
	}
}

// queried runs a statement with the request's values.
func queried[T any](statement *sql.Stmt, f dataset.Function[T], r *http.Request) (*sql.Rows, error) {
	args, err := f.Args(r)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(r.Context(), args...)
}

// buffered scans into a slice of structs and encodes it whole.
func buffered[T any](driver string, f dataset.Function[T], l library) Contender {
	open := prepared(driver, f.Query(), func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		rows, err := queried(statement, f, r)
		if err != nil {
			return err
		}
		defer rows.Close()
		list := []T{} // not nil, which would be null
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
		answerJSON(w)
		return l.to(w).Encode(list)
	})
	return Contender{ID: ID{Buffered, l.name, driver}, Buffers: true, open: open}
}

// rowByRow scans each row into the same struct and encodes it at once.
func rowByRow[T any](driver string, f dataset.Function[T], l library) Contender {
	open := prepared(driver, f.Query(), func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		rows, err := queried(statement, f, r)
		if err != nil {
			return err
		}
		defer rows.Close()
		answerJSON(w)
		out := bufio.NewWriterSize(w, blockSize)
		encoder := l.to(out)
		out.WriteByte('[') // its errors come again with Flush
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
	})
	return Contender{ID: ID{RowByRow, l.name, driver}, open: open}
}

// blockSize is how much those that stream collect for one Write, the same as moresql does.
const blockSize = 32 << 10
