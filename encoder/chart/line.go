package chart

import (
	"math"
	"slices"
)

// lines draws each series as a line below top. lo and hi are the bounds of their numbers.
func (c *canvas) lines(d *data, top int, lo, hi float64) {
	if lo > 0 && lo <= hi/2 { // 0 is near enough to be seen
		lo = 0
	} else if hi < 0 && hi >= lo/2 {
		hi = 0
	}
	lo, hi = spread(lo, hi)
	step := d.step(lo, hi, 5)
	lo, hi = step.around(lo, hi)
	ticks := step.ticks(lo, hi)

	bottom := c.height - margin - lineGap
	if d.axis == ofNumbers {
		bottom -= lineGap - 8
	}
	left, right := margin+c.widest(ticks)+textGap, c.width-margin-textGap
	y := scale{lo: lo, hi: hi, start: bottom, end: top}
	for _, t := range ticks {
		s := grid
		if t.at == 0 {
			s = base
		}
		c.line(s, nil, point{left, y.at(t.at)}, point{right, y.at(t.at)})
		c.text(labels, atEnd, left-textGap, y.at(t.at)+8, t.label)
	}
	rows := d.order()
	x := scale{start: left + textGap, end: right}
	x.lo, x.hi = d.extent(rows)
	c.places(d, x, bottom)
	for i := len(d.series) - 1; i >= 0; i-- { // the first is on top of the others
		c.series(d.series[i], i, d, rows, x, y)
	}
}

// extent returns the first and the last place on the axis.
func (d *data) extent(rows []int) (lo, hi float64) {
	lo, hi = d.at[rows[0]], d.at[rows[len(rows)-1]]
	switch {
	case lo < hi || d.axis == ofNumbers:
		return spread(lo, hi)
	case d.axis == ofClock:
		return max(lo-3600, 0), min(hi+3600, day)
	}
	return lo - day, hi + day
}

// step returns the distance of ticks for numbers, whole ones if all of them are.
func (d *data) step(lo, hi float64, want int) decimalStep {
	step := stepOver(lo, hi, want)
	for _, s := range d.series {
		if slices.ContainsFunc(s.values, isFraction) {
			return step
		}
	}
	return step.whole()
}

func isFraction(v float64) bool { return v != math.Trunc(v) && !math.IsNaN(v) }

// places draws the labels of the axis below a chart of lines.
func (c *canvas) places(d *data, x scale, bottom int) {
	var ticks []tick
	switch room := x.end - x.start; d.axis {
	case ofTimes:
		ticks = timeTicks(x.lo, x.hi, max(room/170, 1), d.zone, d.days)
	case ofClock:
		ticks = clockTicks(x.lo, x.hi, max(room/150, 1))
	default:
		step := stepOver(x.lo, x.hi, max(room/150, 1))
		if !slices.ContainsFunc(d.at, isFraction) {
			step = step.whole()
		}
		ticks = step.ticks(x.lo, x.hi)
		name := c.fit(labels, room, d.name)
		c.text(labels, atMiddle, (x.start+x.end)/2, bottom+2*lineGap-4, name)
	}
	free := 0 // from where on there is room for a label
	for _, t := range ticks {
		at, half := x.at(t.at), c.measure(labels, t.label)/2
		middle := min(max(at, half+margin/2), c.width-half-margin/2)
		if middle-half < free {
			continue
		}
		c.line(base, nil, point{at, bottom}, point{at, bottom + 8})
		c.text(labels, atMiddle, middle, bottom+36, t.label)
		free = middle + half + textGap
	}
}

// series draws the i-th series. A gap ends a line, and a number between two gaps is a dot.
func (c *canvas) series(s *series, i int, d *data, rows []int, x, y scale) {
	var line []point
	flush := func() {
		if len(line) > 0 {
			c.line(lineOf(i), dashOf(i), line...)
		}
		line = nil
	}
	for _, r := range rows {
		if math.IsNaN(s.values[r]) {
			flush()
			continue
		}
		p := point{x.at(d.at[r]), y.at(s.values[r])}
		if len(line) == 0 || line[len(line)-1] != p {
			line = append(line, p)
		}
	}
	flush()
}
