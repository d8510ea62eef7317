package workload

import (
	"context"
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
	"github.com/moresql/moresql/bench/internal/report"
)

// requestCount is the number of different requests that the clients cycle through.
const requestCount = 64

// lookups gets one row by its key.
var lookups = endpoints(Lookup, "one row by key over HTTP", dataset.GetCustomer,
	func(key int) (target, body string) { return fmt.Sprintf("/?id=%d", key), "" })

// offers posts five values.
var offers = endpoints(Offer, "five arguments as JSON by POST, one row back", dataset.GetOffer,
	func(key int) (target, body string) {
		return "/", fmt.Sprintf(`{"customer":%d,"product":"the \"naïve\" one, no. %d",`+
			`"express":%t,"discount":%d.50,"day":"2024-02-%02d"}`,
			key, key, key%2 == 0, key%20, key%28+1)
	})

// endpoints returns a workload of small responses over HTTP, to clients with persistent
// connections.
func endpoints[T any](
	name, title string, f dataset.Function[T], request func(key int) (target, body string),
) Workload {
	return Workload{name, func(ctx context.Context, b *Bench) (tables []*report.Table, err error) {
		if err := dataset.CustomerTable.Load(ctx, b.Pools.PQ, b.Scale.Customers); err != nil {
			return nil, err
		}
		t := &report.Table{
			Workload: name, Title: title, Unit: report.PerSecond, Variant: "clients",
			Base:  contender.Prepared + ", of its driver",
			About: "Requests a second through loopback, each contender on its own `http.Server`.",
		}
		var requests []question
		for i := range requestCount {
			q, err := newQuestion(ctx, b, f, request, 1+i*b.Scale.Customers/requestCount)
			if err != nil {
				return nil, err
			}
			requests = append(requests, q)
		}
		var served []*endpoint
		defer func() {
			for _, e := range served {
				err = errors.Join(err, e.server.Close())
			}
		}()
		for _, c := range contender.Singles(f) {
			b.Log("%s: comparing %v", name, c.ID)
			e, err := start(ctx, b, c)
			if err != nil {
				return nil, fmt.Errorf("%v: %w", c.ID, err)
			}
			served = append(served, e)
			if err := e.compare(ctx, requests); err != nil {
				return nil, fmt.Errorf("%v: %w", c.ID, err)
			}
		}
		for _, clients := range b.Scale.Clients {
			if err := underLoad(ctx, b, t, served, clients); err != nil {
				return nil, err
			}
		}
		againstDriver(t, contender.ID{Name: contender.Prepared, JSON: contender.Std})
		return []*report.Table{t}, nil
	}}
}

// underLoad measures the endpoints with a number of clients, in slices of time.
func underLoad(
	ctx context.Context, b *Bench, t *report.Table, served []*endpoint, clients int,
) error {
	subjects := make([]measure.Subject, len(served))
	for i, e := range served {
		subjects[i] = measure.Subject{
			Name: e.String(),
			Measure: func(ctx context.Context) (float64, error) {
				return child.Load{
					Addr: e.addr, Clients: clients, Requests: e.requests, Duration: b.Scale.Slice,
				}.Run(ctx)
			},
		}
	}
	name := fmt.Sprintf("%s, %d clients", t.Workload, clients)
	samples, err := b.interleave(ctx, name, b.Rounds, subjects)
	if err != nil {
		return err
	}
	for i, e := range served {
		figure := report.NewFigure(e.ID, clients, samples[i])
		figure.Compared = true
		if e.difference != nil {
			figure.Difference = e.difference.String()
		}
		t.Figures = append(t.Figures, figure)
	}
	return nil
}

// A question is a request and the response that PostgreSQL itself computes.
type question struct {
	load.Request
	want []byte
}

// newQuestion returns the request for a key, with the response that PostgreSQL computes.
func newQuestion[T any](
	ctx context.Context, b *Bench, f dataset.Function[T],
	request func(key int) (target, body string), key int,
) (question, error) {
	target, body := request(key)
	args, err := f.Args(httptest.NewRequest(http.MethodPost, target, strings.NewReader(body)))
	if err != nil {
		return question{}, err
	}
	docs, err := wanted(ctx, b.Pools.PQ, f, args...)
	if err != nil {
		return question{}, err
	}
	if len(docs) != 1 {
		return question{}, fmt.Errorf("%d rows for %s %s", len(docs), target, body)
	}
	return question{load.New(target, body), docs[0]}, nil
}

// An endpoint is a contender on its own server.
type endpoint struct {
	contender.Contender
	server     *http.Server
	addr       string
	requests   []load.Request
	difference *exact.Difference
}

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
	return &endpoint{Contender: c, server: server, addr: l.Addr().String()}, nil
}

// compare sends every request once, compares the responses, and keeps them for the clients to
// compare theirs with.
func (e *endpoint) compare(ctx context.Context, questions []question) error {
	for _, q := range questions {
		body, err := load.Fetch(ctx, e.addr, q.Request)
		if err != nil {
			return err
		}
		e.requests = append(e.requests, load.Request{Bytes: q.Bytes, Body: body})
		difference, err := exact.Compare(body, q.want)
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
