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

// preparedRow is what a good developer writes for one endpoint: a statement prepared once, a struct, encoding/json.
func preparedRow[T any](driver string, f dataset.Function[T]) Contender {
	open := prepared(driver, f.Query(), func(statement *sql.Stmt, w http.ResponseWriter, r *http.Request) error {
		args, err := f.Args(r)
		if err != nil {
			return err
		}
		return answerRow(w, r, statement.QueryRowContext(r.Context(), args...), f)
	})
	return Contender{ID: ID{Prepared, Std, driver}, open: open}
}

// unpreparedRow is the same for those who leave the preparing to the driver.
func unpreparedRow[T any](driver string, f dataset.Function[T]) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		db, query := p.SQL(driver), f.Query()
		return func(w http.ResponseWriter, r *http.Request) error {
			args, err := f.Args(r)
			if err != nil {
				return err
			}
			return answerRow(w, r, db.QueryRowContext(r.Context(), query, args...), f)
		}, nil
	}
	return Contender{ID: ID{"hand-written, unprepared", Std, driver}, open: open}
}

func answerRow[T any](w http.ResponseWriter, r *http.Request, row *sql.Row, f dataset.Function[T]) error {
	var v T
	err := f.Scan(row, &v)
	return answerOne(w, r, &v, err)
}

// answerOne answers with what was read, unless there was nothing.
func answerOne(w http.ResponseWriter, r *http.Request, v any, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		http.NotFound(w, r)
		return nil
	}
	if err != nil {
		return err
	}
	answerJSON(w)
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
			return answerOne(w, r, m, err)
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
			return answerOne(w, r, v, err) // pgx.ErrNoRows is sql.ErrNoRows too
		}, nil
	}
	return Contender{ID: ID{"pgx RowToStructByName", Std, database.Native}, open: open}
}
