package contender

import (
	"bufio"
	"database/sql"
	"errors"
	"net/http"

	"github.com/moresql/moresql/bench/internal/dataset"
)

// aggregated lets the server build the whole document, which both the server and the program then
// hold in memory.
func aggregated[T any](driver string, f dataset.Function[T]) Contender {
	serve := func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		rows, err := queried(statement, f, r)
		if err != nil {
			return err
		}
		defer rows.Close()
		if !rows.Next() {
			return errors.Join(errors.New("json_agg gave no row"), rows.Err())
		}
		var document sql.RawBytes // does not copy what the driver holds
		if err := rows.Scan(&document); err != nil {
			return err
		}
		setJSON(w)
		_, err = w.Write(document)
		return err
	}
	open := prepared(driver, f.Aggregated(), serve)
	return Contender{ID: ID{Aggregated, PostgreSQL, driver}, Buffers: true, open: open}
}

// documents lets the server build a document for each row.
func documents[T any](driver string, f dataset.Function[T]) Contender {
	serve := func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		rows, err := queried(statement, f, r)
		if err != nil {
			return err
		}
		defer rows.Close()
		setJSON(w)
		out := bufio.NewWriterSize(w, blockSize)
		out.WriteByte('[') // Flush reports its error
		var document sql.RawBytes
		for n := 0; rows.Next(); n++ {
			if n > 0 {
				out.WriteByte(',')
			}
			if err := rows.Scan(&document); err != nil {
				return err
			}
			out.Write(document)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		out.WriteByte(']')
		return out.Flush()
	}
	open := prepared(driver, f.Documents(), serve)
	return Contender{ID: ID{"row_to_json, row by row", PostgreSQL, driver}, open: open}
}
