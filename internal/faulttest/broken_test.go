package faulttest

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

var brokenFixture = []string{
	`CREATE FUNCTION broken_endless() RETURNS TABLE (i bigint, filler text) LANGUAGE sql STABLE AS
	$$ SELECT i, repeat('x', 1000) FROM (SELECT generate_series(1, 1000000000000) AS i) s
	WHERE i < 200 OR pg_sleep(0.01) IS NOT NULL $$`,

	`CREATE FUNCTION broken_word(last bool) RETURNS text LANGUAGE plpgsql STABLE AS
	$$ BEGIN IF last THEN RAISE 'the last row is none'; END IF; RETURN repeat('x', 200); END $$`,
	`CREATE FUNCTION broken_raise(n int) RETURNS TABLE (i int, filler text) LANGUAGE sql STABLE AS
	$$ SELECT i, broken_word(i = n) FROM generate_series(1, n) i $$`,

	`CREATE TABLE broken_once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)`,
	`CREATE FUNCTION broken_commit(n int) RETURNS TABLE (i int, filler text) LANGUAGE sql AS
	$$ INSERT INTO broken_once VALUES (pg_backend_pid()), (pg_backend_pid());
	SELECT i, repeat('x', 200) FROM generate_series(1, n) i $$`,
}

// everyFormat calls do concurrently with a request for each media type, each driver and each way of
// a call; or for a fifth of these combinations, in which each of them occurs.
func everyFormat(t *testing.T, uri, proc string,
	do func(name string, server *httptest.Server, request *http.Request),
	fields ...string) (dbs []*sql.DB) {
	t.Helper()
	var all sync.WaitGroup
	n := 0
	for _, driver := range drivers {
		for _, way := range cutWays {
			db := openSure(t, driver, uri)
			db.SetMaxIdleConns(-1) // the server allows 200 connections
			dbs = append(dbs, db)
			m := moresql.New(db, quiet, offered(), moresql.Fields(fields...)).With(way.options...)
			server := serveQuietly(t, m.Handler(proc))
			for _, format := range formats() {
				if n++; n%scale(1, 5) != 0 {
					continue
				}
				request, err := http.NewRequest("GET", server.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Accept", format.MediaType())
				all.Go(func() { do(driver+", "+way.name+", "+format.MediaType(), server, request) })
			}
		}
	}
	all.Wait()
	return dbs
}

// A stream is a response whose body has begun.
type stream struct {
	name string
	body io.ReadCloser
	rest *bufio.Reader
}

// streams starts a response of endless rows in every format, but for those that are refused with
// the status early, which is 0 for none.
func streams(t *testing.T, uri string, early int) (list []stream) {
	t.Helper()
	var mu sync.Mutex
	everyFormat(t, uri, "broken_endless",
		func(name string, server *httptest.Server, request *http.Request) {
			response, err := server.Client().Do(request)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			s := stream{name, response.Body, bufio.NewReader(response.Body)}
			t.Cleanup(func() { s.body.Close() })
			if early != 0 && response.StatusCode == early {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if _, err := s.rest.ReadByte(); err != nil || response.StatusCode != 200 {
				t.Errorf("%s: %d %v", name, response.StatusCode, err)
			}
			list = append(list, s)
		})
	return list
}

// broken reads streams to their ends, none of which may look like the end of a complete response.
func broken(t *testing.T, list []stream) (aborted int) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, s := range list {
		all.Go(func() {
			_, err := io.Copy(io.Discard, s.rest)
			mu.Lock()
			defer mu.Unlock()
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: the response ends with %v", s.name, err)
				return
			}
			aborted++
		})
	}
	all.Wait()
	return aborted
}

// TestEndedBackendAbortsResponse has the server end its connections during responses.
func TestEndedBackendAbortsResponse(t *testing.T) {
	leaktest.Check(t)
	server := pgtest.Start(t)
	onlooker := openSure(t, "postgres", server.URI())
	prepare(t, onlooker, brokenFixture...)
	var folder string
	if err := onlooker.QueryRow("SHOW data_directory").Scan(&folder); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		timeout int // of a statement, in milliseconds; longer where nothing has begun by then
		early   int // the status of what has not begun on a busy machine
		end     func(*testing.T)
	}{
		{"pg_terminate_backend", 0, 0, func(t *testing.T) {
			prepare(t, onlooker,
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'broken'")
		}},
		{"statement_timeout", 3000, 504, func(*testing.T) {}},
		{"a fast shutdown", 0, 0, func(*testing.T) { server.Halt() }},
		{"an immediate shutdown", 0, 0, func(t *testing.T) {
			immediately(t, folder)
			server.Halt()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			aborted, all := 0, 0
			uri, timeout := server.URI()+"&application_name=broken", test.timeout
			for i := 0; i < scale(5, 1) || timeout > 0 && aborted == 0 && i < 5; i++ {
				list := streams(t, fmt.Sprintf("%s&statement_timeout=%d", uri, timeout), test.early)
				test.end(t)
				aborted, all = aborted+broken(t, list), all+len(list)
				if aborted == 0 {
					timeout *= 2
				}
				if onlooker.Ping() != nil {
					if err := server.Resume(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if t.Logf("%d responses, %d aborted", all, aborted); aborted == 0 {
				t.Error("no response had begun")
			}
		})
	}
}

// TestErrorAfterLastRowIsReported has the database refuse a call at its last row, or at COMMIT.
func TestErrorAfterLastRowIsReported(t *testing.T) {
	leaktest.Check(t)
	uri := pgtest.Start(t).URI()
	db := openSure(t, "postgres", uri)
	prepare(t, db, brokenFixture...)
	for _, test := range []struct {
		proc  string
		small string // the status of a response that has not begun
		reads string // the status in a read-only transaction, if it differs
	}{
		{"broken_raise", "400", ""},
		// COMMIT checks the constraint, which a read-only transaction does not get to.
		{"broken_commit", "409", "405"},
	} {
		for rows, begun := range map[int]bool{10: false, 5000: true} {
			var counts tally
			dbs := everyFormat(t, uri, test.proc,
				func(name string, server *httptest.Server, request *http.Request) {
					request.URL.RawQuery = fmt.Sprintf("n=%d", rows)
					o, err := receive(server.Client(), request)
					want := test.small
					if begun {
						want = "aborted"
					}
					if test.reads != "" && strings.Contains(name, "read-only") {
						want = test.reads
					}
					if err != nil || o.String() != want {
						t.Errorf("%s of %d rows, %s: %s, %d bytes, %v; want %s", test.proc, rows, name, o, o.bytes,
							err, want)
					}
					counts.add(o.String())
				}, "n")
			t.Logf("%s of %d rows: %s", test.proc, rows, &counts)
			for _, db := range dbs {
				if err := db.Ping(); err != nil {
					t.Error(err)
				}
				if n := db.Stats().OpenConnections; n != 0 {
					t.Errorf("%d connections are open", n)
				}
			}
		}
	}
	var kept int
	if err := db.QueryRow("SELECT count(*) FROM broken_once").Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d rows are committed, %v", kept, err)
	}
}
