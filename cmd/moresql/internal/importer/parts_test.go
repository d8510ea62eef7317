package importer

import "testing"

// What is written in vain is in proportion to the rows. A row that is refused takes no more parts
// than a search by halves among those up to the next one, and a row after it no more than itself.
func TestParts(t *testing.T) {
	const count = 100_000
	for _, test := range []struct {
		name    string
		refused func(i int) bool
		known   bool    // the database names the row
		parts   float64 // at most, for each row that is refused
	}{
		{"all", func(i int) bool { return i >= 0 }, false, 1.01},
		{"each second", func(i int) bool { return i%2 == 0 }, false, 4},
		{"one of a hundred, known", func(i int) bool { return i%100 == 7 }, true, 4.01},
		{"one of a hundred", func(i int) bool { return i%100 == 7 }, false, 14},
		{"bursts", func(i int) bool { return i%10_000 < 1_000 }, false, 1.1},
		{"one", func(i int) bool { return i == 70_001 }, false, 34},
	} {
		p, refused, written, parts := newParts(), 0, 0, 0
		for at := 0; at < count; {
			n := min(p.size, count-at)
			bad := 0
			for bad < n && !test.refused(at+bad) {
				bad++
			}
			written, parts = written+n, parts+1
			switch {
			case bad == n:
				p.took(n)
				at += n
			case n == 1:
				p.refused()
				at, refused = at+1, refused+1
			case test.known:
				p.failed(n, bad)
			default:
				p.failed(n, -1)
			}
		}
		ofRow, ofRefused := float64(written)/count, float64(parts)/float64(refused)
		if ofRow > 6 || ofRefused > test.parts {
			t.Errorf("%s: each row is written %.2f times, want 6, and %.2f parts are for each that is "+
				"refused, want %.2f", test.name, ofRow, ofRefused, test.parts)
		}
	}
}
