package pgx_test

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/moresql/moresql"
	morepgx "github.com/moresql/moresql/drivers/pgx"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// clients is how many clients call at once, and how many connections there are.
const clients = 16

var benchSchema = []string{
	`DROP SCHEMA IF EXISTS bench CASCADE`, `CREATE SCHEMA bench`,
	`DO $$ BEGIN CREATE ROLE bench_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`GRANT USAGE ON SCHEMA bench TO bench_user`,
	`CREATE TABLE bench.item AS SELECT g AS id, 'name ' || g AS name
		FROM generate_series(1, 100000) g`,
	`CREATE UNIQUE INDEX ON bench.item (id)`, `GRANT SELECT ON bench.item TO bench_user`,
	`CREATE FUNCTION bench.one(a int) RETURNS TABLE (id int, name text) LANGUAGE sql STABLE
		AS 'SELECT id, name FROM bench.item WHERE id = $1'`, `ANALYZE bench.item`,
}

// BenchmarkCall reports how many requests by 16 clients over the loopback interface are answered in
// a second, each way as its ratio to another one. The ways take turns.
func BenchmarkCall(b *testing.B) {
	connector, err := morepgx.NewConnector(pgtest.URI(b))
	if err != nil {
		b.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	db.SetMaxOpenConns(clients)
	db.SetMaxIdleConns(clients)
	for _, s := range benchSchema {
		if _, err := db.Exec(s); err != nil {
			b.Fatal(err)
		}
	}
	m := moresql.New(db)
	id := rest.Identity{Role: "bench_user", Claims: map[string]string{"sub": "ann"}}
	session := rest.Session(func(*http.Request) (rest.Identity, error) { return id, nil })
	field := moresql.Fields("a")
	ways := []*benchWay{
		{name: "bare", h: m.Handler("bench.one", field)},
		{name: "hand-written", h: byHand(b)},
		{name: "ReadOnly", h: m.Handler("bench.one", field, moresql.ReadOnly())},
		{name: "Session-GET", h: m.Handler("bench.one", field, session, moresql.ReadOnly())},
		{name: "Session-POST", h: m.Handler("bench.one", field, session)},
	}
	for _, way := range ways {
		way.start(b)
		way.run(b, 50*time.Millisecond)
		way.n, way.took = 0, 0
	}
	for b.Loop() {
		for _, way := range ways {
			way.run(b, 200*time.Millisecond)
		}
	}
	bare := ways[0].rate()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bare, "bare/s")
	b.ReportMetric(bare/ways[1].rate(), "bare/hand-written")
	for _, way := range ways[2:] {
		b.ReportMetric(way.rate()/bare, way.name+"/bare")
	}
}

type benchWay struct {
	name  string
	h     http.Handler
	conns []net.Conn
	mu    sync.Mutex
	n     int
	took  time.Duration
}

func (w *benchWay) rate() float64 { return float64(w.n) / w.took.Seconds() }

func (w *benchWay) start(b *testing.B) {
	s := httptest.NewServer(w.h)
	for range clients {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		w.conns = append(w.conns, c)
	}
	b.Cleanup(func() {
		for _, c := range w.conns {
			c.Close()
		}
		s.Close()
	})
}

// run has all clients call for a while.
func (w *benchWay) run(b *testing.B, d time.Duration) {
	var wg sync.WaitGroup
	begin := time.Now()
	for _, c := range w.conns {
		wg.Go(func() {
			r, n := bufio.NewReader(c), 0
			for ; time.Since(begin) < d; n++ {
				io.WriteString(c, "GET /?a=77 HTTP/1.1\r\nHost: bench\r\n\r\n")
				response, err := http.ReadResponse(r, nil)
				if err != nil {
					b.Error(err)
					return
				}
				body, err := io.ReadAll(response.Body)
				if err != nil || string(body) != `[{"id":77,"name":"name 77"}]`+"\n" &&
					string(body) != `[{"id":77,"name":"name 77"}]` {
					b.Errorf("%s: %d %s %v", w.name, response.StatusCode, body, err)
					return
				}
			}
			w.mu.Lock()
			w.n += n
			w.mu.Unlock()
		})
	}
	wg.Wait()
	w.took += time.Since(begin)
}

// byHand is what a program without moresql has.
func byHand(b *testing.B) http.Handler {
	pool, err := pgxpool.New(b.Context(), fmt.Sprintf("%s&pool_max_conns=%d", pgtest.URI(b), clients))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	type item struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows, err := pool.Query(r.Context(), "SELECT * FROM bench.one($1)", r.FormValue("a"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer rows.Close()
		var items []item
		for rows.Next() {
			var i item
			if err := rows.Scan(&i.ID, &i.Name); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			items = append(items, i)
		}
		if err := rows.Err(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(items)
	})
}
