package workload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/exact"
	"github.com/moresql/moresql/bench/internal/load"
	"github.com/moresql/moresql/bench/internal/report"
)

// The contenders of W11.
const (
	oneByOne   = "the command, a request for each call, one after the other"
	concurrent = "the command, a request for each call, 16 clients"
	batched    = "the command, a batch"
)

// batches calls one routine with many sets of arguments: in one request, and by a request for each.
// The routine only reads, since a batch would save the commits of one that writes as well.
func batches(ctx context.Context, b *Bench) (tables []*report.Table, err error) {
	if err := b.loadServed(ctx); err != nil {
		return nil, err
	}
	t := &report.Table{
		Workload: Batches, Unit: report.PerSecond, Base: oneByOne,
		Title: fmt.Sprintf("one routine with %d sets of arguments", b.Scale.Batch),
		About: "Calls a second through loopback, one row of two columns by key, with the arguments as " +
			"JSON by POST. The batch is one request for all sets, in one transaction.",
	}
	e, err := b.startCommand(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	request := func(key int) (target, body string) { return "/rpc/one", fmt.Sprintf(`{"a":%d}`, key) }
	args := func(key int) (target, body string) { return fmt.Sprintf("/?a=%d", key), "" }
	questions, err := newQuestions(ctx, b.Pools.PQ, dataset.GetOne, args, b.keys())
	if err != nil {
		return nil, err
	}
	for i, key := range b.keys() {
		questions[i].target, questions[i].body = request(key)
	}
	b.Log("%s: comparing %v", Batches, e.ID)
	if err := e.compare(ctx, questions); err != nil {
		return nil, err
	}
	batch, err := newBatch(ctx, e, questions, b.Scale.Batch)
	if err != nil {
		return nil, err
	}
	calls := func(clients int) func(context.Context) (float64, error) {
		return func(ctx context.Context) (float64, error) { return e.run(ctx, clients, b.Scale.Slice) }
	}
	return []*report.Table{t}, b.fill(ctx, t, []way{
		{own(oneByOne, ""), calls(1)}, {own(concurrent, ""), calls(clients)}, {own(batched, ""), batch},
	}, oneByOne)
}

// newBatch returns what measures a batch of n calls, the requests of the questions again and again.
// The result of each call is compared once.
func newBatch(
	ctx context.Context, e *endpoint, questions []question, n int,
) (func(context.Context) (float64, error), error) {
	var body bytes.Buffer
	for i := range n {
		separator := byte(',')
		if i == 0 {
			separator = '['
		}
		body.WriteByte(separator)
		fmt.Fprintf(&body, `{"call":"one","args":%s}`, questions[i%len(questions)].body)
	}
	body.WriteByte(']')
	request := load.New(e.at.Path+"/rpc/", body.String())
	response, err := load.Fetch(ctx, e.at.Addr, request)
	if err != nil {
		return nil, err
	}
	var results []json.RawMessage
	if err := json.Unmarshal(response, &results); err != nil || len(results) != n {
		return nil, fmt.Errorf("%d results of %d, %w", len(results), n, err)
	}
	for i, r := range results {
		var d *exact.Difference
		if d, err = questions[i%len(questions)].compare(r); err == nil && d != nil {
			err = errors.New(d.String())
		}
		if err != nil {
			return nil, fmt.Errorf("call %d: %w", i, err)
		}
	}
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		again, err := load.Fetch(ctx, e.at.Addr, request)
		took := time.Since(start)
		if err == nil && !bytes.Equal(again, response) {
			err = fmt.Errorf("the batch responds %d bytes, and %d before", len(again), len(response))
		}
		return float64(n) / took.Seconds(), err
	}, nil
}
