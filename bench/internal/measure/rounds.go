package measure

import (
	"context"
	"fmt"
	"runtime"
)

// A Subject is something to measure.
type Subject struct {
	Name    string
	Measure func(context.Context) (float64, error)
}

// Interleave measures all subjects once a round, A B C A B C …, each with the garbage of the one before it collected. The first
// round warms up and is left out. It returns one sample for each subject.
func Interleave(ctx context.Context, rounds int, subjects []Subject) ([]Sample, error) {
	samples := make([]Sample, len(subjects))
	for round := range rounds + 1 {
		for i, s := range subjects {
			runtime.GC()
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
