package workload

import (
	"context"

	"github.com/moresql/moresql/bench/internal/child"
	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// enough is the memory, in bytes, at which a contender that holds all rows gets no more of them.
const enough = 3 << 30

// memory measures peak memory and time against the number of rows. Each point has a process of its
// own.
func memory(ctx context.Context, b *Bench) ([]*report.Table, error) {
	if _, err := b.Pools.PQ.ExecContext(ctx, dataset.CreateNumbered); err != nil {
		return nil, err
	}
	peaks := &report.Table{
		Workload: Memory, Title: "peak memory against rows", Unit: report.Bytes, Variant: "rows",
		About: "The peak resident memory (`VmHWM`) of a process that serves one response " +
			"of seven columns and does nothing else.",
	}
	times := &report.Table{
		Workload: Memory, Title: "time against rows", Unit: report.Seconds, Variant: "rows",
		Base:  "drain of its driver",
		About: "The time of the same responses.",
	}
	for _, size := range b.Scale.Sizes {
		var chosen []contender.Contender
		for _, c := range memoryContenders() {
			if b.feasible(c, size, peaks) {
				chosen = append(chosen, c)
			}
		}
		used := make([]measure.Sample, len(chosen))
		took := make([]measure.Sample, len(chosen))
		output := make([]int64, len(chosen))
		for round := range b.Scale.MemoryRounds {
			b.Log("%s: %d rows, round %d of %d", Memory, size, round+1, b.Scale.MemoryRounds)
			for i, c := range chosen {
				o, err := child.Memory{URI: b.URI, Contender: c.ID, Rows: size}.Run(ctx)
				if err != nil {
					return nil, err
				}
				used[i], took[i], output[i] = append(used[i], o.Peak), append(took[i], o.Seconds), o.Output
			}
		}
		for i, c := range chosen {
			peaks.Figures = append(peaks.Figures, report.NewFigure(c.ID, size, used[i]))
			figure := report.NewFigure(c.ID, size, took[i])
			figure.Output = output[i]
			times.Figures = append(times.Figures, figure)
		}
	}
	againstDriver(times, contender.ID{Name: contender.Drain})
	return []*report.Table{peaks, times}, nil
}

// memoryContenders returns moresql and the drain through both drivers, and every peer once.
func memoryContenders() []contender.Contender {
	var all []contender.Contender
	for _, c := range child.Contenders() {
		peer := c.Driver != database.PGX && c.JSON != contender.GoJSON
		if peer || c.MoreSQL || c.Silent {
			all = append(all, c)
		}
	}
	return all
}

// feasible reports whether a contender can serve a number of rows, judging by the memory that
// fewer rows took.
func (b *Bench) feasible(c contender.Contender, size int, peaks *report.Table) bool {
	if c.MoreSQL || c.Silent {
		return true
	}
	if size > b.Scale.PeerRows {
		return false
	}
	for _, f := range peaks.Figures {
		expected := f.Median * float64(size) / float64(f.Variant)
		if c.Buffers && f.ID == c.ID && f.Variant >= 1e5 && expected > enough {
			return false
		}
	}
	return true
}
