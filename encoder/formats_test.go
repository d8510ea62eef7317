package encoder_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// write returns the document that an encoder writes for rows.
func write(t testing.TB, e encoder.Encoder, rows *row.Rows) string {
	t.Helper()
	var w bytes.Buffer
	if err := e.Encode(&w, rows); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// query returns the rows of a database that returns the given result sets.
func query(t testing.TB, shape row.Shape, sets ...*sqlmock.Rows) *row.Rows {
	t.Helper()
	db, mock, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	mock.ExpectQuery("").WillReturnRows(sets...)
	result, err := db.Query("")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := row.Scan(result)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	rows.Shape = shape
	return rows
}

// numbers returns a result set of one column.
func numbers(name string, values ...int64) *sqlmock.Rows {
	rows := sqlmock.NewRows([]string{name})
	for _, v := range values {
		rows.AddRow(v)
	}
	return rows
}

// TestEachShapeHasItsDocumentedForm covers the formats that RunJSON does not.
func TestEachShapeHasItsDocumentedForm(t *testing.T) {
	one := func() []*sqlmock.Rows { return []*sqlmock.Rows{numbers("n", 1)} }
	two := func() []*sqlmock.Rows { return []*sqlmock.Rows{numbers("n", 1, 2)} }
	none := func() []*sqlmock.Rows { return []*sqlmock.Rows{numbers("n")} }
	sets := func() []*sqlmock.Rows {
		return []*sqlmock.Rows{numbers("n", 1, 2), numbers("m"), numbers("o", 3)}
	}
	tests := []struct {
		name    string
		encoder encoder.Encoder
		shape   row.Shape
		sets    []*sqlmock.Rows
		want    string
	}{
		{name: "NDJSON",
			encoder: encoder.NDJSON(), shape: row.List, sets: two(), want: "{\"n\":1}\n{\"n\":2}\n"},
		{name: "NDJSON", encoder: encoder.NDJSON(), shape: row.List, sets: none(), want: ""},
		{name: "NDJSON", encoder: encoder.NDJSON(), shape: row.One, sets: one(), want: "{\"n\":1}\n"},
		{name: "NDJSON", encoder: encoder.NDJSON(), shape: row.Scalar, sets: one(), want: "1\n"},
		{name: "NDJSON", encoder: encoder.NDJSON(), shape: row.Scalars, sets: two(), want: "1\n2\n"},
		{name: "NDJSON",
			encoder: encoder.NDJSON(), shape: row.Sets, sets: sets(),
			want: "[{\"n\":1},{\"n\":2}]\n[]\n[{\"o\":3}]\n"},
		{name: "Compact",
			encoder: encoder.Compact(), shape: row.List, sets: two(),
			want: `{"columns":["n"],"rows":[[1],[2]]}`},
		{name: "Compact",
			encoder: encoder.Compact(), shape: row.List, sets: none(), want: `{"columns":["n"],"rows":[]}`},
		{name: "Compact",
			encoder: encoder.Compact(), shape: row.One, sets: one(), want: `{"columns":["n"],"rows":[[1]]}`},
		{name: "Compact",
			encoder: encoder.Compact(), shape: row.Scalar, sets: one(),
			want: `{"columns":["n"],"rows":[[1]]}`},
		{name: "Compact",
			encoder: encoder.Compact(), shape: row.Scalars, sets: two(),
			want: `{"columns":["n"],"rows":[[1],[2]]}`},
		{name: "Compact", encoder: encoder.Compact(), shape: row.Sets, sets: sets(),
			want: `[{"columns":["n"],"rows":[[1],[2]]},` +
				`{"columns":["m"],"rows":[]},{"columns":["o"],"rows":[[3]]}]`},
		{name: "Envelope",
			encoder: encoder.Envelope(`a "b"`), shape: row.List, sets: two(),
			want: `{"a \"b\"":[{"n":1},{"n":2}],"count":2}`},
		{name: "Envelope",
			encoder: encoder.Envelope("cars"), shape: row.List, sets: none(), want: `{"cars":[],"count":0}`},
		{name: "Envelope",
			encoder: encoder.Envelope("car"), shape: row.One, sets: one(),
			want: `{"car":{"n":1},"count":1}`},
		{name: "Envelope",
			encoder: encoder.Envelope("n"), shape: row.Scalar, sets: one(), want: `{"n":1,"count":1}`},
		{name: "Envelope",
			encoder: encoder.Envelope("n"), shape: row.Scalars, sets: two(), want: `{"n":[1,2],"count":2}`},
		{name: "Envelope",
			encoder: encoder.Envelope("all"), shape: row.Sets, sets: sets(),
			want: `{"all":[[{"n":1},{"n":2}],[],[{"o":3}]],"count":3}`},
		{name: "CSV", encoder: encoder.CSV(), shape: row.List, sets: two(), want: "n\r\n1\r\n2\r\n"},
		{name: "CSV", encoder: encoder.CSV(), shape: row.List, sets: none(), want: "n\r\n"},
		{name: "CSV", encoder: encoder.CSV(), shape: row.One, sets: one(), want: "n\r\n1\r\n"},
		{name: "CSV", encoder: encoder.CSV(), shape: row.Scalars, sets: two(), want: "n\r\n1\r\n2\r\n"},
		{name: "Raw", encoder: encoder.Text(), shape: row.Scalar, sets: one(), want: "1"},
		{name: "Raw", encoder: encoder.Text(), shape: row.Scalars, sets: two(), want: "12"},
		{name: "Raw", encoder: encoder.Text(), shape: row.List, sets: two(), want: "12"},
		{name: "Raw", encoder: encoder.Text(), shape: row.List, sets: none(), want: ""},
	}
	for _, tt := range tests {
		if got := write(t, tt.encoder, query(t, tt.shape, tt.sets...)); got != tt.want {
			t.Errorf("%s of shape %d: %q, want %q", tt.name, tt.shape, got, tt.want)
		}
	}
}

// TestSetsAreAnErrorWithoutAFormForThem checks that nothing is written then, rather than the first
// result set alone.
func TestSetsAreAnErrorWithoutAFormForThem(t *testing.T) {
	for name, e := range map[string]encoder.Encoder{
		"CSV":      encoder.CSV(),
		"Raw":      encoder.Binary(),
		"Template": encoder.Template(parse(`{{range .Rows}}{{.n}}{{end}}`)),
	} {
		var w bytes.Buffer
		err := e.Encode(&w, query(t, row.Sets, numbers("n", 1), numbers("m", 2)))
		if err == nil || !strings.Contains(err.Error(), "choose an encoder") || w.Len() > 0 {
			t.Errorf("%s wrote %q and returned %v", name, &w, err)
		}
	}
}

// TestDocumentIsNotCompleteAfterARowError covers all shapes.
func TestDocumentIsNotCompleteAfterARowError(t *testing.T) {
	valid := func(document string) bool { return json.Valid([]byte(document)) }
	closed := func(document string) bool { return strings.Contains(document, "</html>") }
	page := encoder.Template(parse(`<html>{{range .Rows}}{{.n}}{{else}}none{{end}}{{.Row}}</html>`))
	failed := errors.New("the rows failed")
	for name, test := range map[string]struct {
		encoder  encoder.Encoder
		complete func(string) bool
	}{
		"Compact":  {encoder.Compact(), valid},
		"Envelope": {encoder.Envelope("n"), valid},
		"Object":   {encoder.Object(), valid},
		"HTML":     {encoder.HTML(), closed},
		"Template": {page, closed},
	} {
		for _, shape := range []row.Shape{row.List, row.One, row.Scalar, row.Scalars, row.Sets} {
			if name == "Template" && shape == row.Sets {
				continue
			}
			for _, after := range []int{0, 1} {
				rows := query(t, shape, numbers("n", 1, 2).RowError(after, failed))
				var w bytes.Buffer
				if err := test.encoder.Encode(&w, rows); !errors.Is(err, failed) {
					t.Errorf("%s of shape %d after %d rows returned %v", name, shape, after, err)
				}
				if test.complete(w.String()) {
					t.Errorf("%s of shape %d after %d rows is complete: %s", name, shape, after, &w)
				}
			}
		}
	}
}

// TestMediaTypesAreTheRegisteredOnes has the media types of RFC 4180 and RFC 8259, by which JSON
// has no charset, and those that distinguish forms of JSON.
func TestMediaTypesAreTheRegisteredOnes(t *testing.T) {
	for want, encoders := range map[string][]encoder.Encoder{
		"application/json":                                 {encoder.JSON(), encoder.Envelope("a")},
		"application/x-ndjson":                             {encoder.NDJSON()},
		"application/vnd.moresql.compact+json":             {encoder.Compact()},
		"application/vnd.pgrst.object+json; charset=utf-8": {encoder.Object()},
		"text/csv; charset=utf-8; header=present": {
			encoder.CSV(), encoder.CSV(encoder.CSVBOM()),
		},
		"text/html; charset=utf-8":  {encoder.HTML(), encoder.Template(parse(""))},
		"text/plain; charset=utf-8": {encoder.Text()},
		"application/octet-stream":  {encoder.Binary()},
		"image/png":                 {encoder.Raw("image/png")},
	} {
		for _, e := range encoders {
			if got := e.MediaType(); got != want {
				t.Errorf("%T: %q, want %q", e, got, want)
			}
		}
	}
}
