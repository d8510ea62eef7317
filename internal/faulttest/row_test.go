package faulttest

import (
	"context"
	"crypto/md5"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/moresql/moresql"
)

// numbered returns rows whose values all show the number of the request, of types that drivers
// return in different ways.
const numbered = `CREATE OR REPLACE FUNCTION numbered(id int, rows int)
	RETURNS TABLE (id int, part int, key uuid, price numeric, name text)
	LANGUAGE sql STABLE AS $$ SELECT $1, i, md5($1::text || '-' || i)::uuid, $1 + 0.25, 'name ' || $1
	FROM generate_series(1, $2) i $$`

// wanted returns the values of one of those rows as text.
func wanted(id, part int) []string {
	sum := md5.Sum(fmt.Appendf(nil, "%d-%d", id, part))
	key := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:])
	return []string{fmt.Sprint(id), fmt.Sprint(part), key, fmt.Sprintf("%d.25", id),
		fmt.Sprint("name ", id)}
}

// TestRightRowReachesEachRequest checks that each complete response has the rows of its own
// request, while other clients leave during theirs. Flask-MoreSQL gave 241 of 3,200 calls in 8
// threads the row of another call.
func TestRightRowReachesEachRequest(t *testing.T) {
	for _, test := range []struct {
		name string
		open func(uri string) (*sql.DB, error)
	}{
		{"postgres", through("postgres")},
		{"pgx", through("pgx")},
		{"drivers/pq", through("drivers/pq")},
		{"drivers/pgx", through("drivers/pgx")},
		{"overwriting", func(uri string) (*sql.DB, error) {
			connector, err := pq.NewConnector(uri)
			return sql.OpenDB(lender{connector}), err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, test.open, 8, append(numberedTables, numbered)...)
			m := moresql.New(s.db, quiet)
			mux := http.NewServeMux()
			for i, e := range formats() {
				for _, mode := range modes() {
					options := append(mode.options, moresql.Fields("id", "rows"), moresql.Encoders(e))
					mux.Handle(fmt.Sprintf("/%d/%s", i, mode.name), m.Handler("numbered", options...))
				}
			}
			serveNumbered(t, mux, m, s.onlooker)
			c := &callers{t: t, url: serveQuietly(t, mux).URL, client: s.client(64)}
			c.typical.Store(int64(5 * time.Millisecond))
			all := scale(200_000, 3500) / 5
			c.run(all)
			s.settles(20 * time.Second)
			t.Logf("%d calls of 64 clients over 8 connections: %d complete responses, %d of them wrong; "+
				"%d left; %d failed",
				all, c.complete.Load(), c.wrong.Load(), c.left.Load(), c.failed.Load())
			if n := c.left.Load(); n < int64(all)/20 || c.complete.Load() < int64(all)/2 {
				t.Errorf("only %d of %d have left and %d had a response", n, all, c.complete.Load())
			}
		})
	}
}

// callers are clients that request rows, a third of which leave early.
type callers struct {
	t                                   *testing.T
	url                                 string
	client                              *http.Client
	next, complete, wrong, left, failed atomic.Int64
	typical                             atomic.Int64 // the time that a response takes
}

func (c *callers) run(all int) {
	var group sync.WaitGroup
	for seed := range uint64(64) {
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, 7))
			for id := c.next.Add(1); id <= int64(all); id = c.next.Add(1) {
				c.call(random, int(id))
			}
		})
	}
	group.Wait()
}

func (c *callers) call(random *rand.Rand, id int) {
	format, mode := random.IntN(len(formats())), modes()[random.IntN(len(modes()))]
	rows := 1
	if random.IntN(20) == 0 {
		rows = 600 // more than the first block
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	leaves := random.IntN(3) == 0
	if leaves {
		defer time.AfterFunc(time.Duration(random.Int64N(c.typical.Load())), cancel).Stop()
	}
	begin := time.Now()
	url := fmt.Sprintf("%s/%d/%s?id=%d&rows=%d", c.url, format, mode.name, id, rows)
	send := func() (int, []byte, error) { return c.send(ctx, http.MethodGet, url, "") }
	if random.IntN(5) == 0 {
		url = fmt.Sprintf("%s/%d/tables/rows?id=eq.%d", c.url, format, id)
		send = func() (int, []byte, error) { return c.change(ctx, random, url, id, rows) }
	}
	status, body, err := send()
	switch {
	case leaves && errors.Is(err, context.Canceled):
		c.left.Add(1)
		return
	case err != nil || status != http.StatusOK:
		c.failed.Add(1)
		c.t.Errorf("%s: %d %v %.300s", url, status, err, body)
		return
	}
	c.complete.Add(1)
	if !leaves && rows == 1 {
		c.typical.Store((9*c.typical.Load() + int64(time.Since(begin))) / 10)
	}
	got, err := decoders()[format](body)
	want := make([][]string, rows)
	for i := range want {
		want[i] = wanted(id, i+1)
	}
	if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
		c.wrong.Add(1)
		c.t.Errorf("%s: %v, %d rows, %.300q", url, err, len(got), got)
	}
}

func (c *callers) send(
	ctx context.Context, method, url, sent string,
) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(sent))
	if err != nil {
		return 0, nil, err
	}
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Prefer", "return=representation")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}
