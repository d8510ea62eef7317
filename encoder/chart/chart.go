// Package chart draws rows as a picture, image/svg+xml or image/png, with the renderers of
// github.com/go-analyze/charts:
//
//	m := moresql.New(db, moresql.Encoders(encoder.JSON(), chart.SVG(), chart.PNG()))
//	http.Handle("GET /sales", m.Handler("sales")) // <img src="/sales">
//
// The first column is drawn against each column of numbers after it; columns of anything else are
// left out.
//
//   - Dates, timestamps, times of day and numbers in the first column are an axis true to scale,
//     along which each column of numbers is a line, in the order of that axis. NULL leaves a gap,
//     and so do NaN, infinities and numbers that a float64 cannot hold.
//   - Anything else in it is a name, and each number a bar. The value next to a bar has the digits
//     that the database has sent.
//
// Times are shown with the offset of the first one. The title is that of the pipeline, which is the
// first line of the comment on the routine if a catalog knows it, or else the name of the call;
// Title replaces it.
//
// A picture needs its rows as a whole: at most MaxRows of them, 10,000 by default, 20 columns of
// numbers and 200 bars. A result that is larger, or has no numbers, is an
// *encoder.UnsupportedError before anything is written. A result without rows is a picture that
// says so.
//
// SVG follows the dark mode of its reader, has the fonts of the browser, and contains nothing but
// shapes, text and a style: no script, no link, nothing that is loaded. PNG has the light colours
// and twice as many pixels as its size; its font has Latin, Greek and Cyrillic letters and some
// symbols, and shows others as boxes.
package chart

import (
	"bytes"
	"errors"
	"io"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

const (
	defaultRows  = 10_000
	defaultWidth = 720
	maxSeries    = 20
	maxBars      = 200
)

// An Option changes how charts are drawn.
type Option func(*chart)

// Title sets the title, in place of what the pipeline says of the result.
func Title(title string) Option { return func(c *chart) { c.title, c.own = title, true } }

// Width sets the width in pixels, 720 by default, from 320 to 4,000. The height follows from what
// is drawn.
func Width(pixels int) Option {
	return func(c *chart) { c.width = min(max(pixels, 320), 4000) }
}

// MaxRows sets how many rows a chart has at most, 10,000 by default.
func MaxRows(n int) Option { return func(c *chart) { c.maxRows = n } }

// SVG returns an encoder that draws rows as image/svg+xml. It is safe for concurrent use.
func SVG(options ...Option) encoder.Encoder { return newChart("image/svg+xml", options) }

// PNG returns an encoder that draws rows as image/png. It is safe for concurrent use.
func PNG(options ...Option) encoder.Encoder { return newChart("image/png", options) }

func newChart(mediaType string, options []Option) *chart {
	c := &chart{mediaType: mediaType, width: defaultWidth, maxRows: defaultRows}
	for _, option := range options {
		option(c)
	}
	return c
}

type chart struct {
	mediaType string
	title     string
	own       bool // the title is the program's
	width     int  // in pixels
	maxRows   int
}

var (
	_ encoder.ColumnChecker = (*chart)(nil)
	_ encoder.RowLimiter    = (*chart)(nil)
	_ encoder.Framer        = (*chart)(nil)
)

func (c *chart) MediaType() string { return c.mediaType }

// MaxRows implements encoder.RowLimiter.
func (c *chart) MaxRows() int64 { return int64(c.maxRows) }

// Frames implements encoder.Framer.
func (c *chart) Frames() (more, total bool) { return false, false }

// Framed implements encoder.Framer.
func (c *chart) Framed(f encoder.Frame) encoder.Encoder {
	if c.own || f.Title == "" {
		return c
	}
	titled := *c
	titled.title = f.Title
	return &titled
}

// CheckColumns implements encoder.ColumnChecker.
func (c *chart) CheckColumns(n int) error {
	if n == 1 {
		return &encoder.UnsupportedError{Err: errors.New(
			"a chart needs two columns: one to go by, and one of numbers")}
	}
	return nil
}

func (c *chart) Encode(w io.Writer, rows *row.Rows) error {
	if rows.Shape == row.Sets {
		return &encoder.UnsupportedError{Err: errors.New("a chart shows one result set")}
	}
	if err := c.CheckColumns(len(rows.Columns())); err != nil {
		return err
	}
	data, err := read(rows, c.maxRows)
	if err != nil {
		return err
	}
	var document bytes.Buffer
	if err := c.draw(&document, data); err != nil {
		return err
	}
	_, err = w.Write(document.Bytes())
	return err
}
