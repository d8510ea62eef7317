package faulttest

import (
	"bufio"
	"bytes"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// surfaceSchema has parameters of every kind that a request can set, and columns of every kind that
// it can filter by.
const surfaceSchema = `
DROP SCHEMA IF EXISTS surface CASCADE; CREATE SCHEMA surface;
CREATE TYPE surface.mood AS ENUM ('sad', 'happy');
CREATE DOMAIN surface.age AS int CHECK (VALUE >= 0);
CREATE TYPE surface.point3 AS (x int, "Y" numeric, z text);
CREATE TABLE surface.cars (id int, "the Name" text, price numeric, tags text[], data jsonb,
doc json, photo bytea, born date, at timestamptz,
	words tsvector, span int4range, mood surface.mood, ok bool);
INSERT INTO surface.cars SELECT i, 'car ' || i, i / 3.0, ARRAY['a', 'b' || i],
jsonb_build_object('a', i, 'b', jsonb_build_array(i, 'x')),
	'{"a": [1, {"b": null}]}', '\x00ff', date '2024-01-01' + i, timestamptz '2024-01-01 00:00Z',
	'fat cat', int4range(i, i + 9), 'sad', i % 2 = 0
	FROM generate_series(1, 30) i;
INSERT INTO surface.cars (id) VALUES (31);
CREATE FUNCTION surface.cars(lowest int DEFAULT 0) RETURNS SETOF surface.cars LANGUAGE sql STABLE
AS 'SELECT * FROM surface.cars WHERE id >= lowest ORDER BY id';
CREATE FUNCTION surface.car(i int) RETURNS SETOF surface.cars LANGUAGE sql STABLE
AS 'SELECT * FROM surface.cars WHERE id = i';
CREATE FUNCTION surface.many(n int) RETURNS TABLE (i int, t text) LANGUAGE sql STABLE
AS $$ SELECT i, repeat('x', 99) FROM generate_series(1, least(n, 5000)) i $$;
CREATE FUNCTION surface.make(name text, doors int, price numeric) RETURNS TABLE (name text,
doors int, price numeric) LANGUAGE sql AS 'SELECT name, doors, price';
CREATE FUNCTION surface.typed(doors int, tenant text, kind text) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT doors || tenant || kind $$;
CREATE FUNCTION surface.sum_all(VARIADIC list int[]) RETURNS bigint LANGUAGE sql STABLE
AS 'SELECT sum(i) FROM unnest(list) i';
CREATE FUNCTION surface.add(a int, b int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a + b';
CREATE FUNCTION surface.add(a int, b int, c int) RETURNS int LANGUAGE sql STABLE
AS 'SELECT a + b + c';
CREATE FUNCTION surface.whole(json) RETURNS json LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION surface.whole_b(jsonb) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION surface.whole_text(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION surface.whole_bytes(bytea) RETURNS int LANGUAGE sql STABLE AS 'SELECT length($1)';
CREATE FUNCTION surface.nothing() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION surface.who() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT current_setting('request.headers', true) || current_setting('request.jwt.claims',
true) $$;
CREATE PROCEDURE surface.divide(a int, b int, OUT quotient int) LANGUAGE plpgsql AS $$
BEGIN quotient := a / b; END $$;
`

// echoed are the types for which a function returns its parameter v, each with a valid value.
var echoed = map[string]struct{ kind, good string }{
	"text": {"text", "x'y"}, "int": {"int", "7"}, "big": {"bigint", "-8"}, "num": {"numeric", "1.50"},
	"flt": {"float8", "1e-3"}, "yes": {"bool", "t"},
	"stamp": {"timestamptz", "2024-01-01 00:00+02"}, "day": {"date", "2024-02-29"},
	"gap": {"interval", "1 day"}, "hour": {"timetz", "04:05+02"},
	"id": {"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}, "doc": {"json", `{"a": 1}`},
	"docb": {"jsonb", "[1, null]"}, "bin": {"bytea", `\x00ff`},
	"ints": {"int[]", "{1,NULL}"}, "texts": {"text[]", `{"a b",c}`},
	"moods": {"surface.mood[]", "{sad}"}, "age": {"surface.age", "7"},
	"point": {"surface.point3", "(1,2,x)"}, "span": {"int4range", "[1,9)"},
	"net": {"inet", "10.0.0.1"}, "path": {"jsonpath", "$.a"}, "query": {"tsquery", "fat & cat"},
	"vector": {"tsvector", "fat cat"}, "cls": {"regclass", "pg_class"}, "ch": {`"char"`, "x"},
	"money": {"money", "$1.00"}, "bits": {"bit(3)", "101"},
	"box": {"box", "(1,1),(0,0)"}, "lsn": {"pg_lsn", "0/0"}, "fixed": {"char(3)", "abc"},
}

const (
	maxPage   = 20   // most rows of a list
	smallSize = 3000 // most bytes of a response of /small
	smallRows = 15   // most rows of one
)

// A surface is every entry point of the library, with both drivers, and a record of the statements
// that these were sent.
type surface struct {
	handlers []http.Handler
	seen     *recorded

	mu       sync.Mutex
	statuses map[int]int
	limited  int // responses refused by Limits.Bytes or Limits.Rows
}

// newSurface creates the schema and its handlers.
func newSurface(tb testing.TB) *surface {
	tb.Helper()
	uri := pgtest.URI(tb)
	first := openRecorded(tb, stdlib.GetDefaultDriver(), uri, new(recorded))
	schema := surfaceSchema
	for name, echo := range echoed {
		schema += fmt.Sprintf("CREATE FUNCTION surface.echo_%s(v %s) RETURNS %[2]s "+
			"LANGUAGE sql STABLE AS 'SELECT v';\n", name, echo.kind)
	}
	if _, err := first.Exec(schema); err != nil {
		tb.Fatal(err)
	}
	s := &surface{seen: newRecorded(), statuses: map[int]int{}}
	for _, d := range []driver.Driver{pq.Driver{}, stdlib.GetDefaultDriver()} {
		db := openRecorded(tb, d, uri, s.seen)
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
		cat, err := catalog.Load(tb.Context(), db, "surface")
		if err != nil {
			tb.Fatal(err)
		}
		s.handlers = append(s.handlers,
			surfaceHandler(moresql.New(db, quiet, offered(), moresql.Limits{Bytes: 32 << 20}), cat))
	}
	s.seen.begin()
	return s
}

// surfaceHandler returns the handlers of the schema.
func surfaceHandler(m *moresql.MoreSQL, cat *catalog.Catalog) http.Handler {
	mux := http.NewServeMux()
	session := rest.Session(func(r *http.Request) (rest.Identity, error) {
		return rest.Identity{
			Claims: map[string]any{"user": r.Header.Get("X-User")},
			Values: map[string]string{"app.tenant": r.Header.Get("X-Tenant")},
		}, nil
	})
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat, rest.MaxPage(maxPage))))
	mux.Handle("/session/",
		http.StripPrefix("/session",
			rest.Routines(m, cat, rest.MaxPage(maxPage), rest.HTTPSettings(), session)))
	mux.Handle("/small/",
		http.StripPrefix("/small",
			rest.Routines(m, cat, moresql.Limits{Bytes: smallSize, Rows: smallRows})))
	mux.Handle("/cars", m.Handler("surface.cars", rest.MaxPage(maxPage)))
	mux.Handle("/cars/{i}",
		m.Handler("surface.car", moresql.Fields("i"), moresql.Shape(row.One), rest.Query(),
			rest.HTTPSettings()))
	mux.Handle("/make",
		m.Handler("surface.make", moresql.Fields("name", "doors"),
			moresql.Bind(binder.Any("price").Optional()), moresql.Shape(row.One)))
	mux.Handle("/typed",
		m.Handler("surface.typed",
			moresql.Bind(binder.Int("doors").Min(0).Max(99), binder.Header("tenant", "X-Tenant"),
				binder.Text("kind").OneOf("a", "b"))))
	return mux
}

// serve sends the bytes of a request to the library, and returns an error if the response is wrong.
func (s *surface) serve(which int, method, target, header string, body []byte) (fault error) {
	raw := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: example.com\r\n%sContent-Length: %d\r\n\r\n",
		method, target, header, len(body))
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(raw, body...))))
	if err != nil || !validHeader(r.Header) {
		s.note(0)
		return nil
	}
	w := httptest.NewRecorder()
	defer func() {
		if p := recover(); p != nil {
			fault = fmt.Errorf("panic: %v", p)
		}
		s.note(w.Code)
	}()
	s.handlers[which%len(s.handlers)].ServeHTTP(w, r)
	small := strings.HasPrefix(target, "/small/")
	response := w.Body.String()
	switch {
	case w.Code >= 500 && small &&
		strings.Contains(response, fmt.Sprintf("exceeds the limit of %d rows", smallRows)) ||
		w.Code >= 500 && small &&
			strings.Contains(response, fmt.Sprintf("exceeds the limit of %d bytes", smallSize)):
		s.mu.Lock()
		s.limited++
		s.mu.Unlock()
	case w.Code >= 500:
		return fmt.Errorf("%d %.2000s", w.Code, response)
	case small && w.Code < 300 && len(response) > smallSize:
		return fmt.Errorf("a response of %d bytes is over the limit", len(response))
	case w.Code < 300 && !small &&
		strings.HasPrefix(w.Header().Get("Content-Type"), "application/x-ndjson") &&
		strings.Count(response, "\n") > maxPage:
		return fmt.Errorf("a response of %d rows is over the limit", strings.Count(response, "\n"))
	// No request contains these words.
	case strings.Contains(response, "SELECT *") || strings.Contains(response, "pg_catalog."):
		return fmt.Errorf("the response discloses a statement: %.500s", response)
	}
	return nil
}

func (s *surface) note(status int) {
	s.mu.Lock()
	s.statuses[status]++
	s.mu.Unlock()
}

// validHeader reports whether the server of net/http accepts the values, which it checks more
// strictly than ReadRequest.
func validHeader(h http.Header) bool {
	for _, values := range h {
		for _, v := range values {
			for i := range len(v) {
				if v[i] < ' ' && v[i] != '\t' || v[i] == 0x7f {
					return false
				}
			}
		}
	}
	return true
}

// TestSurfaceSurvivesRandomRequests sends random requests, whose parts are in the grammar of the
// library, in that of SQL, or rubbish.
func TestSurfaceSurvivesRandomRequests(t *testing.T) {
	s := newSurface(t)
	const workers, seed = 4, 20241124
	each := scale(1_000_000, 16_000) / workers
	var faults atomic.Int64
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			g := generator{rand.New(rand.NewPCG(seed, uint64(worker)))}
			for i := 0; i < each && faults.Load() < 20; i++ {
				method, target, header, body := g.request()
				if err := s.serve(i, method, target, header, body); err != nil {
					faults.Add(1)
					t.Errorf("%d: %v\n%s %.2000s\n%.500s\n%.500q", i, err, method, target, header, body)
				}
			}
		})
	}
	all.Wait()
	s.check(t, workers*each)
}

// check checks the record of all requests together.
func (s *surface) check(t *testing.T, requests int) {
	t.Helper()
	for _, wrong := range s.seen.wrong() {
		t.Error(wrong)
	}
	classes := map[int]int{}
	for status, n := range s.statuses {
		classes[status/100] += n
	}
	statements, texts := s.seen.counts()
	t.Logf("%d requests: %d succeeded, %d were refused by the library, %d for a limit, %d by "+
		"net/http; %d redirections; %d statements of %d forms, none with a text of a request",
		requests, classes[2], classes[4], s.limited, classes[0], classes[3], statements, texts)
	t.Logf("by status: %v", s.statuses)
	if classes[2] < requests/20 || classes[4] < requests/20 || s.limited == 0 ||
		statements < requests/10 {
		t.Error("too few requests reach the database")
	}
}

// FuzzSurface fuzzes the library with requests, from random seeds and those of testdata/fuzz.
func FuzzSurface(f *testing.F) {
	s := newSurface(f)
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for range 20 {
		method, target, header, body := g.request()
		f.Add(method, target, header, body)
	}
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte) {
		for which := range s.handlers {
			if err := s.serve(which, method, target, header, body); err != nil {
				t.Error(which, err)
			}
		}
		for _, wrong := range s.seen.wrong() {
			t.Error(wrong)
		}
	})
}
