package contender

import (
	"context"
	"net/http"

	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
)

// drain takes the rows from the driver and scans nothing, which is the floor that the driver sets.
func drain[T any](driver string, f dataset.Function[T]) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		db, query := p.SQL(driver), f.Query()
		return func(_ http.ResponseWriter, r *http.Request) error {
			args, err := f.Args(r)
			if err != nil {
				return err
			}
			rows, err := db.QueryContext(r.Context(), query, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
			}
			return rows.Err()
		}, nil
	}
	return Contender{ID: ID{Name: Drain, Driver: driver}, Silent: true, open: open}
}
