package moresql_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
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
