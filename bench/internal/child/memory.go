package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
)

// Memory is one point of memory against rows: a contender that serves a number of them.
type Memory struct {
	URI       string
	Contender contender.ID
	Rows      int
}

// An Outcome is what a child has measured.
type Outcome struct {
	Seconds float64 // duration of the request
	Peak    float64 // peak resident memory, in bytes
	Output  int64   // bytes written
}

// Contenders returns the contenders whose memory can be measured.
func Contenders() []contender.Contender { return contender.Lists(dataset.GetNumbered) }

// Run measures the point in a process of its own.
func (m Memory) Run(ctx context.Context) (Outcome, error) {
	o, err := run[Outcome](ctx, memory, m)
	if err != nil {
		return o, fmt.Errorf("%v with %d rows: %w", m.Contender, m.Rows, err)
	}
	return o, nil
}

func (m Memory) do(ctx context.Context) (o Outcome, err error) {
	pools, err := database.Open(ctx, m.URI)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, pools.Close()) }()
	all := Contenders()
	i := slices.IndexFunc(all, func(c contender.Contender) bool { return c.ID == m.Contender })
	if i < 0 {
		return o, fmt.Errorf("no contender %v", m.Contender)
	}
	serve, err := all[i].Open(ctx, pools)
	if err != nil {
		return o, err
	}
	// The first request opens the connection, which is not part of the measurement.
	if _, err := measure.Serve(ctx, serve, "/?n=1"); err != nil {
		return o, err
	}
	r, err := measure.Serve(ctx, serve, fmt.Sprintf("/?n=%d", m.Rows))
	if err != nil {
		return o, err
	}
	o.Seconds, o.Output = r.Took.Seconds(), r.Bytes
	o.Peak, err = measure.Peak(os.Getpid())
	return o, err
}
