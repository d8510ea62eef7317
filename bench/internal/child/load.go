package child

import (
	"context"
	"time"

	generator "github.com/moresql/moresql/bench/internal/load"
)

// Load is what clients do to a server. They have a process of their own, so that a server has the
// same company whether it runs in this program or in another.
type Load struct {
	Addr     string
	Clients  int
	Requests []generator.Request
	Duration time.Duration
}

// Run returns the rate of responses a second.
func (l Load) Run(ctx context.Context) (float64, error) { return run[float64](ctx, load, l) }

func (l Load) do(ctx context.Context) (float64, error) {
	return generator.Run(ctx, l.Addr, l.Clients, l.Requests, l.Duration)
}
