package faulttest

import (
	"database/sql"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// cutTables has a table of rows like those of cutFunction, whose first column is the line that
// changes them. Line 0 is only read.
var cutTables = []string{
	"CREATE SCHEMA cut",
	`CREATE TABLE cut.rows (line int, i int, at timestamptz DEFAULT '2024-02-29 12:00:00Z',
		share numeric DEFAULT 1 / 7.0, tags text[] DEFAULT ARRAY['a', NULL, 'b'],
		data jsonb DEFAULT '{"i": 1}', filler text DEFAULT repeat('x', 900), done bool DEFAULT false,
		PRIMARY KEY (line, i))`,
	`CREATE FUNCTION cut.add(line int, i int) RETURNS SETOF cut.rows LANGUAGE sql
		AS 'INSERT INTO cut.rows VALUES (line, i) RETURNING *'`,
	fmt.Sprintf("INSERT INTO cut.rows SELECT 0, i FROM generate_series(1, %d) i", cutRows),
}

// A tableWay is a request for a table, or for many calls of a function that changes one, in which
// {line} and {rows} stand for numbers.
type tableWay struct {
	method, target string
	body           string // of each row, whose number is {i}
	there          bool   // the rows are there before
	effect         string // a query for the number of rows of line $1 that have been changed
}

const (
	countAll  = "SELECT count(*) FROM cut.rows WHERE line = $1"
	countDone = countAll + " AND done"
)

// tableWays are the ways of requests for tables. Those that change rows return them, and run in a
// transaction.
var tableWays = []cutWay{
	{name: "GET", last: "SELECT 120", table: &tableWay{
		method: "GET", target: "/rows?line=eq.0&i=lte.{rows}"}},
	{name: "POST", last: "COMMIT", table: &tableWay{
		method: "POST", target: "/rows", body: `{"line": {line}, "i": {i}}`, effect: countAll}},
	{name: "batch", last: "COMMIT", table: &tableWay{
		method: "POST", target: batchTarget, body: `{"call": "add", "args": {"line": {line}, "i": {i}}}`,
		effect: countAll}},
	{name: "PATCH", last: "COMMIT", table: &tableWay{
		method: "PATCH", target: "/rows?line=eq.{line}&i=lte.{rows}", body: `{"done": true}`,
		there: true, effect: countDone}},
	{name: "DELETE", last: "COMMIT", table: &tableWay{
		method: "DELETE", target: "/rows?line=eq.{line}&i=lte.{rows}", there: true,
		effect: strings.Replace(countAll, "count", strconv.Itoa(cutRows)+" - count", 1)}},
	{name: "PUT", last: "COMMIT", table: &tableWay{
		method: "PUT", target: "/rows?line=eq.{line}&i=eq.1",
		body: `{"line": {line}, "i": 1, "done": true}`, there: true, effect: countDone}},
}

// batchTarget is where many calls are sent.
const batchTarget = "/rpc/"

// isBatch reports whether the request is for many calls, which are sent in as many parts as they
// happen to arrive in: the end of each is endOfPart bytes.
func (w *tableWay) isBatch() bool { return w != nil && w.target == batchTarget }

const endOfPart = 6

// formats returns the formats that the response may have.
func (w *tableWay) formats() []encoder.Encoder {
	if w.isBatch() {
		return []encoder.Encoder{encoder.JSON(), encoder.NDJSON()}
	}
	return formats()
}

// serve mounts the tables, and the function.
func (w *tableWay) serve(t *testing.T, mux *http.ServeMux, m *moresql.MoreSQL, admin *sql.DB) {
	t.Helper()
	cat, err := catalog.Load(t.Context(), admin, "cut")
	if err != nil {
		t.Fatal(err)
	}
	mount := func(prefix string, options ...moresql.Option) {
		mux.Handle(prefix+"/", http.StripPrefix(prefix, rest.Tables(m, cat, options...)))
		mux.Handle(prefix+batchTarget,
			http.StripPrefix(prefix+"/rpc", rest.Routines(m, cat, options...)))
	}
	mount("/patient")
	for i, deadline := range deadlines {
		mount("/"+hasty(i), moresql.Limits{Timeout: deadline})
	}
}

// request requests a number of rows for a line.
func (w *tableWay) request(url string, line, rows int) (*http.Request, error) {
	fill := strings.NewReplacer("{line}", strconv.Itoa(line), "{rows}", strconv.Itoa(rows)).Replace
	body := fill(w.body)
	if w.method == "POST" {
		list := make([]string, rows)
		for i := range list {
			list[i] = strings.ReplaceAll(body, "{i}", strconv.Itoa(i+1))
		}
		body = "[" + strings.Join(list, ",") + "]"
	}
	r, err := http.NewRequest(w.method, url+fill(w.target), strings.NewReader(body))
	if err == nil && w.effect != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Prefer", "return=representation")
	}
	return r, err
}

// reset has the rows of the line as they are before a request.
func (l *line) reset() error {
	w := l.way.table
	if w == nil || w.effect == "" {
		return nil
	}
	_, err := l.admin.Exec("DELETE FROM cut.rows WHERE line = $1", l.number)
	if err == nil && w.there {
		_, err = l.admin.Exec("INSERT INTO cut.rows SELECT $1, i FROM generate_series(1, $2::int) i",
			l.number, cutRows)
	}
	return err
}

// effect returns how many rows the line's request has changed, after all its connections are gone,
// one of which may still be committing.
func (l *line) effect() (n int, err error) {
	const busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
	_, ok := eventually(10*time.Second, func() bool {
		err = l.admin.QueryRow(busy, l.name()).Scan(&n)
		return err != nil || n == 0
	})
	if err != nil || !ok {
		return 0, fmt.Errorf("%d connections are left, %w", n, err)
	}
	return n, l.admin.QueryRow(l.way.table.effect, l.number).Scan(&n)
}

// checkEffect checks what a request that has met a fault has changed: everything or nothing, and
// nothing if the client has no complete response and COMMIT had not been sent.
func (l *line) checkEffect(f trial, o outcome) error {
	if l.way.table == nil || l.way.table.effect == "" {
		return nil
	}
	n, err := l.effect()
	all := cutRows
	if l.way.name == "PUT" {
		all = 1
	}
	switch {
	case err != nil:
		return err
	case o.String() == "complete" && n != all, n != 0 && n != all:
		return fmt.Errorf("%d rows of %d are changed", n, all)
	case n != 0 && f.at < f.uncommitted-spare:
		return fmt.Errorf("%d rows are changed after %d bytes, and COMMIT follows %d", n, f.at,
			f.uncommitted)
	}
	return nil
}

// spare is how many bytes a result may have less than another: an xid has a digit more, and a batch
// is of fewer parts.
const spare = 8 + 8*endOfPart
