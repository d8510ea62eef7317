package chart

import (
	"math"
	"strconv"
	"time"
)

// A step is a distance of ticks in a calendar: one of its fields is not 0.
type step struct{ years, months, days, seconds int }

// steps are the distances that readers of a calendar and a clock expect, the least first.
var steps = []step{
	{seconds: 1}, {seconds: 2}, {seconds: 5}, {seconds: 10}, {seconds: 30},
	{seconds: 60}, {seconds: 120}, {seconds: 300}, {seconds: 600}, {seconds: 1800},
	{seconds: 3600}, {seconds: 2 * 3600}, {seconds: 3 * 3600}, {seconds: 6 * 3600},
	{seconds: 12 * 3600},
	{days: 1}, {days: 2}, {days: 7}, {days: 14},
	{months: 1}, {months: 2}, {months: 3}, {months: 6},
	{years: 1}, {years: 2}, {years: 5},
}

const (
	day  = 24 * 3600
	year = 365.2425 * day
)

// length returns about how many seconds a step has.
func (s step) length() float64 {
	return float64(s.years)*year + float64(s.months)*year/12 + float64(s.days*day+s.seconds)
}

// stepOf returns the least step of at least as many seconds.
func stepOf(seconds float64) step {
	for _, s := range steps {
		if s.length() >= seconds {
			return s
		}
	}
	return step{years: int(roundStep(seconds / year).length())}
}

// timeTicks returns at most want ticks at round times between lo and hi, seconds since 1970, in a
// zone. Of days the ticks are days, too.
func timeTicks(lo, hi float64, want int, zone *time.Location, days bool) []tick {
	s := stepOf((hi - lo) / float64(want))
	if days && s.seconds > 0 {
		s = step{days: 1}
	}
	t := s.first(time.Unix(int64(math.Floor(lo)), 0).In(zone))
	var ticks []tick
	before := time.Time{}
	for ; float64(t.Unix()) <= hi; t = s.next(t) {
		if float64(t.Unix()) < lo {
			continue
		}
		ticks = append(ticks, tick{float64(t.Unix()), s.label(t, before)})
		before = t
	}
	if len(ticks) == 0 { // within a second
		t := time.Unix(int64(math.Floor(lo)), 0).In(zone)
		ticks = append(ticks, tick{lo, t.Format("2 Jan ") + yearLabel(t.Year()) + t.Format(" 15:04:05")})
	}
	return ticks
}

// first returns a round time that is not after t.
func (s step) first(t time.Time) time.Time {
	y, m, d := t.Date()
	switch {
	case s.years > 0:
		return time.Date(astronomical(floorTo(historical(y), s.years)), 1, 1, 0, 0, 0, 0, t.Location())
	case s.months > 0:
		return time.Date(y, time.Month(floorTo(int(m)-1, s.months)+1), 1, 0, 0, 0, 0, t.Location())
	case s.days > 1: // weeks begin on Monday
		monday := time.Date(y, m, d, 0, 0, 0, 0, t.Location())
		return monday.AddDate(0, 0, -(int(monday.Weekday())+6)%7)
	case s.days == 1:
		return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	}
	hour, minute, second := t.Clock()
	return time.Date(y, m, d, 0, 0, floorTo(hour*3600+minute*60+second, s.seconds), 0, t.Location())
}

func (s step) next(t time.Time) time.Time {
	if s.seconds > 0 {
		return t.Add(time.Duration(s.seconds) * time.Second)
	}
	if s.years > 1 {
		y := floorTo(historical(t.Year()), s.years) + s.years // which year 1 is no multiple of
		return time.Date(astronomical(y), 1, 1, 0, 0, 0, 0, t.Location())
	}
	return t.AddDate(s.years, s.months, s.days)
}

// historical returns a year of package time, in which the year before 1 is 0, as people count them:
// the year before 1 is -1, 1 BC.
func historical(y int) int {
	if y <= 0 {
		return y - 1
	}
	return y
}

// astronomical returns a year that people count as one of package time. Where they have no year 0
// it is the year 1.
func astronomical(y int) int {
	switch {
	case y < 0:
		return y + 1
	case y == 0:
		return 1
	}
	return y
}

// floorTo returns the greatest multiple of n that is not greater than i.
func floorTo(i, n int) int { return i - ((i%n)+n)%n }

// label returns the text of a tick: what its step changes, and above that what is new since the
// tick before.
func (s step) label(t, before time.Time) string {
	newYear := before.IsZero() || before.Year() != t.Year()
	newDay := newYear || before.YearDay() != t.YearDay()
	switch {
	case s.years > 0:
		return yearLabel(t.Year())
	case s.months > 0 && newYear:
		return t.Format("Jan ") + yearLabel(t.Year())
	case s.months > 0:
		return t.Format("Jan")
	case s.days > 0 && newYear:
		return t.Format("2 Jan ") + yearLabel(t.Year())
	case s.days > 0:
		return t.Format("2 Jan")
	}
	clock := "15:04"
	if s.seconds < 60 {
		clock = "15:04:05"
	}
	switch {
	case before.IsZero():
		return t.Format("2 Jan " + clock)
	case newDay:
		return t.Format("2 Jan")
	}
	return t.Format(clock)
}

// yearLabel writes a year of package time.
func yearLabel(y int) string {
	if h := historical(y); h < 0 {
		return strconv.Itoa(-h) + " BC"
	}
	if y < 100 {
		return "AD " + strconv.Itoa(y)
	}
	return strconv.Itoa(y)
}

// clockTicks returns ticks at round times of a day, which lo and hi are seconds of.
func clockTicks(lo, hi float64, want int) []tick {
	s := stepOf((hi - lo) / float64(want))
	if s.seconds == 0 {
		s.seconds = day / 2
	}
	var ticks []tick
	for at := floorTo(int(lo), s.seconds); float64(at) <= hi; at += s.seconds {
		if float64(at) < lo {
			continue
		}
		label := time.Unix(int64(at), 0).UTC().Format("15:04")
		if s.seconds < 60 {
			label = time.Unix(int64(at), 0).UTC().Format("15:04:05")
		}
		if at == day {
			label = "24:00"
		}
		ticks = append(ticks, tick{float64(at), label})
	}
	if len(ticks) == 0 { // within a second
		ticks = append(ticks, tick{lo, time.Unix(int64(lo), 0).UTC().Format("15:04:05")})
	}
	return ticks
}
