package workload

import (
	"context"
	"errors"
	"fmt"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/report"
)

// sessions gets and posts one row as the role of a token.
func sessions(ctx context.Context, b *Bench) ([]*report.Table, error) {
	if err := b.loadServed(ctx); err != nil {
		return nil, err
	}
	reads, err := inSession(ctx, b, ReadingSessions, "one row by key, which the call can only read",
		dataset.GetMine,
		func(key int) (target, body string) { return fmt.Sprintf("/rpc/mine?a=%d", key), "" },
		moresql.ReadOnly())
	if err != nil {
		return nil, err
	}
	writes, err := inSession(ctx, b, WritingSessions, "one row by key, of a function that may write",
		dataset.PostSeen,
		func(key int) (target, body string) { return "/rpc/seen", fmt.Sprintf(`{"a":%d}`, key) })
	return []*report.Table{reads, writes}, err
}

// inSession measures sessions with one function. The options are those of moresql in a session.
func inSession[T any](
	ctx context.Context, b *Bench, name, title string, f dataset.Function[T], request request,
	options ...moresql.Option,
) (t *report.Table, err error) {
	t = &report.Table{
		Workload: name, Title: title, Unit: report.PerSecond, Variant: "clients",
		Base: contender.MoreSQL + ", of its driver",
		About: "Requests a second through loopback, each with a JSON Web Token. " +
			"A session runs each call as the role and with the claims of its token; without one, " +
			"the token is verified all the same.",
	}
	bare, err := newQuestions(ctx, b.Pools.PQ, f, request, b.keys(), contender.Authorization())
	if err != nil {
		return nil, err
	}
	session, err := sessionQuestions(ctx, b, f, request)
	if err != nil {
		return nil, err
	}
	served, err := b.serve(ctx, t, contender.Sessions(f, options...),
		func(e *endpoint) []question {
			if e.other || e.Session {
				return session
			}
			return bare
		})
	defer func() { err = errors.Join(err, closeAll(served)) }()
	if err != nil {
		return nil, err
	}
	if err := underLoad(ctx, b, t, served, clients); err != nil {
		return nil, err
	}
	for _, figure := range t.Figures {
		base := contender.ID{Name: contender.MoreSQL, JSON: contender.Own, Driver: figure.Driver}
		if bare := t.Find(base, clients); bare != nil {
			figure.Against(bare)
		}
	}
	return t, nil
}

// sessionQuestions returns the requests with what PostgreSQL responds in a session.
func sessionQuestions[T any](
	ctx context.Context, b *Bench, f dataset.Function[T], request request,
) ([]question, error) {
	tx, err := b.Pools.PQ.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	const set = "SELECT set_config('request.jwt.claims', $1, true), set_config('role', $2, true)"
	if _, err := tx.ExecContext(ctx, set, contender.Claims, dataset.Role); err != nil {
		return nil, err
	}
	return newQuestions(ctx, tx, f, request, b.keys(), contender.Authorization())
}
