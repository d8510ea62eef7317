package chart

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/moresql/moresql/row"
)

// data is a result as it is drawn.
type data struct {
	axis   axis
	name   string         // of the first column
	at     []float64      // places on the axis; NaN for none
	words  []string       // of the first rows, as many as there may be bars
	zone   *time.Location // of the first time, nil if there is none
	days   bool           // times are days
	series []*series
	rows   int
}

// An axis says what the first column is.
type axis uint8

const (
	ofWords axis = iota
	ofNumbers
	ofTimes // seconds since 1970
	ofClock // seconds of the day
)

// A series is one column of numbers.
type series struct {
	name     string
	column   int
	declared bool      // as numbers, so that other values are gaps
	texts    bool      // it has values that are no numbers
	values   []float64 // NaN for a gap; nil as long as there is no number
	digits   []string  // of the values of the first rows, as many as there may be bars
}

// read reads a result of at most maxRows rows.
func read(rows *row.Rows, maxRows int) (*data, error) {
	columns := rows.Columns()
	d := &data{name: columns[0].Name, days: true}
	declared := 0
	for i, c := range columns[1:] {
		if isNumber(c.Kind) || c.Kind == row.Null {
			d.series = append(d.series, &series{name: c.Name, column: i + 1, declared: isNumber(c.Kind)})
		}
		if isNumber(c.Kind) {
			declared++
		}
	}
	if len(d.series) == 0 {
		return nil, withoutNumbers(columns)
	}
	if declared > maxSeries {
		return nil, tooManySeries(declared)
	}
	var seen [4]bool // by axis: the first column has such values
	for r, err := range rows.All() {
		if err != nil {
			return nil, err
		}
		if d.rows++; d.rows > maxRows {
			return nil, unsupported("a chart has at most %s rows: request a part of the result",
				grouped(strconv.Itoa(maxRows)))
		}
		if err := d.add(r, &seen); err != nil {
			return nil, err
		}
	}
	return d, d.decide(columns, seen)
}

// add takes a row over, and nothing of its memory.
func (d *data) add(r row.Row, seen *[4]bool) error {
	first := r.Value(0)
	at, axis := d.place(first)
	d.at = append(d.at, at)
	if !first.IsNull() {
		seen[axis] = true
	}
	kept := d.rows <= maxBars
	if kept {
		d.words = append(d.words, head(first))
	}
	numbers := 0
	for _, s := range d.series {
		s.add(r.Value(s.column), d.rows, kept)
		if s.values != nil && !s.texts {
			numbers++
		}
	}
	if numbers > maxSeries {
		return tooManySeries(numbers)
	}
	return nil
}

// add takes over the value of a row, which is the n-th one.
func (s *series) add(v row.Value, n int, kept bool) {
	isGap := !isNumber(v.Kind())
	s.texts = s.texts || isGap && !v.IsNull() && !s.declared
	if s.texts || isGap && s.values == nil {
		return
	}
	for len(s.values) < n-1 {
		s.values = append(s.values, math.NaN())
	}
	s.values = append(s.values, numberOf(v))
	if !kept {
		return
	}
	for len(s.digits) < n-1 {
		s.digits = append(s.digits, "")
	}
	if v.IsNull() {
		s.digits = append(s.digits, "")
	} else {
		s.digits = append(s.digits, head(v))
	}
}

// decide says what the first column is, and which of the others are numbers. A first column of
// values of several kinds, which SQLite may have, is one of words.
func (d *data) decide(columns []row.Column, seen [4]bool) error {
	d.series = slices.DeleteFunc(d.series, func(s *series) bool {
		return s.texts || s.values == nil && !s.declared && d.rows > 0
	})
	if len(d.series) == 0 {
		return withoutNumbers(columns)
	}
	for _, s := range d.series {
		for len(s.values) < d.rows { // of NULL alone
			s.values = append(s.values, math.NaN())
		}
		for len(s.digits) < min(d.rows, maxBars) {
			s.digits = append(s.digits, "")
		}
	}
	d.axis = axisOf(columns[0].Kind)
	kinds := 0
	for a, is := range seen {
		if is {
			d.axis = axis(a)
			kinds++
		}
	}
	if kinds > 1 {
		d.axis = ofWords
	}
	if bars := d.rows * len(d.series); d.axis == ofWords && bars > maxBars {
		return unsupported("a chart has at most %d bars, and these are %s: request a part of the result",
			maxBars, grouped(strconv.Itoa(bars)))
	}
	return nil
}

// place returns where a value of the first column is, and on the axis of which kind.
func (d *data) place(v row.Value) (float64, axis) {
	switch a := axisOf(v.Kind()); a {
	case ofNumbers:
		return numberOf(v), a
	case ofTimes:
		t, ok := timeOf(v)
		if !ok { // infinity
			return math.NaN(), a
		}
		d.days = d.days && v.Kind() == row.Date
		if d.zone == nil {
			d.zone = t.Location()
		}
		return float64(t.Unix()) + float64(t.Nanosecond())/1e9, a
	case ofClock:
		return clockOf(v.String()), a
	}
	return math.NaN(), ofWords
}
