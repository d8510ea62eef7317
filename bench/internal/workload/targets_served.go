package workload

import (
	"fmt"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/report"
)

// own returns the ID of one of moresql's ways through a driver.
func own(name, driver string) contender.ID {
	return contender.ID{Name: name, JSON: contender.Own, Driver: driver}
}

// compare adds a limit of the ratio of two contenders of a table.
func (t *targets) compare(table string, unit report.Unit, l limit, a, b contender.ID) {
	variant := 0
	what := "seconds"
	switch unit {
	case report.PerSecond:
		variant, what = clients, string(unit)
	case report.Bytes:
		what = "peak memory"
	}
	name := fmt.Sprintf("%s: %s of %v / %v", table, what, a, b)
	t.ratio(name, l, t.find(table, unit, a, variant), t.find(table, unit, b, variant))
}

// againstPeers adds the limits of the ratio of a contender to the peers of a table.
func (t *targets) againstPeers(name string, unit report.Unit, l limit, a contender.ID) {
	table := t.report.Find(name, unit)
	if table == nil {
		return
	}
	for _, f := range table.Figures {
		if f.Peer {
			t.compare(name, unit, l, a, f.ID)
		}
	}
}

// served adds the targets of W7 to W11.
func (t *targets) served() {
	byHand := func(driver string) contender.ID {
		return contender.ID{Name: contender.Prepared, JSON: contender.Std, Driver: driver}
	}
	command := own(contender.Command, "")
	calls := func(l limit, a, b contender.ID) { t.compare(Calls, report.PerSecond, l, a, b) }
	t.againstPeers(Calls, report.PerSecond, atLeast(1.4), command)
	calls(atLeast(1), own(contender.MoreSQL, database.Kept), byHand(database.PQ))
	calls(atLeast(1), own(contender.MoreSQL, database.Direct), byHand(database.PGX))
	native := contender.ID{Name: contender.Structs, JSON: contender.Std, Driver: database.Native}
	calls(atLeast(1), own(contender.MoreSQL, database.Direct), native)
	for _, driver := range []string{database.Kept, database.Direct} {
		calls(atLeast(0.97), own(contender.RPC, driver), own(contender.ReadOnly, driver))
	}
	bare, session := own(contender.MoreSQL, database.Direct), own(contender.Session, database.Direct)
	calls(atLeast(0.9), own(contender.ReadOnly, database.Direct), bare)

	t.compare(ReadingSessions, report.PerSecond, atLeast(0.85), session, bare)
	t.compare(WritingSessions, report.PerSecond, atLeast(0.6), session, bare)
	t.againstPeers(ReadingSessions, report.PerSecond, atLeast(1),
		own(contender.RPCSession, database.Direct))

	t.againstPeers(Pages, report.PerSecond, atLeast(1.7), command)
	t.againstPeers(Pages, report.PerSecond, atLeast(1.7), own(contender.RPC, database.Direct))
	t.againstPeers(Pages, report.Seconds, atMost(0.5), command)
	t.againstPeers(Pages, report.Bytes, atMost(0.15), command)

	for _, driver := range []string{database.PQ, database.PGX, database.Direct} {
		t.compare(ReadTable, report.Seconds, atMost(1.1), own(overTable, driver),
			own(contender.RPC, driver))
	}
	t.compareBatch(oneByOne, atLeast(10))
	t.compareBatch(concurrent, atLeast(3))
}

// compareBatch adds the limit of the ratio of a batch to requests for each call.
func (t *targets) compareBatch(other string, l limit) {
	find := func(name string) *report.Figure {
		return t.find(Batches, report.PerSecond, own(name, ""), 0)
	}
	name := fmt.Sprintf("%s: calls/s of %s / %s", Batches, batched, other)
	t.ratio(name, l, find(batched), find(other))
}
