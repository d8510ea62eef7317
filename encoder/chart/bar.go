package chart

import "math"

// barHeight returns the height of a bar and of the space between two groups of them.
func (d *data) barHeight() (bar, gap int) {
	switch n := len(d.series); {
	case n == 1:
		return 36, 16
	case n <= 3:
		return 28, 22
	}
	return 18, 24
}

// group returns the height of a row with the space below it.
func (d *data) group() int {
	bar, gap := d.barHeight()
	return bar*len(d.series) + gap
}

// bars draws a group of bars for each row below top. lo and hi are the bounds of their numbers.
func (c *canvas) bars(d *data, top int, lo, hi float64) {
	lo, hi = spread(min(lo, 0), max(hi, 0))
	bottom := c.height - margin - lineGap
	names, before, after := make([]string, d.rows), 0, 0
	gutter := 0
	for i, word := range d.words {
		names[i] = c.fit(labels, c.width*2/5, word)
		gutter = max(gutter, c.measure(labels, names[i]))
	}
	for _, s := range d.series {
		for i, v := range s.values {
			if room := c.measure(labels, s.label(i)) + textGap; v < 0 {
				before = max(before, room)
			} else {
				after = max(after, room)
			}
		}
	}
	if len(d.series) > 3 {
		before, after = 0, 0
	}
	x := scale{
		lo: lo, hi: hi, start: margin + gutter + textGap + before, end: c.width - margin - after,
	}
	want := max((x.end-x.start)/170, 1)
	free := 0
	for _, t := range d.step(lo, hi, want).ticks(lo, hi) {
		at, half := x.at(t.at), c.measure(labels, t.label)/2
		c.line(grid, nil, point{at, top}, point{at, bottom})
		if at-half >= free && at+half <= c.width {
			c.text(labels, atMiddle, at, bottom+36, t.label)
			free = at + half + textGap
		}
	}
	bar, gap := d.barHeight()
	for row, name := range names {
		y := top + gap/2 + row*d.group()
		c.text(labels, atEnd, margin+gutter, y+len(d.series)*bar/2+8, name)
		for i, s := range d.series {
			c.bar(s, i, row, x, y+i*bar, bar)
		}
	}
	c.line(base, nil, point{x.at(0), top}, point{x.at(0), bottom})
}

// bar draws the bar of a row in the i-th series, with its digits if there is room.
func (c *canvas) bar(s *series, i, row int, x scale, top, height int) {
	v, zero := s.values[row], x.at(0)
	end := zero
	if !math.IsNaN(v) {
		end = x.at(v)
		c.rect(barOf(i), min(zero, end), top, max(zero, end), top+height-2)
	}
	if height < 28 {
		return
	}
	if y := top + height/2 + 7; v < 0 {
		c.text(labels, atEnd, end-textGap/2, y, s.label(row))
	} else {
		c.text(labels, atStart, end+textGap/2, y, s.label(row))
	}
}

// label returns the digits of a value, as the database has sent them unless there are very many.
func (s *series) label(row int) string {
	if digits := s.digits[row]; len(digits) <= 24 {
		return tidy(digits)
	}
	return significant(s.values[row])
}
