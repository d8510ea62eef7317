package measure

import (
	"context"
	"fmt"
	"runtime/debug"
)

// A Subject is something to measure.
type Subject struct {
	Name    string
	Measure func(context.Context) (float64, error)
}

// Interleave measures all subjects alternating, as in A B C B C A C A B: each round begins with
// the next subject, so that none always follows one that leaves much garbage. Before each
// measurement garbage is collected and memory returned to the system. The first round is a warm-up
// and is not counted. Interleave returns one sample for each subject.
func Interleave(ctx context.Context, rounds int, subjects []Subject) ([]Sample, error) {
	samples := make([]Sample, len(subjects))
	for round := range rounds + 1 {
		for turn := range subjects {
			i := (turn + round) % len(subjects)
			s := subjects[i]
			debug.FreeOSMemory()
			figure, err := s.Measure(ctx)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
			if round > 0 {
				samples[i] = append(samples[i], figure)
			}
		}
	}
	return samples, nil
}
