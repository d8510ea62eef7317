package workload

import (
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/bench/internal/child"
	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/exact"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/peer"
	"github.com/moresql/moresql/bench/internal/report"
	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	if isChild, err := child.Main(); isChild {
		if err != nil {
			panic(err)
		}
		return
	}
	// Otherwise every child would sleep for a second before it ends, so that a race could still be
	// reported.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// inexact lists the contenders that write something else than to_json, and the first column that
// differs.
var inexact = map[string]map[contender.ID]string{
	Mixed: {
		{Name: contender.MapScan, JSON: contender.Std, Driver: database.PQ}:  "day",
		{Name: contender.MapScan, JSON: contender.Std, Driver: database.PGX}: "day",
		{Name: "pgx RowToMap", JSON: contender.Std, Driver: database.Native}: "day",
	},
	Lookup: {
		{Name: contender.MapScan, JSON: contender.Std, Driver: database.PQ}:  "balance",
		{Name: contender.MapScan, JSON: contender.Std, Driver: database.PGX}: "balance",
	},
	Offer: {
		{Name: contender.MapScan, JSON: contender.Std, Driver: database.PQ}:  "price",
		{Name: contender.MapScan, JSON: contender.Std, Driver: database.PGX}: "price",
	},
}

// All workloads run on next to no data: every contender has to work, and to be exact if it is
// known to be.
func TestEveryContenderWorksOnEveryWorkload(t *testing.T) {
	uri := pgtest.Start(t).URI()
	pools, err := database.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	defer pools.Close()
	peers := []peer.Peer{
		startPeer(t, pools, "bare", own(contender.RPC, database.PQ)),
		startPeer(t, pools, "roles", own(contender.RPCSession, database.PQ)),
	}
	b := &Bench{URI: uri, Pools: pools, Peers: peers, Rounds: 1, Log: t.Logf, Scale: Scale{
		Mixed: 100, Narrow: 1100, Texts: 5, Customers: 100,
		FirstByteRounds: 2, Encoding: time.Millisecond,
		Slice: 20 * time.Millisecond, Clients: []int{1, 16}, LargeList: 1100,
		Parents: 20, Inserts: 100, Batch: 100,
		MemoryRounds: 1, Sizes: []int{10, 1000}, PeerRows: 10,
	}}
	var r report.Report
	for _, w := range All() {
		tables, err := w.Run(t.Context(), b)
		if err != nil {
			t.Fatalf("%s: %v", w.Name, err)
		}
		r.Tables = append(r.Tables, tables...)
	}
	for _, table := range r.Tables {
		for _, f := range table.Figures {
			at, _, _ := strings.Cut(f.Difference, ":")
			if want := inexact[table.Workload][f.ID]; at != want {
				t.Errorf("%s: %v differs in %q, want %q: %s", table.Workload, f.ID, at, want, f.Difference)
			}
			compares := !slices.Contains([]string{FirstByte, Allocations, Encoders, Memory}, table.Workload)
			silent := []string{contender.Drain, contender.Wire, contender.PGBench}
			if f.Compared != (compares && !slices.Contains(silent, f.Name)) {
				t.Errorf("%s: %v is compared: %v", table.Workload, f.ID, f.Compared)
			}
			if f.Median <= 0 && table.Workload != Allocations {
				t.Errorf("%s: %v has %v", table.Workload, f.ID, f.Median)
			}
		}
	}
	peer := contender.ID{Name: contender.MapScan, JSON: contender.Std, Driver: database.PQ}
	if f := r.Find(Memory, report.Bytes).Find(peer, 1000); f != nil {
		t.Error("a peer has served more rows than PeerRows")
	}
	for table, want := range map[string]string{
		Calls: "bare", ReadingSessions: "roles", WritingSessions: "roles", Pages: "bare",
	} {
		for _, unit := range []report.Unit{report.PerSecond, report.Seconds, report.Bytes} {
			if got := peersOf(r.Find(table, unit)); got != "" && got != want ||
				got == "" && (unit == report.PerSecond || table == Pages) {
				t.Errorf("%s, %s: peers %q, want %q", table, unit, got, want)
			}
		}
	}
	if n := len(Targets(&r)); n < 30 {
		t.Errorf("%d targets", n)
	}
}

// startPeer starts a server that knows of nothing but its database, as one that the command line
// names.
func startPeer(t *testing.T, pools *database.Pools, name string, id contender.ID) peer.Peer {
	t.Helper()
	if err := dataset.CustomerTable.Load(t.Context(), pools.PQ, 100); err != nil {
		t.Fatal(err)
	}
	if err := dataset.NarrowTable.Load(t.Context(), pools.PQ, 1100); err != nil {
		t.Fatal(err)
	}
	all := append(contender.Calls(dataset.GetOne), contender.Sessions(dataset.GetMine)...)
	i := slices.IndexFunc(all, func(c contender.Contender) bool { return c.ID == id })
	serve, err := all[i].Open(t.Context(), pools)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	p, err := peer.Parse(name + "=" + server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// peersOf returns the names of the peers in a table, or "" if there is none.
func peersOf(table *report.Table) string {
	var names []string
	if table != nil {
		for _, f := range table.Figures {
			if f.Peer {
				names = append(names, f.Name)
			}
		}
	}
	return strings.Join(names, " ")
}

func TestOnlyPeersMayBeInexact(t *testing.T) {
	d := &exact.Difference{Path: "a", Got: "1", Want: "2"}
	var f report.Figure
	if err := note(&f, contender.Contender{}, d); err != nil || f.Difference == "" {
		t.Errorf("a peer's difference: %q, %v", f.Difference, err)
	}
	if err := note(&f, contender.Contender{MoreSQL: true}, d); err == nil {
		t.Error("moresql may differ")
	}
	if err := note(&f, contender.Contender{MoreSQL: true}, nil); err != nil || !f.Compared {
		t.Errorf("exact: %+v, %v", f, err)
	}
}

func TestTargetsComeFromTheReport(t *testing.T) {
	figure := func(name, json string, variant int, rounds ...float64) *report.Figure {
		id := contender.ID{Name: name, JSON: json, Driver: database.PQ}
		return report.NewFigure(id, variant, rounds)
	}
	timed := func(name, json, driver string, seconds, cpu float64) *report.Figure {
		id := contender.ID{Name: name, JSON: json, Driver: driver}
		f := report.NewFigure(id, 0, measure.Sample{seconds})
		f.CPU = measure.Sample{cpu}
		return f
	}
	r := &report.Report{Tables: []*report.Table{
		{Workload: Mixed, Unit: report.Seconds, Figures: []*report.Figure{
			figure(contender.Drain, "", 0, 1),
			figure(contender.MoreSQL, contender.Own, 0, 1.25),
			figure(contender.MoreSQL, contender.Std, 0, 3),
			figure(contender.MoreSQL, contender.GoJSON, 0, 1),
			timed(contender.Wire, "", database.Native, 1, 0.1),
			timed(contender.MoreSQL, contender.Own, database.Direct, 1.04, 0.17),
		}},
		{Workload: Lookup, Unit: report.PerSecond, Figures: []*report.Figure{
			figure(contender.Prepared, contender.Std, 16, 100),
			figure(contender.MoreSQL, contender.Own, 1, 1000),
			figure(contender.MoreSQL, contender.Own, 16, 99),
			figure("moresql with an option", contender.Own, 16, 101),
		}},
		{Workload: Memory, Unit: report.Bytes, Figures: []*report.Figure{
			figure(contender.MoreSQL, contender.Own, 1e3, 1),
			figure(contender.MoreSQL, contender.Own, 1e5, 20),
			figure(contender.MoreSQL, contender.Own, 1e7, 22),
		}},
		{Workload: Allocations, Unit: report.Count, Figures: []*report.Figure{figure(added, "", 0, 0.5)}},
	}}
	want := []struct {
		name     string
		measured float64
		met      bool
	}{
		{"W1, lib/pq: time / drain", 1.25, true},
		{"W1, lib/pq: fastest swapped-in encoder / default", 0.8, false},
		{"W1, lib/pq: allocations a row beyond the drain", 0.5, false},
		{"W4, lib/pq, 16 clients: requests/s of moresql / hand-written, prepared", 0.99, false},
		{
			"W4, lib/pq, 16 clients: " +
				"requests/s of moresql with an option / hand-written, prepared", 1.01, true,
		},
		{"W1, drivers/pgx: time / wire", 1.04, true},
		{"W1, drivers/pgx: the client's CPU / wire", 0.17 / 0.1, false},
		{"W6, lib/pq: peak memory of 1e+07 rows / of 1e+05", 1.1, true},
	}
	got := Targets(r)
	if len(got) != len(want) {
		t.Fatalf("%d targets, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		if g := got[i]; g.Name != w.name || g.Measured != w.measured || g.Met != w.met {
			t.Errorf("target %+v, want %+v", g, w)
		}
	}
}
