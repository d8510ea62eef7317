package workload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/peer"
	"github.com/moresql/moresql/bench/internal/report"
)

// clients is how many connections W7 to W9 have.
const clients = 16

// patience is how long a peer may take to be started.
const patience = 10 * time.Minute

// loadServed loads what the workloads with peers need, all of it at once, since a peer may look at
// the database only when it starts. Then it waits for the peers.
func (b *Bench) loadServed(ctx context.Context) error {
	if err := dataset.CustomerTable.Load(ctx, b.Pools.PQ, b.Scale.Customers); err != nil {
		return err
	}
	if err := dataset.NarrowTable.Load(ctx, b.Pools.PQ, b.Scale.Narrow); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, p := range b.Peers {
		b.Log("waiting for %s at %s, on the database %s", p.Name, p.URL("/"), b.URI)
		if err := p.Wait(ctx, "/rpc/one?a=1"); err != nil {
			return err
		}
	}
	return nil
}

// startCommand starts the command and returns it as an endpoint.
func (b *Bench) startCommand(ctx context.Context) (*endpoint, error) {
	b.Log("starting the command")
	p, stop, err := peer.Command(ctx, contender.Command, b.URI)
	if err != nil {
		return nil, err
	}
	id := contender.ID{Name: p.Name, JSON: contender.Own}
	c := contender.Contender{ID: id, MoreSQL: true}
	return &endpoint{Contender: c, at: p, other: true, close: stop}, nil
}

// serve starts contenders of this program next to endpoints that run already. It compares them and
// the peers with the questions that suit each, and leaves out peers that respond something else,
// as the table then says. The caller closes the endpoints, also if there is an error.
func (b *Bench) serve(
	ctx context.Context, t *report.Table, all []contender.Contender,
	questions func(*endpoint) []question, running ...*endpoint,
) ([]*endpoint, error) {
	started, err := startAll(ctx, b, all)
	served := append(started, running...)
	if err != nil {
		return served, err
	}
	for _, e := range served {
		b.Log("%s: comparing %v", t.Workload, e.ID)
		if err := e.compare(ctx, questions(e)); err != nil {
			return served, fmt.Errorf("%v: %w", e.ID, err)
		}
	}
	for _, p := range b.Peers {
		c := contender.Contender{ID: contender.ID{Name: p.Name}}
		e := &endpoint{Contender: c, at: p, other: true, peer: true}
		b.Log("%s: comparing %v", t.Workload, e.ID)
		err := e.compare(ctx, questions(e))
		if err == nil && e.difference != nil {
			err = errors.New(e.difference.String())
		}
		if err != nil {
			b.leaveOut(t, e, err)
			continue
		}
		served = append(served, e)
	}
	return served, nil
}

// leaveOut notes why a peer is missing from a table.
func (b *Bench) leaveOut(t *report.Table, e *endpoint, reason error) {
	b.Log("%s: %s is left out: %v", t.Workload, e.Name, reason)
	t.About += fmt.Sprintf(" %s is left out: %v.", e.Name, reason)
}

// same returns the same questions for all endpoints.
func same(questions []question) func(*endpoint) []question {
	return func(*endpoint) []question { return questions }
}
