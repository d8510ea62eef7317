package workload

import (
	"context"
	"errors"
	"time"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// firstRow names what the first byte is compared with.
const firstRow = "the first rows.Next"

// firstByte measures how long a client of W1 waits for the first byte. Each response is read to
// its end, so that the next begins on the same connection.
func firstByte(ctx context.Context, b *Bench) ([]*report.Table, error) {
	if err := dataset.MixedTable.Load(ctx, b.Pools.PQ, b.Scale.Mixed); err != nil {
		return nil, err
	}
	t := &report.Table{
		Workload: FirstByte, Title: "time to the first byte of W1", Unit: report.Seconds, Base: firstRow,
		About: "From the request to the first `Write` on the `ResponseWriter`, " +
			"compared with the time until the driver has a row.",
	}
	var ids []contender.ID
	var subjects []measure.Subject
	add := func(id contender.ID, f func(context.Context) (float64, error)) {
		ids = append(ids, id)
		subjects = append(subjects, measure.Subject{Name: id.String(), Measure: f})
	}
	for _, driver := range []string{database.PQ, database.PGX} {
		db, query := b.Pools.SQL(driver), dataset.GetMixed.Query()
		add(contender.ID{Name: firstRow, Driver: driver}, func(ctx context.Context) (float64, error) {
			start := time.Now()
			rows, err := db.QueryContext(ctx, query)
			if err != nil {
				return 0, err
			}
			rows.Next()
			took := time.Since(start)
			return took.Seconds(), errors.Join(rows.Err(), rows.Close())
		})
		for _, c := range contender.Lists(dataset.GetMixed) {
			if !c.MoreSQL || c.Driver != driver {
				continue
			}
			serve, err := c.Open(ctx, b.Pools)
			if err != nil {
				return nil, err
			}
			add(c.ID, func(ctx context.Context) (float64, error) {
				r, err := measure.Serve(ctx, serve, "/")
				if err != nil {
					return 0, err
				}
				return r.First.Sub(r.Started).Seconds(), nil
			})
		}
	}
	samples, err := b.interleave(ctx, t.Workload, b.Scale.FirstByteRounds, subjects)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		t.Figures = append(t.Figures, report.NewFigure(id, 0, samples[i]))
	}
	againstDriver(t, contender.ID{Name: firstRow})
	return []*report.Table{t}, nil
}
