package contender

import (
	"context"
	"database/sql"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
)

// preparedRow is what a good developer writes for one endpoint: a statement prepared once, a
// struct, encoding/json.
func preparedRow[T any](driver string, f dataset.Function[T]) Contender {
	serve := func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		args, err := f.Args(r)
		if err != nil {
			return err
		}
		return writeRow(w, r, statement.QueryRowContext(r.Context(), args...), f)
	}
	open := prepared(driver, f.Query(), serve)
	return Contender{ID: ID{Prepared, Std, driver}, open: open}
}

// unpreparedRow is preparedRow with the preparing left to the driver.
func unpreparedRow[T any](driver string, f dataset.Function[T]) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		db, query := p.SQL(driver), f.Query()
		return func(w http.ResponseWriter, r *http.Request) error {
			args, err := f.Args(r)
			if err != nil {
				return err
			}
			return writeRow(w, r, db.QueryRowContext(r.Context(), query, args...), f)
		}, nil
	}
	return Contender{ID: ID{"hand-written, unprepared", Std, driver}, open: open}
}

func writeRow[T any](
	w http.ResponseWriter, r *http.Request, row *sql.Row, f dataset.Function[T],
) error {
	var v T
	err := f.Scan(row, &v)
	return writeOne(w, r, &v, err)
}

// writeOne writes what was read, or 404 if there was no row.
func writeOne(w http.ResponseWriter, r *http.Request, v any, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		http.NotFound(w, r)
		return nil
	}
	if err != nil {
		return err
	}
	setJSON(w)
	return std.to(w).Encode(v)
}

func mapScanRow[T any](driver string, f dataset.Function[T]) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		db, query := sqlxDB(p, driver), f.Query()
		return func(w http.ResponseWriter, r *http.Request) error {
			args, err := f.Args(r)
			if err != nil {
				return err
			}
			m := map[string]any{}
			err = db.QueryRowxContext(r.Context(), query, args...).MapScan(m)
			return writeOne(w, r, m, err)
		}, nil
	}
	return Contender{ID: ID{MapScan, Std, driver}, open: open}
}

func nativeRow[T any](f dataset.Function[T]) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		query := f.Query()
		return func(w http.ResponseWriter, r *http.Request) error {
			args, err := f.Args(r)
			if err != nil {
				return err
			}
			rows, err := p.Native.Query(r.Context(), query, args...)
			if err != nil {
				return err
			}
			v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
			return writeOne(w, r, v, err) // pgx.ErrNoRows wraps sql.ErrNoRows
		}, nil
	}
	return Contender{ID: ID{Structs, Std, database.Native}, open: open}
}
