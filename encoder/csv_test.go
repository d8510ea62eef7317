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
	fmt.Print(strings.ReplaceAll(document.String(), "\r\n", "\n")) // which is all that an example can compare
	// Output:
	// name,price,tags
	// Käfer,12500.00,"{blue,<new>}"
	// 2CV,,{}
}

// A text that begins like a formula stays a text when a spreadsheet opens the file; the number is one.
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

func TestCSV(t *testing.T) {
	encodertest.Run(t, encoder.CSV(), readCSV)
}

// readCSV is the encodertest.Decode of CSV. encoding/csv reads it; that an empty field has quotes, which is all that tells
// the empty text from NULL, is seen at the place where it says that the field is.
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

// TestCSVFields has the field for each value, next to another one. Where a rule is that of RFC 4180, section 2, or of
// PostgreSQL's COPY (CopyAttributeOutCSV in copyto.c), it says so.
func TestCSVFields(t *testing.T) {
	tests := []struct {
		why     string
		kind    row.Kind
		value   any
		want    string
		guarded string // "" for want
	}{
		{"COPY: NULL is an empty field", row.Text, nil, ``, ``},
		{"COPY: which the empty text is not", row.Text, ``, `""`, ``},
		{"plain", row.Text, `a b`, `a b`, ``},
		{"RFC 4180, 6", row.Text, `a,b`, `"a,b"`, ``},
		{"RFC 4180, 7", row.Text, `say "no"`, `"say ""no"""`, ``},
		{"RFC 4180, 7, at the ends", row.Text, `"`, `""""`, ``},
		{"RFC 4180, 6", row.Text, "a\r\nb", "\"a\r\nb\"", ``},
		{"COPY: LF alone", row.Text, "a\nb", "\"a\nb\"", ``},
		{"COPY: CR alone", row.Text, "a\rb", "\"a\rb\"", ``},
		{"RFC 4180, 4: spaces are part of a field, and some readers trim them", row.Text, ` a`, `" a"`, ``},
		{"the same", row.Text, `a `, `"a "`, ``},
		{"the same", row.Text, "a\t", "\"a\t\"", ``},
		{"COPY: the end of data", row.Text, `\.`, `"\."`, ``},
		{"a backslash alone means nothing", row.Text, `a\.b\`, `a\.b\`, ``},
		{"invalid UTF-8", row.Text, "a\xff\xe4\xb8,", "\"a\uFFFD\uFFFD\uFFFD,\"", ``},
		{"JSON is its text", row.JSON, `{"a": 1}`, `"{""a"": 1}"`, ``},
		{"an array is PostgreSQL's text", row.Array, `{1,NULL}`, `"{1,NULL}"`, ``},
		{"bytes are hexadecimal", row.Bytes, []byte{0, 0xff}, `\x00ff`, ``},
		{"no bytes are not NULL", row.Bytes, []byte{}, `\x`, ``},
		{"true and not COPY's t, which no spreadsheet knows", row.Bool, true, `true`, ``},
		{"integer", row.Int, int64(-5), `-5`, ``},
		{"unsigned", row.Uint, uint64(18446744073709551615), `18446744073709551615`, ``},
		{"numeric", row.Numeric, `-12.50`, `-12.50`, ``},
		{"float", row.Float64, -1e300, `-1e+300`, ``},
		{"a date", row.Date, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), `2024-02-29`, ``},
		{"a date that has only its text", row.Date, `-infinity`, `-infinity`, `"'-infinity"`},
		{"any text, where SQLite declares a date", row.Date, `=1,"2"`, `"=1,""2"""`, `"'=1,""2"""`},

		{"formula", row.Text, `=1+2`, `=1+2`, `"'=1+2"`},
		{"formula", row.Text, `+1`, `+1`, `"'+1"`},
		{"formula", row.Text, `-1`, `-1`, `"'-1"`},
		{"formula", row.Text, `@SUM(A1)`, `@SUM(A1)`, `"'@SUM(A1)"`},
		{"formula behind a tab", row.Text, "\t=1", "\"\t=1\"", "\"'\t=1\""},
		{"formula behind a carriage return", row.Text, "\r=1", "\"\r=1\"", "\"'\r=1\""},
		{"formula behind a line feed", row.Text, "\n=1", "\"\n=1\"", "\"'\n=1\""},
		{"formula behind NUL", row.Text, "\x00=1", "\"\x00=1\"", "\"'\x00=1\""},
		{"formula with quotes", row.Text, `=HYPERLINK("x","y")`, `"=HYPERLINK(""x"",""y"")"`, `"'=HYPERLINK(""x"",""y"")"`},
		{"numeric that is none is text", row.Numeric, `=1`, `=1`, `"'=1"`},
		{"an integer that is none", row.Int, `=1`, `=1`, `"'=1"`},
		{"JSON that is none", row.JSON, `=1`, `=1`, `"'=1"`},
		{"an array that is none", row.Array, `=1`, `=1`, `"'=1"`},
		{"a UUID that is none", row.UUID, `=1`, `=1`, `"'=1"`},
		{"a boolean that is none", row.Bool, `=1`, `=1`, `"'=1"`},
		{"a time that is none", row.Time, `=1`, `=1`, `"'=1"`},
		{"a type that is not known", row.Null, `=1`, `=1`, `"'=1"`},
		{"an equals sign later", row.Text, `a=1`, `a=1`, ``},
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

func TestCSVHeader(t *testing.T) {
	columns := []row.Column{{Name: `a,"b"`}, {Name: "=1"}, {Name: ""}, {Name: "\xff"}}
	for _, tt := range []struct {
		why     string
		encoder encoder.Encoder
		want    string
	}{
		{"names are fields", encoder.CSV(), "\"a,\"\"b\"\"\",=1,\"\",\uFFFD\r\n"},
		{"and may be formulas", encoder.CSV(encoder.CSVGuard()), "\"a,\"\"b\"\"\",\"'=1\",\"\",\uFFFD\r\n"},
		{"the mark comes once, before all", encoder.CSV(encoder.CSVBOM()), "\xef\xbb\xbf\"a,\"\"b\"\"\",=1,\"\",\uFFFD\r\n"},
	} {
		if got := write(t, tt.encoder, row.Of(columns)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}

// FuzzCSV has encoding/csv read any texts back as they were, and no field begin a formula that is guarded.
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
