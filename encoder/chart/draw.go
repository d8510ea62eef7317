package chart

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// What stands between the parts of a drawing, in its units.
const (
	margin  = 32
	lineGap = 42 // between the base lines of two lines of text
	textGap = 14 // between a text and what it belongs to
)

// draw writes the picture of a result.
func (c *chart) draw(w *bytes.Buffer, d *data) error {
	width, isSVG := scaleUp*c.width, c.mediaType == "image/svg+xml"
	top := c.header(newCanvas(width, 1, isSVG), d) // which measures alone
	drawn := newCanvas(width, top+c.height(d), isSVG)
	c.header(drawn, d)
	lo, hi, ok := d.bounds()
	switch {
	case !ok:
		message := "No values"
		if d.rows == 0 {
			message = "No rows"
		}
		drawn.text(naming, atMiddle, width/2, (top+drawn.height)/2, message)
	case d.axis == ofWords:
		drawn.bars(d, top, lo, hi)
	default:
		drawn.lines(d, top, lo, hi)
	}
	return drawn.save(w, c.title)
}

// height returns the height of what is below the header.
func (c *chart) height(d *data) int {
	if _, _, ok := d.bounds(); d.axis == ofWords && ok {
		return d.rows*d.group() + lineGap + margin
	}
	return c.width * scaleUp / 2
}

// header draws the title, and the names of the series with their colours, and returns where it
// ends.
func (c *chart) header(to *canvas, d *data) (bottom int) {
	y := margin / 2
	room := to.width - 2*margin
	if c.title != "" {
		y += lineGap
		to.text(heading, atStart, margin, y, to.fit(heading, room, c.title))
	}
	y += lineGap
	if len(d.series) == 1 {
		to.text(naming, atStart, margin, y, to.fit(naming, room, d.series[0].name))
		return y + margin
	}
	const sample = 36 // the width of a colour's
	x := margin
	for i, s := range d.series {
		name := to.fit(naming, room/2, s.name)
		width := sample + textGap + to.measure(naming, name)
		if x > margin && x+width > to.width-margin {
			x, y = margin, y+lineGap
		}
		if d.axis == ofWords {
			to.rect(barOf(i), x, y-20, x+sample-textGap, y+2)
		} else {
			to.line(lineOf(i), dashOf(i), point{x, y - 9}, point{x + sample, y - 9})
		}
		to.text(naming, atStart, x+sample+textGap/2, y, name)
		x += width + margin
	}
	return y + margin
}

// bounds returns the least and the greatest of all numbers, false if there are none.
func (d *data) bounds() (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, s := range d.series {
		for i, v := range s.values {
			if !math.IsNaN(v) && (d.axis == ofWords || !math.IsNaN(d.at[i])) {
				lo, hi, ok = min(lo, v), max(hi, v), true
			}
		}
	}
	return lo, hi, ok
}

// order returns the rows that have a place on the axis, in the order of that.
func (d *data) order() []int {
	var rows []int
	for i, at := range d.at {
		if !math.IsNaN(at) {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(d.at[a], d.at[b]) })
	return rows
}

// widest returns the width of the widest label.
func (c *canvas) widest(ticks []tick) (width int) {
	for _, t := range ticks {
		width = max(width, c.measure(labels, t.label))
	}
	return width
}
