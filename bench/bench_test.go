package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/bench/internal/child"
	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/workload"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	if isChild, err := child.Main(); isChild {
		if err != nil {
			panic(err)
		}
		return
	}
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0") // children would sleep for a second
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// BenchmarkHandler prints the short form of what the command measures on W1: the ratio of Handler,
// and of rest.Routines, to a bare rows.Next loop over the same query and driver, and the ratio of
// other encoders to Handler. All alternate, and the figures are medians.
func BenchmarkHandler(b *testing.B) {
	pools, err := database.Open(b.Context(), pgtest.URI(b))
	if err != nil {
		b.Fatal(err)
	}
	defer pools.Close()
	rows := workload.Full().Mixed
	if testing.Short() {
		rows = 5_000
	}
	if err := dataset.MixedTable.Load(b.Context(), pools.PQ, rows); err != nil {
		b.Fatal(err)
	}
	cat, err := catalog.Load(b.Context(), pools.PQ, "public")
	if err != nil {
		b.Fatal(err)
	}
	for _, driver := range []string{database.PQ, database.PGX} {
		b.Run(strings.ReplaceAll(driver, " ", "-"), func(b *testing.B) {
			served := map[string]contender.Func{}
			names := map[string]string{
				"":               "drain",
				contender.Own:    "handler",
				contender.Std:    "std",
				contender.GoJSON: "gojson",
				contender.Sonic:  "sonic",
			}
			for _, c := range contender.Lists(dataset.GetMixed, driver) {
				if c.Driver != driver || !c.MoreSQL && !c.Silent {
					continue
				}
				if served[names[c.JSON]], err = c.Open(b.Context(), pools); err != nil {
					b.Fatal(err)
				}
			}
			routines := rest.Routines(moresql.New(pools.SQL(driver)), cat)
			served["routines"] = func(w http.ResponseWriter, r *http.Request) error {
				routines.ServeHTTP(w, r)
				return nil
			}
			times := map[string]measure.Sample{}
			for b.Loop() {
				for _, name := range []string{"drain", "handler", "routines", "std", "gojson", "sonic"} {
					r, err := measure.Serve(b.Context(), served[name], "/get_mixed")
					if err != nil {
						b.Fatal(name, err)
					}
					times[name] = append(times[name], r.Took.Seconds())
				}
			}
			b.ReportMetric(0, "ns/op") // the sum of all says nothing
			b.ReportMetric(times["drain"].Median()*1e3, "drain-ms")
			for _, name := range []string{"handler", "routines"} {
				b.ReportMetric(times[name].Over(times["drain"]).OfMedians, name+"/drain")
			}
			for _, name := range []string{"std", "gojson", "sonic"} {
				b.ReportMetric(times[name].Over(times["handler"]).OfMedians, name+"/handler")
			}
		})
	}
}

func TestParseChoosesRoundsAndWorkloads(t *testing.T) {
	const all = "W1 first-byte allocations W2 W3 encoders W4 W5 W6 W7 W8 W9 W10 W11"
	for _, test := range []struct {
		args      string
		rounds    int
		workloads string
		err       string
	}{
		{args: "", rounds: 7, workloads: all},
		{args: "-short", rounds: 3, workloads: all},
		{args: "-short -rounds 2 -workload W4,W1", rounds: 2, workloads: "W1 W4"},
		{args: "-workload W12", err: `no workload "W12"`},
		{args: "-workload W7 -peer a=http://127.0.0.1:1", rounds: 7, workloads: "W7"},
		{args: "-workload W6 -peer a=http://127.0.0.1:1", err: "needs the workload W7, W8 or W9"},
		{args: "-peer http://127.0.0.1:1", err: "not name=URL"},
		{args: "-peer a=127.0.0.1:1", err: "peer"},
		{args: "-workload W1 -svg x.svg", err: "needs the workload W6"},
		{args: "-rounds -1", err: "-rounds"},
		{args: "W1", err: "unexpected argument"},
	} {
		var stderr strings.Builder
		o, err := parse(strings.Fields(test.args), &stderr)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", test.args, err, test.err)
			}
			continue
		}
		var names []string
		for _, w := range o.workloads {
			names = append(names, w.Name)
		}
		if err != nil || o.rounds != test.rounds || !slices.Equal(names, strings.Fields(test.workloads)) {
			t.Errorf("%s: %d rounds of %v, %v", test.args, o.rounds, names, err)
		}
	}
}

// The command runs once from start to end, with next to no data.
func TestCommandWritesEveryFile(t *testing.T) {
	pgtest.Start(t).Stop() // skips the test if there is no server to start
	dir := t.TempDir()
	svg, raw := filepath.Join(dir, "plot.svg"), filepath.Join(dir, "raw.json")
	args := []string{"-rounds=1", "-workload=W6,encoders", "-svg=" + svg, "-json=" + raw}
	o, err := parse(args, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	o.scale = workload.Scale{
		Encoding: time.Millisecond, MemoryRounds: 1, Sizes: []int{10, 100}, PeerRows: 100,
	}
	var out strings.Builder
	if err := run(t.Context(), o, &out, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"PostgreSQL", "github.com/lib/pq v", "## W6: peak memory", "## encoders", "## Targets",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in\n%s", want, &out)
		}
	}
	for _, name := range []string{svg, raw} {
		if doc, err := os.ReadFile(name); err != nil || !strings.Contains(string(doc), "row_to_json") {
			t.Errorf("%s: %v\n%s", name, err, doc)
		}
	}
}

func TestCommandStopsWithItsContext(t *testing.T) {
	pgtest.Start(t).Stop()
	o, err := parse([]string{"-short"}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	if err := run(ctx, o, &out, &out); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}
