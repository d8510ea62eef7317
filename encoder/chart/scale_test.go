package chart

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A tick is where its label says, and there are neither many ticks nor two at the same place.
func FuzzTicksOfNumbers(f *testing.F) {
	for _, r := range [][2]float64{
		{0, 1}, {-7.75, 5.25}, {1e-7, 2.5e-7}, {-math.MaxFloat64, math.MaxFloat64}, {1e17, 1e17 + 16},
		{0, 5e-324}, {-1e300, 1}, {999_999, 1_000_001}, {-0.3, -0.1}, {1e15, 1e15 + 1},
		{0, 3.5e-323}, {-6e307, 1.2e308},
	} {
		f.Add(r[0], r[1], 5)
		f.Add(r[0], r[1], 1)
	}
	units := strings.NewReplacer(
		minus, "-", ",", "", " million", "e6", " billion", "e9", " trillion", "e12")
	f.Fuzz(func(t *testing.T, lo, hi float64, want int) {
		if math.IsNaN(lo+hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) || lo > hi ||
			want < 1 || want > 20 {
			return // no range of a chart
		}
		lo, hi = spread(lo, hi)
		step := stepOver(lo, hi, want)
		below, above := step.around(lo, hi)
		if gap := step.length() * 1e-8; below > lo+gap || above < hi-gap {
			t.Errorf("%g to %g is not around %g to %g", below, above, lo, hi)
		}
		ticks := step.ticks(below, above)
		if n := len(ticks); n < 1 || n > want+3 {
			t.Errorf("%d ticks from %g to %g: %v", n, lo, hi, ticks)
		}
		for i, tick := range ticks {
			at, err := strconv.ParseFloat(units.Replace(tick.label), 64)
			if err != nil || step.divides(below, above) && math.Abs(at-tick.at) > 1e-15*math.Abs(at) {
				t.Errorf("%g is labelled %s: %v", tick.at, tick.label, err)
			}
			if i > 0 && (tick.at <= ticks[i-1].at || tick.label == ticks[i-1].label) {
				t.Errorf("%v from %g to %g", ticks, lo, hi)
			}
			if p := (scale{lo: below, hi: above, end: 1000}).at(tick.at); p < 0 || p > 1000 {
				t.Errorf("%s of %g to %g is at %d", tick.label, below, above, p)
			}
		}
	})
}

// Ticks of times are within their range, and neither many nor two at the same place.
func FuzzTicksOfTimes(f *testing.F) {
	const first, last = -210_866_803_200, 9_224_318_016_000 // of PostgreSQL: 4713 BC, 294276
	for _, r := range [][2]int64{
		{0, 1}, {0, 60}, {1_700_000_000, 1_700_086_400}, {first, last}, {first, first + 1},
		{last - 1, last}, {-62_200_000_000, -62_100_000_000}, {-63_000_000_000, -60_000_000_000},
	} {
		f.Add(r[0], r[1]-r[0], 7, 5400, false)
		f.Add(r[0], r[1]-r[0], 7, 0, true)
	}
	f.Fuzz(func(t *testing.T, lo, length int64, want, offset int, days bool) {
		if lo < first || length < 1 || length > last-first || lo+length > last || want < 1 || want > 20 ||
			offset < -12*3600 || offset > 14*3600 {
			return // no range of a chart
		}
		zone := time.FixedZone("", offset)
		ticks := timeTicks(float64(lo), float64(lo+length), want, zone, days)
		if len(ticks) > want+2 {
			t.Errorf("%d ticks, want %d", len(ticks), want)
		}
		for i, tick := range ticks {
			if tick.at < float64(lo) || tick.at > float64(lo+length) || i > 0 && tick.at <= ticks[i-1].at {
				t.Errorf("%v within %d and %d more", ticks, lo, length)
			}
		}
	})
}
