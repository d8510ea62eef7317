// Package measure measures several subjects alternating, so that a disturbance of the machine
// affects all of them alike.
package measure

import "slices"

// A Sample holds one figure for each round, in the order of the rounds.
type Sample []float64

// Median returns the middle figure, the mean of the middle two, or 0 for an empty sample.
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

// A Ratio is the ratio of two samples, computed in two ways.
type Ratio struct {
	OfMedians float64 `json:"of_medians"`
	OfRounds  float64 `json:"of_rounds"` // the median of the ratios within each round
}

// Over returns the ratio of s to other. OfRounds ignores rounds that only one of them has.
func (s Sample) Over(other Sample) Ratio {
	rounds := make(Sample, min(len(s), len(other)))
	for i := range rounds {
		rounds[i] = s[i] / other[i]
	}
	return Ratio{OfMedians: s.Median() / other.Median(), OfRounds: rounds.Median()}
}
