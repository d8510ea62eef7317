package workload

import (
	"context"
	"fmt"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// bulk returns a workload of one response with all rows of a table.
func bulk[T any](
	name, title string, table dataset.Table, f dataset.Function[T], rows func(Scale) int,
	swapped ...string,
) Workload {
	return Workload{name, func(ctx context.Context, b *Bench) ([]*report.Table, error) {
		n := rows(b.Scale)
		if err := table.Load(ctx, b.Pools.PQ, n); err != nil {
			return nil, err
		}
		t := &report.Table{
			Workload: name, Title: fmt.Sprintf("%d %s", n, title), Unit: report.Seconds,
			Base: "drain of its driver",
			About: "The time from the request to the last byte, into a `ResponseWriter` that discards, " +
				"and the CPU that the client takes for it: all of this process, and nothing of PostgreSQL's.",
		}
		all := append([]contender.Contender{contender.OffTheWire(f)}, contender.Lists(f, swapped...)...)
		return []*report.Table{t}, measureLists(ctx, b, t, f, n, all)
	}}
}

// measureLists checks and then measures contenders that serve n rows.
func measureLists[T any](
	ctx context.Context, b *Bench, t *report.Table, f dataset.Function[T], n int,
	all []contender.Contender,
) error {
	want, err := wanted(ctx, b.Pools.PQ, f)
	if err != nil {
		return err
	}
	subjects := make([]measure.Subject, len(all))
	checked := make([]*report.Figure, len(all))
	output := make([]int64, len(all))
	cpu := make([]measure.Sample, len(all))
	for i, c := range all {
		serve, err := c.Open(ctx, b.Pools)
		if err != nil {
			return fmt.Errorf("%v: %w", c.ID, err)
		}
		checked[i] = &report.Figure{}
		if !c.Silent {
			b.Log("%s: comparing %v", t.Workload, c.ID)
			d, err := compareRows(ctx, serve, "/", want, n)
			if err == nil {
				err = note(checked[i], c, d)
			}
			if err != nil {
				return fmt.Errorf("%v: %w", c.ID, err)
			}
		}
		subjects[i] = measure.Subject{
			Name: c.String(),
			Measure: func(ctx context.Context) (float64, error) {
				before, err := measure.CPU()
				if err != nil {
					return 0, err
				}
				r, err := measure.Serve(ctx, serve, "/")
				if err != nil {
					return 0, err
				}
				after, err := measure.CPU()
				cpu[i], output[i] = append(cpu[i], after-before), r.Bytes
				return r.Took.Seconds(), err
			},
		}
	}
	samples, err := b.interleave(ctx, t.Workload, b.Rounds, subjects)
	if err != nil {
		return err
	}
	for i, c := range all {
		figure := report.NewFigure(c.ID, 0, samples[i])
		figure.Output = output[i]
		figure.CPU = cpu[i][1:] // without the warm-up
		figure.Compared, figure.Difference = checked[i].Compared, checked[i].Difference
		t.Figures = append(t.Figures, figure)
	}
	againstDriver(t, contender.ID{Name: contender.Drain})
	return nil
}

// againstDriver sets the ratios to the figure of base with the same driver and variant.
func againstDriver(t *report.Table, base contender.ID) {
	for _, figure := range t.Figures {
		base.Driver = database.Standard(figure.Driver)
		if floor := t.Find(base, figure.Variant); floor != nil {
			figure.Against(floor)
		}
	}
}

// interleave measures subjects alternating and logs the progress.
func (b *Bench) interleave(
	ctx context.Context, workload string, rounds int, subjects []measure.Subject,
) ([]measure.Sample, error) {
	first := subjects[0].Measure
	round := 0
	subjects[0].Measure = func(ctx context.Context) (float64, error) {
		b.Log("%s: round %d of %d", workload, round, rounds) // round 0 is the warm-up
		round++
		return first(ctx)
	}
	return measure.Interleave(ctx, rounds, subjects)
}
