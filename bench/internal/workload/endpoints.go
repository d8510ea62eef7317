package workload

import (
	"context"
	"errors"
	"fmt"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/report"
)

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
func endpoints[T any](name, title string, f dataset.Function[T], request request) Workload {
	return Workload{name, func(ctx context.Context, b *Bench) (tables []*report.Table, err error) {
		if err := dataset.CustomerTable.Load(ctx, b.Pools.PQ, b.Scale.Customers); err != nil {
			return nil, err
		}
		t := &report.Table{
			Workload: name, Title: title, Unit: report.PerSecond, Variant: "clients",
			Base:  contender.Prepared + ", of its driver",
			About: "Requests a second through loopback, each contender on its own `http.Server`.",
		}
		questions, err := newQuestions(ctx, b.Pools.PQ, f, request, b.keys())
		if err != nil {
			return nil, err
		}
		served, err := startAll(ctx, b, contender.Singles(f))
		defer func() { err = errors.Join(err, closeAll(served)) }()
		if err != nil {
			return nil, err
		}
		for _, e := range served {
			b.Log("%s: comparing %v", name, e.ID)
			if err := e.compare(ctx, questions); err != nil {
				return nil, fmt.Errorf("%v: %w", e.ID, err)
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

// keys returns the keys of the requests that the clients cycle through.
func (b *Bench) keys() []int {
	keys := make([]int, 64)
	for i := range keys {
		keys[i] = 1 + i*b.Scale.Customers/len(keys)
	}
	return keys
}
