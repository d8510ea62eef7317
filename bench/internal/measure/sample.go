// Package measure takes figures: of several things in turns, so that what disturbs a machine for a while disturbs all alike.
package measure

import "slices"

// A Sample has one figure of each round, in the order of the rounds.
type Sample []float64

// Median returns the middle figure, or the mean of the two in the middle; that of no figures is 0.
func (s Sample) Median() float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// Spread returns the smallest and the largest figure.
func (s Sample) Spread() (least, most float64) {
	if len(s) == 0 {
		return 0, 0
	}
	return slices.Min(s), slices.Max(s)
}

// A Ratio is that of two samples, both ways.
type Ratio struct {
	OfMedians float64 `json:"of_medians"`
	OfRounds  float64 `json:"of_rounds"` // the median of the ratios within each round
}

// Over returns how many times other s is. Rounds that only one of them has are left out of OfRounds.
func (s Sample) Over(other Sample) Ratio {
	rounds := make(Sample, min(len(s), len(other)))
	for i := range rounds {
		rounds[i] = s[i] / other[i]
	}
	return Ratio{OfMedians: s.Median() / other.Median(), OfRounds: rounds.Median()}
}
