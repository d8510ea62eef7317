package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moresql/moresql/internal/pgtest"
)

// Each complete response is that of its request, while others on the same connections leave.
func TestCommandGivesEachRequestItsOwnRow(t *testing.T) {
	setup := func(t *testing.T) string {
		uri := newPostgreSQL(t)
		mustExec(t, connect(t, uri), `CREATE SCHEMA api;
			CREATE FUNCTION api.numbered(id int, rows int) RETURNS TABLE (id int, key text)
				LANGUAGE sql STABLE AS $$ SELECT $1, md5($1::text) FROM generate_series(1, $2) $$;
			CREATE TABLE api.numbers (id int)`)
		return uri
	}
	t.Run("PostgreSQL", func(t *testing.T) { testOwnRows(t, setup(t)) })
	t.Run("PgBouncer", func(t *testing.T) { // with the parameter of docs/pgbouncer.md
		uri := pgtest.StartPgBouncer(t, "../../docs/pgbouncer.md", setup(t))
		testOwnRows(t, withQuery(t, uri, "binary_parameters", "yes"))
	})
}

func testOwnRows(t *testing.T, uri string) {
	const clients, calls = 32, 300
	c := start(t, uri, "-schema", "api", "-tables", "-channel", "", "-connections", "8")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	var next, left, complete atomic.Int64
	for seed := range uint64(clients) {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, 7))
			for id := next.Add(1); id <= calls; id = next.Add(1) {
				rows := 1
				if random.IntN(10) == 0 {
					rows = 600 // more than the first block
				}
				ctx, cancel := context.WithCancel(t.Context())
				leaves := random.IntN(3) == 0
				if leaves {
					time.AfterFunc(time.Duration(random.IntN(20_000))*time.Microsecond, cancel)
				}
				method := []string{"GET", "POST", "POST rows", "PATCH rows"}[random.IntN(4)]
				got, err := numbered(ctx, client, c.url(), method, id, rows)
				cancel()
				switch {
				case leaves && errors.Is(err, context.Canceled):
					left.Add(1)
				case err != nil || got != rows:
					t.Errorf("%s of %d, %d rows: %d rows, %v", method, id, rows, got, err)
				default:
					complete.Add(1)
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d clients have left, %d responses are complete", left.Load(), complete.Load())
	if left.Load() < calls/20 || complete.Load() < calls/2 {
		t.Errorf("of %d calls %d have left and %d are complete", calls, left.Load(), complete.Load())
	}
	c.stop()
}

// numbered calls the function of that name, or writes rows and may then update them, and returns
// how many rows are of the id.
func numbered(
	ctx context.Context, client *http.Client, url, method string, id int64, rows int,
) (n int, err error) {
	arguments := fmt.Sprintf("id=%d&rows=%d", id, rows)
	target, body := url+"/rpc/numbered?"+arguments, ""
	mediaType, row := formType, fmt.Sprintf(`{"id": %d}`, id)
	switch method {
	case "POST":
		target, body = url+"/rpc/numbered", arguments
	case "POST rows":
		target, body, mediaType = url+"/numbers", "["+strings.Repeat(row+",", rows-1)+row+"]", jsonType
	case "PATCH rows":
		if n, err := numbered(ctx, client, url, "POST rows", id, rows); err != nil || n != rows {
			return n, err
		}
		target, body, mediaType = fmt.Sprintf("%s/numbers?id=eq.%d", url, id), row, jsonType
	}
	method, _, _ = strings.Cut(method, " ")
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if body != "" {
		r.Header.Set("Content-Type", mediaType)
		r.Header.Set("Prefer", "return=representation")
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var list []struct{ ID int64 }
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return 0, fmt.Errorf("%d: %w", response.StatusCode, err)
	}
	for _, row := range list {
		if row.ID == id {
			n++
		}
	}
	return n, nil
}

// The database is restarted under load. No call runs twice or is reported as one that has not run
// although it has, every failure is a 503 or a cut response, and the service comes back by itself.
func TestCommandSurvivesRestarts(t *testing.T) {
	const clients = 4
	server := pgtest.Start(t)
	db := connect(t, server.URI())
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.effects (id int);
		CREATE FUNCTION api.add(id int, n int) RETURNS TABLE (i int, filler text) LANGUAGE sql AS
			$$ INSERT INTO api.effects VALUES (id);
				SELECT i, repeat('x', 100) FROM generate_series(1, n) i $$`)
	c := start(t, server.URI()+"&synchronous_commit=on", "-schema", "api", "-tables",
		"-connections", "4")
	type outcome struct{ complete, refused, retry, cut bool }
	outcomes := make([]map[int]outcome, clients)
	var all sync.WaitGroup
	var good atomic.Int64 // calls that have succeeded since the last failure
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for i := range clients {
		outcomes[i] = map[int]outcome{}
		all.Go(func() {
			for id := i; ctx.Err() == nil; id += clients {
				rows := 1
				if id%10 < clients {
					rows = 3000 // several blocks
				}
				path, body := "/rpc/add", fmt.Sprintf(`{"id":%d,"n":%d}`, id, rows)
				if id%3 == 0 {
					path, body = "/effects", fmt.Sprintf(`{"id":%d}`, id)
				}
				status, header, err := c.call(path, body)
				o := outcome{complete: status/100 == 2 && err == nil, refused: status == 503 && err == nil,
					retry: header.Get("Retry-After") != "", cut: err != nil}
				outcomes[i][id] = o
				if o.complete {
					good.Add(1)
					continue
				}
				good.Store(0)
				if !o.refused && !o.cut {
					t.Errorf("call %d: %d %v", id, status, err)
				}
			}
		})
	}
	back := func() {
		t.Helper()
		eventually(t, "the service is back", func() bool { return good.Load() > 50 })
	}
	for range 2 {
		back()
		server.Halt()
		if err := server.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	back()
	stop()
	all.Wait()
	rows, err := db.Query("SELECT id, count(*) FROM api.effects GROUP BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	effects := map[int]int{}
	for rows.Next() {
		var id, n int
		if err := rows.Scan(&id, &n); err != nil {
			t.Fatal(err)
		}
		effects[id] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, list := range outcomes {
		for id, o := range list {
			if n := effects[id]; n > 1 || o.complete && n != 1 || o.retry && n != 0 {
				t.Errorf("call %d has run %d times: %+v", id, n, o)
			}
			if !o.complete {
				failed++
			}
		}
	}
	t.Logf("%d effects, %d calls have failed", len(effects), failed)
	if failed == 0 {
		t.Error("the restarts were not noticed")
	}
	c.becomes("/ready", 200, "It works.")
	c.stop()
}

// call posts JSON and reads the whole response, whose end may be cut off.
func (c *command) call(path, body string) (status int, header http.Header, err error) {
	r := c.newRequest("POST", path, body)
	r.Header.Set("Content-Type", jsonType)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Header, err
}
