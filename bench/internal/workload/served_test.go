package workload

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/peer"
	"github.com/moresql/moresql/bench/internal/report"
)

// A Function that returns a set is answered with a list by its catalog, and with its only row by a
// handler that knows its shape.
func TestQuestionTakesOneRowOrAList(t *testing.T) {
	row := json.RawMessage(`{"a":1}`)
	for _, test := range []struct {
		body       string
		want       []json.RawMessage
		difference string
		err        string
	}{
		{body: `{"a":1.0}`, want: []json.RawMessage{row}},
		{body: `[{"a":1}]`, want: []json.RawMessage{row}},
		{body: `[{"a":1},{"a":1}]`, want: []json.RawMessage{row, row}},
		{body: `{"a":2}`, want: []json.RawMessage{row}, difference: "a"},
		{body: `[{"a":1},{"a":2}]`, want: []json.RawMessage{row, row}, difference: "a"},
		{body: `[]`, want: []json.RawMessage{row}, err: "0 rows"},
		{body: `{"a":1}`, want: []json.RawMessage{row, row}, err: "no list"},
		{body: ``, want: []json.RawMessage{row}, err: "EOF"},
	} {
		d, err := question{want: test.want}.compare([]byte(test.body))
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", test.body, err, test.err)
			}
		case err != nil || (d == nil) != (test.difference == "") ||
			d != nil && d.Path != test.difference:
			t.Errorf("%s: %v, %v", test.body, d, err)
		}
	}
}

// Nothing stays of a workload that fails, above all no process.
func TestServeReturnsWhatRunsWithItsError(t *testing.T) {
	b := &Bench{Log: t.Logf}
	running := &endpoint{at: peer.Peer{Addr: "127.0.0.1:1"}, close: func() error { return nil }}
	served, err := b.serve(t.Context(), &report.Table{}, nil,
		same([]question{{target: "/"}}), running)
	if err == nil || len(served) != 1 || served[0] != running {
		t.Errorf("%v, %v", served, err)
	}
}

// The text is what pgbench 15 prints.
func TestTransactionsOfPGBench(t *testing.T) {
	got, err := transactions(`pgbench (15.20 (Debian 15.20-0+deb12u1))
transaction type: /dev/stdin
number of failed transactions: 0 (0.000%)
latency average = 0.210 ms
initial connection time = 41.077 ms
tps = 76154.205377 (without initial connection time)
`)
	if err != nil || got != 76154.205377 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := transactions("pgbench: error: no\n"); err == nil {
		t.Error("an error has a rate")
	}
}

func TestTargetsOfServersComeFromTheReport(t *testing.T) {
	figure := func(id contender.ID, variant int, v float64) *report.Figure {
		return report.NewFigure(id, variant, []float64{v})
	}
	other := func(variant int, v float64) *report.Figure {
		f := figure(contender.ID{Name: "other"}, variant, v)
		f.Peer = true
		return f
	}
	command := own(contender.Command, "")
	direct := func(name string) contender.ID { return own(name, database.Direct) }
	r := &report.Report{Tables: []*report.Table{
		{Workload: Calls, Unit: report.PerSecond, Figures: []*report.Figure{
			figure(command, clients, 150), other(clients, 100),
			figure(contender.ID{Name: contender.PGBench}, clients, 1000),
			figure(direct(contender.MoreSQL), clients, 200),
			figure(direct(contender.ReadOnly), clients, 100),
			figure(direct(contender.RPC), clients, 98),
		}},
		{Workload: ReadingSessions, Unit: report.PerSecond, Figures: []*report.Figure{
			figure(direct(contender.MoreSQL), clients, 100),
			figure(direct(contender.Session), clients, 84),
			figure(direct(contender.RPCSession), clients, 80), other(clients, 80),
		}},
		{Workload: Pages, Unit: report.Seconds, Figures: []*report.Figure{
			figure(command, 0, 1), other(0, 4),
		}},
		{Workload: Pages, Unit: report.Bytes, Figures: []*report.Figure{
			figure(command, 0, 1), other(0, 4),
		}},
	}}
	want := []struct {
		name     string
		measured float64
		met      bool
	}{
		{"W7: requests/s of the command, RPC, moresql / other", 1.5, true},
		{"W7: requests/s of moresql, RPC, drivers/pgx / moresql, ReadOnly, drivers/pgx", 0.98, true},
		{"W7: requests/s of moresql, ReadOnly, drivers/pgx / moresql, drivers/pgx", 0.5, false},
		{"W8 GET: requests/s of moresql, Session, drivers/pgx / moresql, drivers/pgx", 0.84, false},
		{"W8 GET: requests/s of moresql, RPC, Session, drivers/pgx / other", 1, true},
		{"W9: seconds of the command, RPC, moresql / other", 0.25, true},
		{"W9: peak memory of the command, RPC, moresql / other", 0.25, false},
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
