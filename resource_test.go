package moresql_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

// planning returns a Resource whose plan is p.
func planning(p *moresql.Plan) resourceFunc {
	plan := func(context.Context, *moresql.Call, string) (*moresql.Plan, error) { return p, nil }
	return calling(&moresql.Call{Name: "own", Plan: plan})
}

// calling returns a Resource whose Bind returns c.
func calling(c *moresql.Call) resourceFunc {
	bind := func(*http.Request) (*moresql.Call, error) { return c, nil }
	return operating(&moresql.Operation{Name: "own", Bind: bind})
}

// operating returns a Resource whose Match returns o.
func operating(o *moresql.Operation) resourceFunc {
	return func(*http.Request) (*moresql.Operation, error) { return o, nil }
}

// A mistake of a Resource is an error like others: it is logged, hooks see it, the client gets 500,
// and there is no effect in the database.
func TestMistakesOfAResourceAreErrors(t *testing.T) {
	replying := func(status int) resourceFunc {
		return planning(&moresql.Plan{
			Statement: moresql.Statement{Query: "call"},
			Reply: func(int, []row.Value, []row.Value, int64) (int, http.Header, error) {
				return status, nil, nil
			},
		})
	}
	const called = "query call, rollback"
	for _, test := range []struct {
		reason   string
		resource resourceFunc
		sent     string
	}{
		{reason: "no Operation", resource: operating(nil)},
		{reason: "no Bind", resource: operating(&moresql.Operation{})},
		{reason: "no Call", resource: calling(nil)},
		{reason: "no function Plan", resource: calling(&moresql.Call{})},
		{reason: "no Plan", resource: planning(nil)},
		{reason: "the status 0", resource: replying(0), sent: called},
		{reason: "an interim status", resource: replying(103), sent: called},
		{reason: "no status", resource: replying(1000), sent: called},
		{reason: "fewer metadata columns than none", sent: called, resource: planning(&moresql.Plan{
			Statement: moresql.Statement{Query: "call"}, Meta: -1,
		})},
	} {
		t.Run(test.reason, func(t *testing.T) {
			fake := &fakedb.DB{Can: fakedb.Modern}
			var log bytes.Buffer
			seen := 0
			authenticate := func(*http.Request) (moresql.Settings, error) {
				return moresql.Settings{}, nil
			}
			h := moresql.New(fake.Open(t), logTo(&log), moresql.Session(authenticate), moresql.Hooks{
				After: func(_ *http.Request, _ *moresql.Call, err error) {
					if err != nil {
						seen++
					}
				},
			}).Serve(test.resource)
			w := serve(h, get("/"))
			if w.Code != 500 || seen != 1 || !strings.Contains(log.String(), "the call failed") {
				t.Errorf("%d %s, After has seen %d errors, log %s", w.Code, w.Body, seen, &log)
			}
			sent := fake.Log()
			if !strings.HasSuffix(sent, test.sent) || (sent == "") != (test.sent == "") {
				t.Errorf("the database has received %q, want %q", sent, test.sent)
			}
		})
	}
}

// What sets settings where the database has none gets an error, whoever sets them.
func TestSettingsOfADatabaseWithoutThem(t *testing.T) {
	for _, d := range []moresql.Dialect{moresql.MySQL, moresql.SQLServer} {
		h := moresql.New(nil, quiet, moresql.CallBy(moresql.Procedure{Dialect: d}), moresql.Hooks{
			Before: func(_ *http.Request, c *moresql.Call) error {
				c.Settings = append(c.Settings, [2]string{"app.x", "1"})
				return nil
			},
			Error: func(e *moresql.Error) { e.Public, e.Message = true, e.Err.Error() },
		}).Handler("f")
		want := d.String() + " has no settings of a transaction"
		if w := serve(h, get("/")); w.Code != 500 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", d, w.Code, w.Body)
		}
	}
}

// What the plans of several calls say of their responses counts as it does for one: each trailer is
// run after the rows of its call, whose Reply gets it, and a status of 400 and above undoes all.
func TestCallsThatRunTogetherReply(t *testing.T) {
	for _, test := range []struct {
		reason  string
		trails  bool // the plan of the second call has a trailer
		rows    int  // of the second call, negative for no result
		returns int  // by Reply, 0 for none
		err     error
		passed  string // to Reply
		ends    string // what the database is sent after the second call
		status  int
	}{
		{reason: "neither", rows: 2, ends: "commit", status: 200},
		{reason: "a trailer", trails: true, ends: "query trailer, commit", status: 200},
		{reason: "a reply", rows: 2, returns: 201, passed: "200 [] [] 2", ends: "commit", status: 200},
		{reason: "both", trails: true, returns: 302, passed: "200 [] [1] 0",
			ends: "query trailer, commit", status: 200},
		{reason: "no result", trails: true, rows: -1, returns: 201, passed: "204 [] [1] 0",
			ends: "query trailer, commit", status: 200},
		{reason: "a refusal", trails: true, rows: 1, returns: 409, passed: "200 [] [1] 1",
			ends: "query trailer, rollback", status: 409},
		{reason: "a refusal without a trailer", returns: 404, passed: "200 [] [] 0",
			ends: "rollback", status: 404},
		{reason: "an error", trails: true, returns: 200, err: &moresql.Error{Status: 418},
			passed: "200 [] [1] 0", ends: "query trailer, rollback", status: 418},
		{reason: "no status", returns: 600, passed: "200 [] [] 0", ends: "rollback", status: 500},
	} {
		t.Run(test.reason, func(t *testing.T) {
			fake := &fakedb.DB{Can: fakedb.Modern, Results: map[string]fakedb.Result{
				"second": {Rows: test.rows}, "trailer": {Rows: 1},
			}}
			if test.rows < 0 {
				fake.Results["second"] = fakedb.Result{Sets: fakedb.Nothing}
			}
			planned := func(query string) *moresql.Plan {
				return &moresql.Plan{Statement: moresql.Statement{Query: query}}
			}
			second, passed := planned("second"), ""
			if test.trails {
				second.Trailer = &moresql.Statement{Query: "trailer"}
			}
			if test.returns != 0 {
				second.Reply = func(
					status int, meta, trailer []row.Value, rows int64,
				) (int, http.Header, error) {
					passed = fmt.Sprint(status, meta, trailer, rows)
					return test.returns, nil, test.err
				}
			}
			call := func(name string, p *moresql.Plan) *moresql.Call {
				plan := func(context.Context, *moresql.Call, string) (*moresql.Plan, error) { return p, nil }
				return &moresql.Call{Name: name, Plan: plan, Atomic: true}
			}
			both := call("both", planned("begins"))
			calls := func(yield func(*moresql.Call, error) bool) {
				_ = yield(call("first", planned("first")), nil) && yield(call("second", second), nil)
			}
			encode := func(w io.Writer, _ *row.Rows) error {
				return both.RunAll(calls, func(_ *moresql.Call, rows *row.Rows) error {
					return encoder.JSON().Encode(w, rows)
				})
			}
			var failed moresql.Error
			h := moresql.New(fake.Open(t), quiet, moresql.Encoders(encoder.Func("text/plain", encode)),
				moresql.Hooks{Error: func(e *moresql.Error) { failed = *e }}).Serve(calling(both))
			w := serve(h, get("/"))
			if w.Code != test.status || passed != test.passed {
				t.Errorf("%d %s, Reply is passed %q", w.Code, w.Body, passed)
			}
			if w.Code != 200 && (failed.Place != 2 || failed.Proc != "second") {
				t.Errorf("the error is of call %d, %s", failed.Place, failed.Proc)
			}
			want := "begin read only false, query begins, query first, query second, " + test.ends
			if sent := fake.Log(); sent != want {
				t.Errorf("the database has received %q, want %q", sent, want)
			}
		})
	}
}
