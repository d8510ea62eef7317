package report

import (
	"strings"
	"testing"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/measure"
)

func TestMarkdownShowsRatiosAndNotes(t *testing.T) {
	figure := func(name, json string, rounds ...float64) *Figure {
		id := contender.ID{Name: name, JSON: json, Driver: "lib/pq"}
		return NewFigure(id, 1000, measure.Sample(rounds))
	}
	floor := figure(contender.Drain, "", 0.1, 0.2, 0.3)
	own := figure(contender.MoreSQL, contender.Own, 0.3, 0.3, 0.3)
	own.Compared, own.Output, own.CPU = true, 3e6, measure.Sample{0.25}
	own.Against(floor)
	peer := figure("peer", contender.Std, 1234.5678)
	peer.Compared, peer.Difference = true, "day: wrong"
	table := &Table{
		Workload: "W0", Title: "title", About: "About.", Unit: Seconds, Variant: "rows", Base: "drain",
		Figures: []*Figure{floor, own, peer},
	}
	var b strings.Builder
	if err := table.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	const want = `
## W0: title

About.

| contender | JSON | driver | rows | ms | spread | × drain | CPU ms | MB/s | exact |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
| drain: rows.Next alone |  | lib/pq | 1,000 | 200 | 100–300 |  |  |  |  |
| moresql | moresql | lib/pq | 1,000 | 300 | 300–300 | 1.50 | 250 | 10 | exact |
| peer | encoding/json | lib/pq | 1,000 | 1234568 | 1234568–1234568 |  |  |  | not exact (1) |

1. day: wrong
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
}

func TestUnitsFormatFigures(t *testing.T) {
	for _, test := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Seconds, 0.0001234, "0.123"},
		{Seconds, 0.001234, "1.23"},
		{Seconds, 0.01234, "12.3"},
		{Seconds, 0.1234, "123"},
		{Seconds, 1.234, "1234"},
		{Seconds, 0, "0.00000"},
		{PerSecond, 999.6, "1,000"},
		{PerSecond, 1234567, "1,234,567"},
		{Bytes, 3 << 19, "1.5"},
		{Count, 0.00004, "0.0000"},
	} {
		if got := test.unit.format(test.v); got != test.want {
			t.Errorf("%v %s = %s, want %s", test.v, test.unit, got, test.want)
		}
	}
}
