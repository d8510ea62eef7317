package duckdbtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
)

// TestCancelledCallEnds has the client of a query without end leave once it runs. The connection
// then serves the next one.
func TestCancelledCallEnds(t *testing.T) {
	leaktest.Check(t)
	db := open(t, "CREATE MACRO one() AS TABLE SELECT 1 AS n",
		"CREATE MACRO endless() AS TABLE SELECT count(*) AS n FROM range(1000000000000) AS a(i), "+
			"range(1000000000000) AS b(j) WHERE hash(i, j) = 0")
	db.SetMaxOpenConns(1)
	m := library(db)
	ctx, cancel := context.WithCancel(t.Context())
	begun := moresql.Hooks{Before: func(*http.Request, *moresql.Call) error {
		cancel() // as the statement is about to be sent
		return nil
	}}
	h := m.Handler("endless", begun)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	if w.Code == http.StatusOK {
		t.Errorf("a call that was cancelled: %d %s", w.Code, w.Body)
	}
	ctx, cancel = context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		var last error
		for _, err := range m.Rows(ctx, "endless") {
			last = err
		}
		done <- last
	}()
	for db.Stats().InUse == 0 {
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	code, body := get(m.Handler("one"), "/")
	want(t, "the next call", code, body, 200, `[{"n":1}]`)
}

// TestConcurrentCallsHaveTheirOwnValues calls a macro whose columns depend on the argument.
func TestConcurrentCallsHaveTheirOwnValues(t *testing.T) {
	db := open(t, "CREATE MACRO echo(v) AS TABLE SELECT v AS v, [v] AS list")
	h := library(db).Handler("echo", moresql.Fields("v"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				value := fmt.Sprint(i*1000 + n)
				if n%2 == 0 {
					value = `"` + value + `"`
				}
				code, body := post(h, "/", `{"v": `+value+`}`)
				want(t, value, code, body, 200, `[{"v":`+value+`,"list":[`+value+`]}]`)
			}
		})
	}
	all.Wait()
}
