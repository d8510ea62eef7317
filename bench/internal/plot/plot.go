// Package plot draws time and memory against the number of rows.
package plot

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/report"
)

// The size and the typeface of the picture.
const (
	width  = 30 * vg.Centimeter
	height = 17 * vg.Centimeter
	sans   = "Sans"
)

// legendHeight is the part of the height that the legend takes.
const legendHeight = 3 * vg.Centimeter

// SVG draws a panel for each of the two tables of W6, next to each other above the legend.
func SVG(w io.Writer, times, peaks *report.Table) error {
	canvas := vgsvg.New(width, height)
	if err := picture(draw.New(canvas), times, peaks); err != nil {
		return err
	}
	_, err := canvas.WriteTo(w)
	return err
}

func picture(c draw.Canvas, times, peaks *report.Table) error {
	c.SetColor(color.White)
	c.Fill(c.Path())
	ids := contenders(times)
	left, err := panel(times, ids, "time", "seconds", 1)
	if err != nil {
		return err
	}
	right, err := panel(peaks, ids, "peak memory", "MiB", 1<<20)
	if err != nil {
		return err
	}
	panels := draw.Crop(c, 0, 0, legendHeight, 0)
	middle := panels.Size().X / 2
	left.Draw(draw.Crop(panels, 0, -middle, 0, 0))
	right.Draw(draw.Crop(panels, middle, 0, 0, 0))
	return legend(draw.Crop(c, 0, 0, 0, -(height-legendHeight)), ids)
}

// contenders returns the contenders of a table, each once.
func contenders(t *report.Table) []contender.ID {
	var ids []contender.ID
	seen := map[contender.ID]bool{}
	for _, f := range t.Figures {
		if !seen[f.ID] {
			seen[f.ID] = true
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// panel draws the medians of a table, divided by scale, against the variants.
func panel(
	t *report.Table, ids []contender.ID, title, unit string, scale float64,
) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = title
	p.X.Label.Text, p.Y.Label.Text = "rows", unit
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	for _, style := range []*text.Style{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label,
	} {
		style.Font.Variant = sans
	}
	p.X.Padding, p.Y.Padding = 0, 0
	p.Add(plotter.NewGrid())
	looks, err := looksOf(ids)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		var points plotter.XYs
		for _, f := range t.Figures {
			if f.ID == id {
				points = append(points, plotter.XY{X: float64(f.Variant), Y: f.Median / scale})
			}
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", id, err)
		}
		line.LineStyle, marks.GlyphStyle = looks[i].line, looks[i].mark
		p.Add(line, marks)
	}
	p.Y.Min = math.Pow10(int(math.Floor(math.Log10(p.Y.Min)))) // begins and ends at labeled ticks
	p.Y.Max = math.Pow10(int(math.Ceil(math.Log10(p.Y.Max))))
	return p, nil
}

// legend draws the names of the lines in columns.
func legend(c draw.Canvas, ids []contender.ID) error {
	const columns = 3
	looks, err := looksOf(ids)
	if err != nil {
		return err
	}
	each := (len(ids) + columns - 1) / columns
	step := c.Size().X / columns
	for column := range columns {
		l := plot.NewLegend()
		l.TextStyle.Font.Variant = sans
		l.TextStyle.Font.Size = vg.Points(10)
		l.Top, l.Left = true, true
		l.ThumbnailWidth = vg.Centimeter
		l.Padding = vg.Points(3)
		for i := column * each; i < min(len(ids), (column+1)*each); i++ {
			l.Add(ids[i].String(), &plotter.Line{LineStyle: looks[i].line},
				&plotter.Scatter{GlyphStyle: looks[i].mark})
		}
		left := vg.Length(column)*step + vg.Points(8)
		right := -vg.Length(columns-1-column) * step
		l.Draw(draw.Crop(c, left, right, 0, -vg.Points(6)))
	}
	return nil
}
