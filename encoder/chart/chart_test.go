package chart_test

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/chart"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

// count returns n rows of two numbers.
func count(n int) sample {
	s := sample{columns: numbered(column("n", row.Int), 1)}
	for i := range n {
		s.rows = append(s.rows, []any{int64(i), float64(i % 7)})
	}
	return s
}

// What has no chart is refused before anything is written, as one that another format may have.
func TestResultsWithoutAChart(t *testing.T) {
	words := count(67)
	words.columns = numbered(column("w", row.Text), 3)
	for i := range words.rows {
		words.rows[i] = []any{fmt.Sprint(i), 1.0, 2.0, 3.0}
	}
	text := column("t", row.Text)
	for _, test := range []struct {
		reason  string
		sample  sample
		options []chart.Option
		shape   row.Shape
		message string
	}{
		{reason: "one column", sample: sample{columns: []row.Column{column("n", row.Int)}},
			message: "needs two columns"},
		{reason: "words alone", message: "t (text), t (text)",
			sample: sample{columns: []row.Column{text, text}, rows: [][]any{{"a", "1"}}}},
		{reason: "words alone, without rows", message: "a column of numbers",
			sample: sample{columns: []row.Column{text, text}}},
		{reason: "columns without a type that hold words", message: "a column of numbers",
			sample: sample{columns: []row.Column{{Name: "a"}, {Name: "b"}}, rows: [][]any{{"a", "b"}}}},
		{reason: "a row too many", sample: count(10_001), message: "at most 10,000 rows"},
		{reason: "a row too many for the program", sample: count(3), message: "at most 2 rows",
			options: []chart.Option{chart.MaxRows(2)}},
		{reason: "a column too many", message: "at most 20 columns",
			sample: sample{columns: numbered(column("n", row.Int), 21)}},
		{reason: "bars too many", sample: words, message: "at most 200 bars, and these are 201"},
		{reason: "several result sets", sample: count(1), shape: row.Sets, message: "one result set"},
	} {
		for _, e := range []encoder.Encoder{chart.SVG(test.options...), chart.PNG(test.options...)} {
			rows := row.Of(test.sample.columns, test.sample.rows...)
			rows.Shape = test.shape
			var b bytes.Buffer
			err := e.Encode(&b, rows)
			var unsupported *encoder.UnsupportedError
			if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), test.message) || b.Len() > 0 {
				t.Errorf("%s: %v after %d bytes, want %q", test.reason, err, b.Len(), test.message)
			}
		}
	}
	for _, n := range []int{0, 2} {
		if err := chart.SVG().(encoder.ColumnChecker).CheckColumns(n); err != nil {
			t.Errorf("%d columns: %v", n, err)
		}
	}
	encode(t, chart.SVG(), count(10_000)) // as many as there may be
}

// Columns whose type no driver reports, as SQLite's expressions have, are what their values are.
func TestColumnsWithoutATypeAreWhatTheirValuesAre(t *testing.T) {
	s := sample{
		columns: []row.Column{{Name: "first"}, {Name: "late"}, {Name: "words"}, {Name: "nothing"}},
		rows: [][]any{
			{int64(1), nil, int64(1), nil}, {int64(2), int64(5), "x", nil}, {int64(3), 6.5, nil, nil},
		},
	}
	got := texts(t, s)
	if got[0] != "late" || !slices.Contains(got, "first") || slices.Contains(got, "words") {
		t.Errorf("%q, want the numbers of late along those of first", got)
	}
}

// texts returns the texts of a sample's SVG, in their order.
func texts(t *testing.T, s sample, options ...chart.Option) (list []string) {
	t.Helper()
	document := encode(t, chart.SVG(options...), s)
	for d := xml.NewDecoder(bytes.NewReader(document)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "text" {
			continue
		}
		var text string
		if err := d.DecodeElement(&text, &start); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
}

// Nothing in an SVG can do anything, whatever the names and the values are.
func TestSVGHasNothingActive(t *testing.T) {
	const hostile = `"><script>alert(1)</script><a href="javascript:x" onload='y'>&#x41;]]><!--` +
		"\x00\x1b\u202e\xff<image xlink:href=http://evil.example/>"
	s := sample{
		title: hostile,
		columns: []row.Column{
			column(hostile, row.Text), column(hostile, row.Int), column(hostile, row.Int),
		},
		rows: [][]any{{hostile, int64(1), int64(2)}, {nil, nil, int64(-1)}},
	}
	elements := []string{"circle", "path", "style", "svg", "text", "title"}
	attributes := []string{
		"class", "cx", "cy", "d", "height", "r", "role", "stroke-dasharray", "type", "viewBox", "width",
		"x", "xmlns", "y",
	}
	for _, s := range append(slices.Clone(samples), s) {
		document := encode(t, chart.SVG(), s)
		if bytes.Contains(document, []byte("url(")) || bytes.Contains(document, []byte("@import")) ||
			bytes.Contains(document, []byte("\u202e")) {
			t.Errorf("%s: %s", s.name, document)
		}
		for d := xml.NewDecoder(bytes.NewReader(document)); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v in %s", s.name, err, document)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if !slices.Contains(elements, start.Name.Local) {
				t.Errorf("%s: an element %s", s.name, start.Name.Local)
			}
			for _, a := range start.Attr {
				if !slices.Contains(attributes, a.Name.Local) {
					t.Errorf("%s: an attribute %s", s.name, a.Name.Local)
				}
			}
		}
	}
}

// The narrowest and the widest chart of every kind can be drawn.
func TestEverySampleInEveryWidth(t *testing.T) {
	for _, width := range []int{320, 4000} {
		for _, s := range samples {
			if got := texts(t, s, chart.Width(width)); len(got) < 2 {
				t.Errorf("%s of %d pixels: %q", s.name, width, got)
			}
		}
	}
}

func TestOptionsOfTheProgram(t *testing.T) {
	s := count(3)
	s.title = "Of the pipeline"
	for _, test := range []struct {
		options []chart.Option
		title   string
		width   int
	}{
		{title: "Of the pipeline", width: 720},
		{options: []chart.Option{chart.Title("Of the program"), chart.Width(1000)},
			title: "Of the program", width: 1000},
		{options: []chart.Option{chart.Width(1)}, title: "Of the pipeline", width: 320},
	} {
		var got struct {
			Width int    `xml:"width,attr"`
			Title string `xml:"title"`
		}
		err := xml.Unmarshal(encode(t, chart.SVG(test.options...), s), &got)
		if err != nil || got.Title != test.title || got.Width != test.width {
			t.Errorf("%+v, %v, want %+v", got, err, test)
		}
		config, err := png.DecodeConfig(bytes.NewReader(encode(t, chart.PNG(test.options...), s)))
		if err != nil || config.Width != 2*test.width {
			t.Errorf("%+v, %v, want %+v", config, err, test)
		}
	}
}

var errRows, errWrite = errors.New("the rows failed"), errors.New("the writer failed")

// What package encodertest tests of an encoder, whose Decode a picture has not: errors are returned
// with nothing written after them, the same rows are the same picture, and calls may be concurrent.
func TestEncoderKeepsTheContract(t *testing.T) {
	for _, e := range []encoder.Encoder{chart.SVG(), chart.PNG()} {
		for _, n := range []int{0, 1, 500} {
			var b bytes.Buffer
			if err := e.Encode(&b, failing(t, n)); !errors.Is(err, errRows) || b.Len() > 0 {
				t.Errorf("rows that fail after %d: %v after %d bytes", n, err, b.Len())
			}
		}
		w := new(fails)
		rows := count(10)
		if err := e.Encode(w, row.Of(rows.columns, rows.rows...)); err != errWrite || w.calls != 1 {
			t.Errorf("%v after %d calls", err, w.calls)
		}
		want := encode(t, e, samples[0])
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got := encode(t, e, samples[0]); !bytes.Equal(got, want) {
					t.Error("the same rows are another picture")
				}
			})
		}
		all.Wait()
	}
}

// failing returns n rows that end with an error, in memory that the next one uses again.
func failing(t *testing.T, n int) *row.Rows {
	t.Helper()
	db := sql.OpenDB(fakedb.Connector(func() driver.Rows {
		return fakedb.NewRows(fakedb.Set{
			Columns: []fakedb.Column{
				{Name: "word", DatabaseType: "TEXT", ScanType: reflect.TypeFor[any]()},
				{Name: "n", DatabaseType: "NUMERIC", ScanType: reflect.TypeFor[any]()},
			},
			Count: n, Err: errRows,
			Value: func(row, _ int, b []byte) driver.Value { return fmt.Append(b, row) },
		})
	}))
	t.Cleanup(func() { db.Close() })
	query, err := db.Query("")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := row.Scan(query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	return rows
}

type fails struct{ calls int }

func (w *fails) Write([]byte) (int, error) {
	w.calls++
	return 0, errWrite
}
