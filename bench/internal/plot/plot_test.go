package plot

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

func TestSVGNamesEveryLine(t *testing.T) {
	var times, peaks report.Table
	for i, name := range []string{contender.Drain, contender.MoreSQL, "a peer", "another peer"} {
		for _, rows := range []int{1000, 100_000} {
			id := contender.ID{Name: name, Driver: "lib/pq"}
			took := measure.Sample{float64(rows*(i+1)) / 1e6}
			used := measure.Sample{float64(rows * (i + 1) * 1e3)}
			times.Figures = append(times.Figures, report.NewFigure(id, rows, took))
			peaks.Figures = append(peaks.Figures, report.NewFigure(id, rows, used))
		}
	}
	var b strings.Builder
	if err := SVG(&b, &times, &peaks); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"time", "peak memory", "moresql, lib/pq", "another peer, lib/pq", "100000",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the picture has no %q", want)
		}
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
