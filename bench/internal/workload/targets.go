package workload

import (
	"fmt"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/report"
)

// Targets says which of moresql's limits a report meets. What was not measured is left out.
func Targets(r *report.Report) []report.Target {
	t := targets{report: r}
	for _, driver := range []string{database.PQ, database.PGX} {
		t.bulk(driver)
	}
	for _, driver := range []string{database.PQ, database.PGX} {
		t.load(Lookup, driver, atLeast(1))
		t.load(Offer, driver, atLeast(0.95))
	}
	t.memory()
	t.swapped(Encoders, "")
	return t.all
}

type targets struct {
	report *report.Report
	all    []report.Target
}

// A limit is one that a figure meets from one side.
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

// find returns a figure, or nil where it was not measured.
func (t *targets) find(workload string, unit report.Unit, id contender.ID, variant int) *report.Figure {
	table := t.report.Find(workload, unit)
	if table == nil {
		return nil
	}
	return table.Find(id, variant)
}

// ratio adds a limit to how many times b a is, where both were measured.
func (t *targets) ratio(name string, l limit, a, b *report.Figure) {
	if a == nil || b == nil {
		return
	}
	ratio := a.Rounds.Over(b.Rounds)
	t.all = append(t.all, report.Target{
		Name: name, Limit: l.String(), Measured: ratio.OfMedians, Ratio: &ratio, Met: l.met(ratio.OfMedians),
	})
}

// bulk has the targets of W1 and what belongs to it.
func (t *targets) bulk(driver string) {
	id := func(name, json string) contender.ID { return contender.ID{Name: name, JSON: json, Driver: driver} }
	own := t.find(Mixed, report.Seconds, id(contender.MoreSQL, contender.Own), 0)
	seconds := func(name, json string) *report.Figure { return t.find(Mixed, report.Seconds, id(name, json), 0) }

	most := map[string]float64{database.PQ: 1.25, database.PGX: 1.2}[driver]
	t.ratio(fmt.Sprintf("W1, %s: time / drain", driver), atMost(most), own, seconds(contender.Drain, ""))
	t.ratio(fmt.Sprintf("W1, %s: %s / moresql", driver, contender.Aggregated), atLeast(2.5), seconds(contender.Aggregated, contender.PostgreSQL), own)
	t.ratio(fmt.Sprintf("W1, %s: %s / moresql", driver, contender.MapScan), atLeast(5), seconds(contender.MapScan, contender.Std), own)
	t.swapped(Mixed, driver)
	if f := t.find(Allocations, report.Count, id(added, ""), 0); f != nil {
		// What a request allocates once, a few dozen objects, is divided by the rows too.
		t.all = append(t.all, report.Target{
			Name: fmt.Sprintf("W1, %s: allocations a row beyond the drain", driver), Limit: "0.00", Measured: f.Median, Met: f.Median < 0.01,
		})
	}
	t.ratio(fmt.Sprintf("W1, %s: first byte / %s", driver, firstRow), atMost(1.5),
		t.find(FirstByte, report.Seconds, id(contender.MoreSQL, contender.Own), 0), t.find(FirstByte, report.Seconds, id(firstRow, ""), 0))
}

// swapped compares the default encoder with the fastest of those that take its place.
func (t *targets) swapped(workload, driver string) {
	var fastest *report.Figure
	for _, w := range contender.Swapped() {
		f := t.find(workload, report.Seconds, contender.ID{Name: contender.MoreSQL, JSON: w.Name, Driver: driver}, 0)
		if f != nil && (fastest == nil || f.Median < fastest.Median) {
			fastest = f
		}
	}
	own := t.find(workload, report.Seconds, contender.ID{Name: contender.MoreSQL, JSON: contender.Own, Driver: driver}, 0)
	name := workload
	if driver != "" {
		name += ", " + driver
	}
	t.ratio(name+": fastest swapped-in encoder / default", atLeast(1), fastest, own)
}

// load has the targets of a workload over HTTP, for moresql with each of its options.
func (t *targets) load(workload, driver string, l limit) {
	const clients = 16
	table := t.report.Find(workload, report.PerSecond)
	if table == nil {
		return
	}
	base := table.Find(contender.ID{Name: contender.Prepared, JSON: contender.Std, Driver: driver}, clients)
	for _, f := range table.Figures {
		if f.JSON == contender.Own && f.Driver == driver && f.Variant == clients {
			t.ratio(fmt.Sprintf("%s, %s, %d clients: requests/s of %s / %s", workload, driver, clients, f.Name, contender.Prepared), l, f, base)
		}
	}
}

// memory compares the peak of the most rows with that of 100,000.
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
			t.ratio(fmt.Sprintf("W6, %s: peak memory of %.0g rows / of 1e+05", driver, float64(most)), atMost(1.1), table.Find(id, most), table.Find(id, some))
		}
	}
}
