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

// sqlxDB returns a driver's pool as sqlx takes it; the name decides placeholders, which no query here has to have changed.
func sqlxDB(p *database.Pools, driver string) *sqlx.DB { return sqlx.NewDb(p.SQL(driver), "postgres") }

// mapScan needs to know no columns: each row is a map.
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
			answerJSON(w)
			return std.to(w).Encode(list)
		}, nil
	}
	return Contender{ID: ID{MapScan, Std, driver}, Buffers: true, open: open}
}

// scanStructs has scany find the fields of the structs by the names of the columns.
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
			answerJSON(w)
			return std.to(w).Encode(list)
		}, nil
	}
	return Contender{ID: ID{"scany, structs", Std, driver}, Buffers: true, open: open}
}

// nativeMaps is pgx without database/sql, and without knowing the columns.
func nativeMaps[T any](f dataset.Function[T]) Contender {
	return Contender{ID: ID{"pgx RowToMap", Std, database.Native}, Buffers: true, open: collected(f, pgx.RowToMap)}
}

// nativeStructs is pgx without database/sql.
func nativeStructs[T any](f dataset.Function[T]) Contender {
	return Contender{ID: ID{"pgx RowToStructByName", Std, database.Native}, Buffers: true, open: collected(f, pgx.RowToStructByName[T])}
}

// collected runs a function's query through pgx's own pool, which prepares it on first use.
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
			answerJSON(w)
			return std.to(w).Encode(list)
		}, nil
	}
}
