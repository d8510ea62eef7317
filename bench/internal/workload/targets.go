package workload

import (
	"fmt"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// Targets returns the limits of moresql and whether a report meets them. It leaves out what was
// not measured.
func Targets(r *report.Report) []report.Target {
	t := targets{report: r}
	for _, driver := range []string{database.PQ, database.PGX} {
		t.bulk(driver)
	}
	for _, driver := range []string{database.PQ, database.PGX} {
		t.load(Lookup, driver, atLeast(1))
		t.load(Offer, driver, atLeast(1))
	}
	t.wire()
	t.memory()
	t.served()
	t.swapped(Encoders, "")
	return t.all
}

type targets struct {
	report *report.Report
	all    []report.Target
}

// A limit is an upper or a lower bound of a figure.
type limit struct {
	value float64
	above bool
}

func atMost(v float64) limit  { return limit{v, false} }
func atLeast(v float64) limit { return limit{v, true} }

func (l limit) String() string {
	sign := "≤"
	if l.above {
		sign = "≥"
	}
	return fmt.Sprintf("%s %g", sign, l.value)
}

func (l limit) met(v float64) bool {
	if l.above {
		return v >= l.value
	}
	return v <= l.value
}

// find returns a figure, or nil if it was not measured.
func (t *targets) find(
	workload string, unit report.Unit, id contender.ID, variant int,
) *report.Figure {
	table := t.report.Find(workload, unit)
	if table == nil {
		return nil
	}
	return table.Find(id, variant)
}

// ratio adds a limit of the ratio of a to b, if both were measured.
func (t *targets) ratio(name string, l limit, a, b *report.Figure) {
	if a != nil && b != nil {
		t.samples(name, l, a.Rounds, b.Rounds)
	}
}

// samples adds a limit of the ratio of a to b.
func (t *targets) samples(name string, l limit, a, b measure.Sample) {
	ratio := a.Over(b)
	t.all = append(t.all, report.Target{
		Name:     name,
		Limit:    l.String(),
		Measured: ratio.OfMedians,
		Ratio:    &ratio,
		Met:      l.met(ratio.OfMedians),
	})
}

// bulk adds the targets of W1 and of the workloads on the same data.
func (t *targets) bulk(driver string) {
	id := func(name, json string) contender.ID {
		return contender.ID{Name: name, JSON: json, Driver: driver}
	}
	name := func(format string, args ...any) string {
		return fmt.Sprintf("W1, %s: ", driver) + fmt.Sprintf(format, args...)
	}
	own := t.find(Mixed, report.Seconds, id(contender.MoreSQL, contender.Own), 0)
	seconds := func(name, json string) *report.Figure {
		return t.find(Mixed, report.Seconds, id(name, json), 0)
	}

	most := map[string]float64{database.PQ: 1.25, database.PGX: 1.2}[driver]
	t.ratio(name("time / drain"), atMost(most), own, seconds(contender.Drain, ""))
	t.ratio(name("%s / moresql", contender.Aggregated), atLeast(2.5),
		seconds(contender.Aggregated, contender.PostgreSQL), own)
	t.ratio(name("%s / moresql", contender.MapScan), atLeast(5),
		seconds(contender.MapScan, contender.Std), own)
	t.swapped(Mixed, driver)
	if f := t.find(Allocations, report.Count, id(added, ""), 0); f != nil {
		// A request also allocates a few dozen objects once, which are divided by the rows.
		t.all = append(t.all, report.Target{
			Name:     name("allocations a row beyond the drain"),
			Limit:    "0.00",
			Measured: f.Median,
			Met:      f.Median < 0.01,
		})
	}
	t.ratio(name("first byte / %s", firstRow), atMost(1.5),
		t.find(FirstByte, report.Seconds, id(contender.MoreSQL, contender.Own), 0),
		t.find(FirstByte, report.Seconds, id(firstRow, ""), 0))
}

// wire adds the targets of W1 that compare drivers/pgx with reading the rows off the wire.
func (t *targets) wire() {
	id := contender.ID{Name: contender.MoreSQL, JSON: contender.Own, Driver: database.Direct}
	own := t.find(Mixed, report.Seconds, id, 0)
	id = contender.ID{Name: contender.Wire, Driver: database.Native}
	wire := t.find(Mixed, report.Seconds, id, 0)
	if own == nil || wire == nil {
		return
	}
	name := fmt.Sprintf("W1, %s: %%s / wire", database.Direct)
	t.samples(fmt.Sprintf(name, "time"), atMost(1.05), own.Rounds, wire.Rounds)
	t.samples(fmt.Sprintf(name, "the client's CPU"), atMost(1.6), own.CPU, wire.CPU)
}

// swapped compares the default encoder with the fastest of those that can replace it.
func (t *targets) swapped(workload, driver string) {
	seconds := func(json string) *report.Figure {
		id := contender.ID{Name: contender.MoreSQL, JSON: json, Driver: driver}
		return t.find(workload, report.Seconds, id, 0)
	}
	var fastest *report.Figure
	for _, w := range contender.Swapped() {
		f := seconds(w.Name)
		if f != nil && (fastest == nil || f.Median < fastest.Median) {
			fastest = f
		}
	}
	name := workload
	if driver != "" {
		name += ", " + driver
	}
	t.ratio(name+": fastest swapped-in encoder / default", atLeast(1), fastest, seconds(contender.Own))
}

// load adds the targets of a workload over HTTP, for moresql through the driver and through those
// that are compared with it.
func (t *targets) load(workload, driver string, l limit) {
	const clients = 16
	table := t.report.Find(workload, report.PerSecond)
	if table == nil {
		return
	}
	id := contender.ID{Name: contender.Prepared, JSON: contender.Std, Driver: driver}
	base := table.Find(id, clients)
	for _, f := range table.Figures {
		if f.JSON == contender.Own && database.Standard(f.Driver) == driver && f.Variant == clients {
			name := fmt.Sprintf("%s, %s, %d clients: requests/s of %s / %s",
				workload, f.Driver, clients, f.Name, contender.Prepared)
			t.ratio(name, l, f, base)
		}
	}
}

// memory compares the peak at the largest number of rows with that at 100,000.
func (t *targets) memory() {
	const some = 1e5
	table := t.report.Find(Memory, report.Bytes)
	if table == nil {
		return
	}
	for _, driver := range []string{database.PQ, database.PGX} {
		id := contender.ID{Name: contender.MoreSQL, JSON: contender.Own, Driver: driver}
		most := 0
		for _, f := range table.Figures {
			if f.ID == id {
				most = max(most, f.Variant)
			}
		}
		if most > some {
			name := fmt.Sprintf("W6, %s: peak memory of %.0g rows / of 1e+05",
				driver, float64(most))
			t.ratio(name, atMost(1.1), table.Find(id, most), table.Find(id, some))
		}
	}
}
