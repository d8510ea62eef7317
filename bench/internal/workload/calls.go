package workload

import (
	"context"
	"errors"
	"fmt"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// calls gets one row of two columns by its key, where what a call costs is all that counts.
func calls(ctx context.Context, b *Bench) (tables []*report.Table, err error) {
	if err := b.loadServed(ctx); err != nil {
		return nil, err
	}
	t := &report.Table{
		Workload: Calls, Title: "one row of two columns by key", Unit: report.PerSecond,
		Variant: "clients", Base: contender.Prepared + ", of its driver",
		About: "Requests a second through loopback, each contender on its own server.",
	}
	request := func(key int) (target, body string) { return fmt.Sprintf("/rpc/one?a=%d", key), "" }
	questions, err := newQuestions(ctx, b.Pools.PQ, dataset.GetOne, request, b.keys())
	if err != nil {
		return nil, err
	}
	command, err := b.startCommand(ctx)
	if err != nil {
		return nil, err
	}
	served, err := b.serve(ctx, t, contender.Calls(dataset.GetOne), same(questions), command)
	defer func() { err = errors.Join(err, closeAll(served)) }()
	if err != nil {
		return nil, err
	}
	var others []measure.Subject
	if program := findClient("pgbench"); program == "" {
		t.About += " pgbench is not installed; Debian's package postgresql has it."
	} else {
		others = append(others, b.pgbench(program))
	}
	if err := underLoad(ctx, b, t, served, clients, others...); err != nil {
		return nil, err
	}
	againstDriver(t, contender.ID{Name: contender.Prepared, JSON: contender.Std})
	return []*report.Table{t}, nil
}
