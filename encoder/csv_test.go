package encoder_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/row"
)

func ExampleCSV() {
	var document strings.Builder
	encoder.CSV().Encode(&document, cars())
	// The output of an example is compared without CR.
	fmt.Print(strings.ReplaceAll(document.String(), "\r\n", "\n"))
	// Output:
	// car,price,tags
	// Käfer,12500.00,"{blue,<new>}"
	// 2CV,,{}
}

// A spreadsheet opens text that begins like a formula as text, and a number as a number.
func ExampleCSVGuard() {
	columns := []row.Column{{Name: "comment", Kind: row.Text}, {Name: "balance", Kind: row.Numeric}}
	var document strings.Builder
	encoder.CSV(encoder.CSVGuard()).Encode(&document, row.Of(columns, []any{"=2+5", "-12.50"}))
	fmt.Print(strings.ReplaceAll(document.String(), "\r\n", "\n"))
	// Output:
	// comment,balance
	// "'=2+5",-12.50
}

func ExampleCSVBOM() {
	var document strings.Builder
	rows := row.Of([]row.Column{{Name: "name", Kind: row.Text}}, []any{"Käfer"})
	encoder.CSV(encoder.CSVBOM()).Encode(&document, rows)
	fmt.Printf("%+q\n", document.String())
	// Output: "\ufeffname\r\nK\u00e4fer\r\n"
}

func TestCSVKeepsTheContract(t *testing.T) {
	encodertest.Run(t, encoder.CSV(), readCSV)
}

// readCSV is the encodertest.Decode of CSV, with encoding/csv. Only quotes distinguish the empty
// text from NULL: it looks for them at the position of the field.
func readCSV(document []byte) ([][]encodertest.Field, error) {
	lines := bytes.SplitAfter(document, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(document))
	var names []string
	var rows [][]encodertest.Field
	for {
		record, err := r.Read()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return rows, err
		}
		if names == nil {
			names = append(names, record...)
			continue
		}
		var fields []encodertest.Field
		for i, text := range record {
			line, column := r.FieldPos(i)
			null := text == "" && !bytes.HasPrefix(lines[line-1][column-1:], []byte(`"`))
			fields = append(fields, encodertest.Field{Name: names[i], Text: text, Null: null})
		}
		rows = append(rows, fields)
	}
}

// TestCSVWritesEachValueAsAField has each value next to another one. Where a rule is that of RFC
// 4180, section 2, or of PostgreSQL's COPY (CopyAttributeOutCSV in copyto.c), the row says so.
func TestCSVWritesEachValueAsAField(t *testing.T) {
	tests := []struct {
		why     string
		kind    row.Kind
		value   any
		want    string
		guarded string // "" for want
	}{
		{why: "COPY: NULL is an empty field", kind: row.Text, want: ``},
		{why: "COPY: the empty text is a quoted field", kind: row.Text, value: ``, want: `""`},
		{why: "plain", kind: row.Text, value: `a b`, want: `a b`},
		{why: "RFC 4180, 6", kind: row.Text, value: `a,b`, want: `"a,b"`},
		{why: "RFC 4180, 7", kind: row.Text, value: `say "no"`, want: `"say ""no"""`},
		{why: "RFC 4180, 7, at the ends", kind: row.Text, value: `"`, want: `""""`},
		{why: "RFC 4180, 6", kind: row.Text, value: "a\r\nb", want: "\"a\r\nb\""},
		{why: "COPY: LF alone", kind: row.Text, value: "a\nb", want: "\"a\nb\""},
		{why: "COPY: CR alone", kind: row.Text, value: "a\rb", want: "\"a\rb\""},
		{why: "RFC 4180, 4: spaces are part of a field, and some readers trim them",
			kind: row.Text, value: ` a`, want: `" a"`},
		{why: "the same", kind: row.Text, value: `a `, want: `"a "`},
		{why: "the same", kind: row.Text, value: "a\t", want: "\"a\t\""},
		{why: "COPY: the end of data", kind: row.Text, value: `\.`, want: `"\."`},
		{why: "a backslash alone means nothing",
			kind: row.Text, value: `a\.b\`, want: `a\.b\`},
		{why: "invalid UTF-8",
			kind: row.Text, value: "a\xff\xe4\xb8,", want: "\"a\uFFFD\uFFFD\uFFFD,\""},
		{why: "JSON is its text", kind: row.JSON, value: `{"a": 1}`, want: `"{""a"": 1}"`},
		{why: "an array is PostgreSQL's text",
			kind: row.Array, value: `{1,NULL}`, want: `"{1,NULL}"`},
		{why: "bytes are hexadecimal",
			kind: row.Bytes, value: []byte{0, 0xff}, want: `\x00ff`},
		{why: "no bytes are not NULL", kind: row.Bytes, value: []byte{}, want: `\x`},
		{why: "true, and not COPY's t, which no spreadsheet reads",
			kind: row.Bool, value: true, want: `true`},
		{why: "integer", kind: row.Int, value: int64(-5), want: `-5`},
		{why: "unsigned",
			kind: row.Uint, value: uint64(18446744073709551615), want: `18446744073709551615`},
		{why: "numeric", kind: row.Numeric, value: `-12.50`, want: `-12.50`},
		{why: "float", kind: row.Float64, value: -1e300, want: `-1e+300`},
		{why: "a date",
			kind: row.Date, value: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), want: `2024-02-29`},
		{why: "a date that is only a text",
			kind: row.Date, value: `-infinity`, want: `-infinity`, guarded: `"'-infinity"`},
		{why: "any text, where SQLite declares a date",
			kind: row.Date, value: `=1,"2"`, want: `"=1,""2"""`, guarded: `"'=1,""2"""`},

		{why: "formula", kind: row.Text, value: `=1+2`, want: `=1+2`, guarded: `"'=1+2"`},
		{why: "formula", kind: row.Text, value: `+1`, want: `+1`, guarded: `"'+1"`},
		{why: "formula", kind: row.Text, value: `-1`, want: `-1`, guarded: `"'-1"`},
		{why: "formula", kind: row.Text, value: `@SUM(A1)`, want: `@SUM(A1)`, guarded: `"'@SUM(A1)"`},
		{why: "formula after a tab",
			kind: row.Text, value: "\t=1", want: "\"\t=1\"", guarded: "\"'\t=1\""},
		{why: "formula after a carriage return",
			kind: row.Text, value: "\r=1", want: "\"\r=1\"", guarded: "\"'\r=1\""},
		{why: "formula after a line feed",
			kind: row.Text, value: "\n=1", want: "\"\n=1\"", guarded: "\"'\n=1\""},
		{why: "formula after NUL",
			kind: row.Text, value: "\x00=1", want: "\"\x00=1\"", guarded: "\"'\x00=1\""},
		{why: "formula with quotes",
			kind: row.Text, value: `=HYPERLINK("x","y")`, want: `"=HYPERLINK(""x"",""y"")"`,
			guarded: `"'=HYPERLINK(""x"",""y"")"`},
		{why: "numeric that is not a number",
			kind: row.Numeric, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "an integer that is not one", kind: row.Int, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "JSON that is not valid", kind: row.JSON, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "an array that is not valid", kind: row.Array, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "a UUID that is not valid", kind: row.UUID, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "a boolean that is not valid", kind: row.Bool, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "a time that is not valid", kind: row.Time, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "an unknown type", kind: row.Null, value: `=1`, want: `=1`, guarded: `"'=1"`},
		{why: "an equals sign later", kind: row.Text, value: `a=1`, want: `a=1`},
	}
	for _, tt := range tests {
		columns := []row.Column{{Name: "a", Kind: tt.kind}, {Name: "b", Kind: row.Int}}
		if tt.guarded == "" {
			tt.guarded = tt.want
		}
		for _, test := range []struct {
			encoder encoder.Encoder
			want    string
		}{{encoder.CSV(), tt.want}, {encoder.CSV(encoder.CSVGuard()), tt.guarded}} {
			want := "a,b\r\n" + test.want + ",1\r\n"
			if got := write(t, test.encoder, row.Of(columns, []any{tt.value, int64(1)})); got != want {
				t.Errorf("%s: %q became %q, want %q", tt.why, tt.value, got, want)
			}
		}
	}
}

func TestCSVHeaderHasColumnNamesAsFields(t *testing.T) {
	columns := []row.Column{{Name: `a,"b"`}, {Name: "=1"}, {Name: ""}, {Name: "\xff"}}
	for _, tt := range []struct {
		why     string
		encoder encoder.Encoder
		want    string
	}{
		{"names are fields", encoder.CSV(), "\"a,\"\"b\"\"\",=1,\"\",\uFFFD\r\n"},
		{"names may be formulas", encoder.CSV(encoder.CSVGuard()),
			"\"a,\"\"b\"\"\",\"'=1\",\"\",\uFFFD\r\n"},
		{"the byte order mark comes once, at the beginning", encoder.CSV(encoder.CSVBOM()),
			"\xef\xbb\xbf\"a,\"\"b\"\"\",=1,\"\",\uFFFD\r\n"},
	} {
		if got := write(t, tt.encoder, row.Of(columns)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}

// FuzzCSV reads any text back with encoding/csv, and checks that no guarded field begins a formula.
func FuzzCSV(f *testing.F) {
	f.Add("a", "b,c", true)
	f.Add(`"`, "\r\n", false)
	f.Add("", " ", false)
	f.Add("=1\xff", "\ufeff,\"", true)
	f.Add(`\.`, "\t@", true)
	f.Fuzz(func(t *testing.T, a, b string, guard bool) {
		var options []encoder.CSVOption
		if guard {
			options = append(options, encoder.CSVGuard())
		}
		columns := []row.Column{{Name: a, Kind: row.Text}, {Name: "b", Kind: row.Text}}
		document := write(t, encoder.CSV(options...), row.Of(columns, []any{a, b}, []any{b, nil}))
		records, err := csv.NewReader(strings.NewReader(document)).ReadAll()
		if err != nil || len(records) != 3 {
			t.Fatalf("%q: %d records, %v", document, len(records), err)
		}
		for i, want := range []string{a, "b", a, b, b, ""} {
			got := records[i/2][i%2]
			if guard && got != "" && strings.Contains("=+-@\t\r\n\x00", got[:1]) {
				t.Errorf("%q begins a formula", got)
			}
			want = strings.ReplaceAll(string([]rune(want)), "\r\n", "\n") // as encoding/csv reads it
			if guard && want != got {
				want = "'" + want
			}
			if got != want {
				t.Errorf("%q came back as %q in %q", want, got, document)
			}
		}
	})
}
