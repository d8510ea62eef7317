package faulttest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

const (
	cutRows  = 120 // of about 1 KiB each: several blocks
	cutLines = 16  // at once
)

const cutFunction = `CREATE FUNCTION cut_rows(n int)
	RETURNS TABLE (i int, at timestamptz, share numeric, tags text[], data jsonb, filler text)
	LANGUAGE sql STABLE AS $$ SELECT i, timestamptz '2024-02-29 12:00:00Z' + i * interval '1 s',
	i / 7.0, ARRAY['a', NULL, i::text], jsonb_build_object('i', i),
	repeat(chr(97 + i % 26), 900) FROM generate_series(1, n) i $$`

var inSession = moresql.Session(func(*http.Request) (moresql.Settings, error) {
	return moresql.Settings{Values: map[string]string{"app.tenant": "7"}}, nil
})

// A cutWay is one of the ways of a request, which differ in the statements before and after its
// rows.
type cutWay struct {
	name    string
	last    string // the command tag of the statement that the response waits for
	options []moresql.Option
	table   *tableWay // nil for a call of cut_rows
}

// cutWays are the ways of a call.
var cutWays = []cutWay{
	{name: "plain", last: "SELECT 120"},
	{name: "read-only", last: "SELECT 120", options: []moresql.Option{moresql.ReadOnly()}},
	{name: "session", last: "COMMIT", options: []moresql.Option{inSession}},
}

// A trial is a fault during a call for a media type, before the server has sent total bytes, which
// the response depends on. COMMIT comes after some of them.
type trial struct {
	fault
	accept             string
	uncommitted, total int
}

// TestCutConnectionNeverLooksComplete breaks the connection to PostgreSQL between any two messages
// of a result, and within them. No client may take the response for a complete one, and what is cut
// before COMMIT has changed nothing.
func TestCutConnectionNeverLooksComplete(t *testing.T) {
	leaktest.Check(t)
	uri := pgtest.Start(t).URI()
	admin := openSure(t, "postgres", uri)
	prepare(t, admin, append(cutTables, cutFunction)...)
	for d, driver := range drivers {
		for w, way := range slices.Concat(cutWays, tableWays) {
			// Each driver sends the calls of a batch in another way.
			if way.table != nil && !way.table.isBatch() && (d+w)%scale(1, len(drivers)) != 0 {
				continue
			}
			t.Run(driver+"/"+way.name, func(t *testing.T) {
				var lines []*line
				for range cutLines {
					lines = append(lines, newLine(t, driver, uri, admin, way))
				}
				var trials []trial
				random := rand.New(rand.NewPCG(1, 2))
				for i, format := range way.table.formats() {
					messages, uncommitted, err := lines[0].messages(cutRows, way.last, format.MediaType())
					if err != nil {
						t.Fatal(err)
					}
					total := messages[len(messages)-1].end
					if way.table.isBatch() { // whose end the next one may not reach
						total -= spare
					}
					kind := faultKind(i % int(faultKinds))
					add := func(at int) {
						f := fault{at, kind}
						trials = append(trials, trial{f, format.MediaType(), uncommitted, total})
						kind = (kind + 1) % faultKinds
					}
					add(0)
					for j, m := range messages[:len(messages)-1] {
						if (j+5*i)%scale(1, 16) == 0 && m.end < total {
							add(m.end)
						}
					}
					for range scale(1000, 2) {
						add(random.IntN(total))
					}
				}
				suffer(t, lines, cutRows, trials)
			})
		}
	}
}

// TestCutWhileConnectingNeverLooksComplete breaks the connection while it is established.
func TestCutWhileConnectingNeverLooksComplete(t *testing.T) {
	leaktest.Check(t)
	server := pgtest.Start(t).URI()
	admin := openSure(t, "postgres", server)
	prepare(t, admin, cutFunction)
	for _, driver := range drivers {
		t.Run(driver, func(t *testing.T) {
			uri := server
			if !strings.HasSuffix(driver, "pgx") { // lib/pq ignores the context while it connects
				uri += "&connect_timeout=3"
			}
			var lines []*line
			for range cutLines {
				lines = append(lines, newLine(t, driver, uri, admin, cutWays[0]))
				lines[len(lines)-1].db.SetMaxIdleConns(-1)
			}
			const accept = "application/json"
			messages, _, err := lines[0].messages(1, "SELECT 1", accept)
			if err != nil {
				t.Fatal(err)
			}
			var trials []trial
			total := messages[len(messages)-1].end
			for i, m := range messages[:len(messages)-1] {
				for kind := range faultKinds {
					if kind != stalls || i%scale(1, 6) == 0 {
						trials = append(trials, trial{fault{m.end, kind}, accept, 0, total})
					}
				}
			}
			suffer(t, lines, 1, trials)
		})
	}
}

// suffer lets calls for a number of rows meet faults, and one call meet a fault just after all that
// the response depends on.
func suffer(t *testing.T, lines []*line, rows int, trials []trial) {
	t.Helper()
	var counts [faultKinds]tally
	one := func(l *line, trial trial) {
		o, err := l.suffer(trial.fault, rows, trial.accept)
		got := o.String()
		counts[trial.kind].add(got)
		refused := got == "503" || got == "504" && trial.kind == stalls
		if err != nil || !refused && got != "aborted" {
			t.Errorf("%s after %d bytes of %d, %s: %s, %d bytes; %v, %v", trial.kind, trial.at,
				trial.total, trial.accept, got, o.bytes, err, l.failed.Load())
		}
		if err := l.checkEffect(trial, o); err != nil {
			t.Errorf("%s after %d bytes of %d: %s; %v", trial.kind, trial.at, trial.total, got, err)
		}
	}
	queue := make(chan trial)
	var workers sync.WaitGroup
	for _, l := range lines {
		workers.Go(func() {
			for trial := range queue {
				one(l, trial)
			}
			if err := l.ready(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, trial := range trials {
		queue <- trial
	}
	close(queue)
	workers.Wait()
	if lines[0].way.table.isBatch() {
		report(t, &counts, len(trials))
		return
	}
	after := trials[0]
	after.fault = fault{after.total, closes}
	o, err := lines[0].suffer(after.fault, rows, after.accept)
	if err != nil || o.String() != "complete" {
		t.Errorf("after the last byte: %v %v", o, err)
	}
	if err := lines[0].checkEffect(after, o); err != nil {
		t.Error(err)
	}
	report(t, &counts, len(trials))
}

// report logs what the clients have taken the responses for, which must not be complete ones.
func report(t *testing.T, counts *[faultKinds]tally, trials int) {
	t.Helper()
	for kind := range faultKinds {
		t.Logf("%s: %s", kind, &counts[kind])
		if counts[kind].of["complete"] > 0 {
			t.Errorf("%d taken for complete", counts[kind].of["complete"])
		}
	}
	t.Logf("%d cuts, %d taken for complete", trials,
		counts[closes].of["complete"]+counts[resets].of["complete"]+counts[stalls].of["complete"])
}
