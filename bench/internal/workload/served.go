package workload

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/moresql/moresql/bench/internal/child"
	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/exact"
	"github.com/moresql/moresql/bench/internal/load"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/peer"
	"github.com/moresql/moresql/bench/internal/report"
)

// A question is a request and the rows that PostgreSQL itself computes for it.
type question struct {
	target, body string
	header       []string
	want         []json.RawMessage
}

// A request makes the target and the body of a key.
type request func(key int) (target, body string)

// newQuestions returns the requests for keys, with the rows of db.
func newQuestions[T any](
	ctx context.Context, db queryer, f dataset.Function[T], request request, keys []int,
	header ...string,
) ([]question, error) {
	questions := make([]question, len(keys))
	for i, key := range keys {
		target, body := request(key)
		args, err := f.Args(httptest.NewRequest(http.MethodPost, target, strings.NewReader(body)))
		if err != nil {
			return nil, err
		}
		docs, err := wanted(ctx, db, f, args...)
		if err != nil {
			return nil, err
		}
		if len(docs) == 0 {
			return nil, fmt.Errorf("no rows for %s %s", target, body)
		}
		questions[i] = question{target, body, header, docs}
	}
	return questions, nil
}

// A queryer is a *sql.DB or a *sql.Tx.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// compare returns the first difference of a response, which may be a list or its only element.
func (q question) compare(body []byte) (*exact.Difference, error) {
	if bytes.HasPrefix(body, []byte("[")) {
		return exact.Rows(bytes.NewReader(body), q.want, len(q.want))
	}
	if len(q.want) != 1 {
		return nil, fmt.Errorf("no list of %d rows", len(q.want))
	}
	return exact.Compare(body, q.want[0])
}

// An endpoint is a contender on its own server.
type endpoint struct {
	contender.Contender
	at         peer.Peer
	other      bool         // has a process of its own
	peer       bool         // is named by the command line
	close      func() error // nil if it goes on
	requests   []load.Request
	difference *exact.Difference
}

// start starts a server for a contender of this program.
func start(ctx context.Context, b *Bench, c contender.Contender) (*endpoint, error) {
	serve, err := c.Open(ctx, b.Pools)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: serve, ReadHeaderTimeout: time.Minute}
	go server.Serve(l) // until the server is closed
	at := peer.Peer{Name: c.String(), Addr: l.Addr().String()}
	return &endpoint{Contender: c, at: at, close: server.Close}, nil
}

// startAll starts servers for contenders of this program. The caller closes them, also if there is
// an error.
func startAll(
	ctx context.Context, b *Bench, all []contender.Contender,
) (served []*endpoint, err error) {
	for _, c := range all {
		e, err := start(ctx, b, c)
		if err != nil {
			return served, fmt.Errorf("%v: %w", c.ID, err)
		}
		served = append(served, e)
	}
	return served, nil
}

func closeAll(served []*endpoint) (err error) {
	for _, e := range served {
		if e.close != nil {
			err = errors.Join(err, e.close())
		}
	}
	return err
}

// compare sends every request once, compares the responses, and keeps them for the clients to
// compare theirs with.
func (e *endpoint) compare(ctx context.Context, questions []question) error {
	e.requests, e.difference = nil, nil
	for _, q := range questions {
		r := load.New(e.at.Path+q.target, q.body, q.header...)
		body, err := load.Fetch(ctx, e.at.Addr, r)
		if err != nil {
			return err
		}
		e.requests = append(e.requests, load.Request{Bytes: r.Bytes, Body: body})
		difference, err := q.compare(body)
		if err != nil {
			return err
		}
		if e.difference == nil {
			e.difference = difference
		}
	}
	if e.MoreSQL && e.difference != nil {
		return fmt.Errorf("not exact: %v", e.difference)
	}
	return nil
}

// run returns the requests a second that the clients have responses to.
func (e *endpoint) run(ctx context.Context, clients int, duration time.Duration) (float64, error) {
	return child.Load{
		Addr: e.at.Addr, Clients: clients, Requests: e.requests, Duration: duration,
	}.Run(ctx)
}

// underLoad measures the endpoints with a number of clients, in slices of time. The figures of
// others come after theirs.
func underLoad(
	ctx context.Context, b *Bench, t *report.Table, served []*endpoint, clients int,
	others ...measure.Subject,
) error {
	var subjects []measure.Subject
	var figures []*report.Figure
	for _, e := range served {
		subjects = append(subjects, measure.Subject{
			Name: e.String(),
			Measure: func(ctx context.Context) (float64, error) {
				return e.run(ctx, clients, b.Scale.Slice)
			},
		})
		figure := &report.Figure{ID: e.ID, Compared: true, Peer: e.peer}
		if e.difference != nil {
			figure.Difference = e.difference.String()
		}
		figures = append(figures, figure)
	}
	for _, o := range others {
		subjects = append(subjects, o)
		figures = append(figures, &report.Figure{ID: contender.ID{Name: o.Name}})
	}
	name := fmt.Sprintf("%s, %d clients", t.Workload, clients)
	samples, err := b.interleave(ctx, name, b.Rounds, subjects)
	if err != nil {
		return err
	}
	for i, f := range figures {
		figure := report.NewFigure(f.ID, clients, samples[i])
		figure.Compared, figure.Difference, figure.Peer = f.Compared, f.Difference, f.Peer
		t.Figures = append(t.Figures, figure)
	}
	return nil
}
