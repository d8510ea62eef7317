package contender

import (
	"context"
	"net/http"

	"github.com/georgysavva/scany/v2/sqlscan"
	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"

	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
)

// sqlxDB returns the pool of a driver for sqlx. The name selects the style of placeholders, which
// no query here relies on.
func sqlxDB(p *database.Pools, driver string) *sqlx.DB {
	return sqlx.NewDb(p.SQL(driver), "postgres")
}

// mapScan reads each row into a map, without knowing the columns.
func mapScan[T any](driver string, f dataset.Function[T]) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		db, query := sqlxDB(p, driver), f.Query()
		return func(w http.ResponseWriter, r *http.Request) error {
			args, err := f.Args(r)
			if err != nil {
				return err
			}
			rows, err := db.QueryxContext(r.Context(), query, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			list := []map[string]any{}
			for rows.Next() {
				m := map[string]any{}
				if err := rows.MapScan(m); err != nil {
					return err
				}
				list = append(list, m)
			}
			if err := rows.Err(); err != nil {
				return err
			}
			setJSON(w)
			return std.to(w).Encode(list)
		}, nil
	}
	return Contender{ID: ID{MapScan, Std, driver}, Buffers: true, open: open}
}

// scanStructs lets scany match columns with the fields of structs by name.
func scanStructs[T any](driver string, f dataset.Function[T]) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		db, query := p.SQL(driver), f.Query()
		return func(w http.ResponseWriter, r *http.Request) error {
			args, err := f.Args(r)
			if err != nil {
				return err
			}
			list := []T{}
			if err := sqlscan.Select(r.Context(), db, &list, query, args...); err != nil {
				return err
			}
			setJSON(w)
			return std.to(w).Encode(list)
		}, nil
	}
	return Contender{ID: ID{"scany, structs", Std, driver}, Buffers: true, open: open}
}

// nativeMaps reads rows into maps by pgx without database/sql.
func nativeMaps[T any](f dataset.Function[T]) Contender {
	id := ID{"pgx RowToMap", Std, database.Native}
	return Contender{ID: id, Buffers: true, open: collected(f, pgx.RowToMap)}
}

// nativeStructs reads rows into structs by pgx without database/sql.
func nativeStructs[T any](f dataset.Function[T]) Contender {
	id := ID{Structs, Std, database.Native}
	return Contender{ID: id, Buffers: true, open: collected(f, pgx.RowToStructByName[T])}
}

// collected runs the query of a function through the pool of pgx, which prepares it on first use.
func collected[T, R any](f dataset.Function[T], to pgx.RowToFunc[R]) opener {
	return func(_ context.Context, p *database.Pools) (Func, error) {
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
			list, err := pgx.CollectRows(rows, to)
			if err != nil {
				return err
			}
			setJSON(w)
			return std.to(w).Encode(list)
		}, nil
	}
}
