package workload

import (
	"context"
	"runtime"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// added names what moresql allocates on top of the drain of its driver.
const added = "moresql beyond the drain"

// allocations counts the allocations of W1 for each row.
func allocations(ctx context.Context, b *Bench) ([]*report.Table, error) {
	rows := b.Scale.Mixed
	if err := dataset.MixedTable.Load(ctx, b.Pools.PQ, rows); err != nil {
		return nil, err
	}
	t := &report.Table{
		Workload: Allocations, Title: "allocations a row on W1", Unit: report.Count,
		About: "All allocations of the process (`runtime.MemStats.Mallocs`), " +
			"including what a request allocates once.",
	}
	var chosen []contender.Contender
	for _, c := range contender.Lists(dataset.GetMixed) {
		if c.MoreSQL || c.Name == contender.Drain {
			chosen = append(chosen, c)
		}
	}
	subjects := make([]measure.Subject, len(chosen))
	for i, c := range chosen {
		serve, err := c.Open(ctx, b.Pools)
		if err != nil {
			return nil, err
		}
		subjects[i] = measure.Subject{
			Name: c.String(),
			Measure: func(ctx context.Context) (float64, error) {
				n, err := mallocs(func() error {
					_, err := measure.Serve(ctx, serve, "/")
					return err
				})
				return n / float64(rows), err
			},
		}
	}
	samples, err := b.interleave(ctx, t.Workload, b.Rounds, subjects)
	if err != nil {
		return nil, err
	}
	for i, c := range chosen {
		t.Figures = append(t.Figures, report.NewFigure(c.ID, 0, samples[i]))
	}
	for _, driver := range []string{database.PQ, database.PGX} {
		floorID := contender.ID{Name: contender.Drain, Driver: driver}
		ownID := contender.ID{Name: contender.MoreSQL, JSON: contender.Own, Driver: driver}
		floor, own := t.Find(floorID, 0).Rounds, t.Find(ownID, 0).Rounds
		more := make(measure.Sample, len(own))
		for i := range own {
			more[i] = own[i] - floor[i]
		}
		id := contender.ID{Name: added, Driver: driver}
		t.Figures = append(t.Figures, report.NewFigure(id, 0, more))
	}
	return []*report.Table{t}, nil
}

// mallocs returns the number of objects that the process allocates while f runs.
func mallocs(f func() error) (float64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := f()
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs - before.Mallocs), err
}
