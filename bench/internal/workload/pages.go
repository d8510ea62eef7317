package workload

import (
	"context"
	"errors"
	"fmt"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/report"
)

// pageRows is the number of rows of a page.
const pageRows = 1000

// pages gets lists of three columns: pages of them under load, and a large one.
func pages(ctx context.Context, b *Bench) (tables []*report.Table, err error) {
	if err := b.loadServed(ctx); err != nil {
		return nil, err
	}
	t := &report.Table{
		Workload: Pages, Title: fmt.Sprintf("%d rows of three columns", pageRows),
		Unit: report.PerSecond, Variant: "clients", Base: contender.Buffered + ", of its driver",
		About: "Requests a second through loopback, each contender on its own server.",
	}
	request := func(rows int) (target, body string) { return fmt.Sprintf("/rpc/many?n=%d", rows), "" }
	questions, err := newQuestions(ctx, b.Pools.PQ, dataset.GetMany, request, []int{pageRows})
	if err != nil {
		return nil, err
	}
	command, err := b.startCommand(ctx)
	if err != nil {
		return nil, err
	}
	served, err := b.serve(ctx, t, contender.Pages(dataset.GetMany), same(questions), command)
	defer func() { err = errors.Join(err, closeAll(served)) }()
	if err != nil {
		return nil, err
	}
	if err := underLoad(ctx, b, t, served, clients); err != nil {
		return nil, err
	}
	againstDriver(t, contender.ID{Name: contender.Buffered, JSON: contender.Std})
	var others []*endpoint
	for _, e := range served {
		if e.other {
			others = append(others, e)
		}
	}
	large, err := b.largeList(ctx, others)
	return append([]*report.Table{t}, large...), err
}
