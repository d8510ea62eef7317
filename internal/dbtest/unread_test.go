package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestConnectionsOutliveBodiesThatAreNotRead sends bodies that nobody reads to the end, in requests
// whose body may be read while the response is written: of a DELETE that is rolled back, and of a
// batch whose first call fails. The next request has the same connection, and the server none that
// it lost: net/http panics where such a body is left to it.
func TestConnectionsOutliveBodiesThatAreNotRead(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, `DROP SCHEMA IF EXISTS unread CASCADE`, `CREATE SCHEMA unread`,
		`CREATE TABLE unread.rows (a int)`)
	rest100K := strings.Repeat(`,{"call":"none"}`, 100<<10/16)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "unread")
		m := moresql.New(db, quiet, rest.EndTx(rest.CommitAllowOverride))
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat, rest.MaxCalls(1<<20))))
		mux.Handle("/", rest.Tables(m, cat))
		var lost bytes.Buffer
		server := httptest.NewUnstartedServer(mux)
		server.Config.ErrorLog = log.New(&lost, "", 0)
		server.Start()
		for _, test := range []struct {
			reason, method, target, body string
			status                       int
			kept                         bool
		}{
			{"a body that means nothing", "DELETE", "/rows?a=eq.1", strings.Repeat("x", 1000), 204, true},
			{"what follows an error", "POST", "/rpc/", `[{"call":"none"}` + rest100K + "]", 404, true},
			{"more than is worth reading", "POST", "/rpc/",
				`[{"call":"none"}` + strings.Repeat(rest100K, 4) + "]", 404, false},
		} {
			reused := false
			trace := &httptrace.ClientTrace{
				GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused },
			}
			for i := range 2 {
				r, err := http.NewRequest(test.method, server.URL+test.target, strings.NewReader(test.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Prefer", "tx=rollback")
				response, err := server.Client().Do(
					r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
				if err != nil {
					t.Fatalf("%s: %v", test.reason, err)
				}
				body, _ := io.ReadAll(response.Body)
				response.Body.Close()
				if response.StatusCode != test.status {
					t.Errorf("%s: %s %s", test.reason, response.Status, body)
				}
				if i == 1 && reused != test.kept {
					t.Errorf("%s: the connection was used again: %v", test.reason, reused)
				}
			}
		}
		// A client that sends one call after the other may wait for the response to the first.
		body, calls := io.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		r, err := http.NewRequestWithContext(ctx, "POST", server.URL+"/rpc/", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-ndjson")
		go io.WriteString(calls, `{"call":"none"}`+"\n")
		if response, err := server.Client().Do(r); err != nil || response.StatusCode != 404 {
			t.Errorf("a client that waits: %v, %v", response, err)
		}
		calls.Close()
		cancel()
		server.Close()
		if lost.Len() > 0 {
			t.Errorf("the server has lost connections:\n%.300s", lost.String())
		}
	})
}
