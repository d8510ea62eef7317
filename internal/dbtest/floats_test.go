package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/racetest"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// floats returns numbers of a precision, in bits of size: any, whole ones, fractions of few digits,
// both neighbours of points half-way between two numbers that have few decimal digits, and numbers
// that themselves lie half-way between two short texts.
func floats(size int, count int) (list []float64) {
	precision, most := 53, 1023
	if size == 32 {
		precision, most = 24, 127
	}
	random := rand.New(rand.NewPCG(1, uint64(size)))
	add := func(f float64) {
		if size == 32 {
			f = float64(float32(f))
		}
		if !math.IsInf(f, 0) && f == f {
			list = append(list, f)
		}
	}
	next := func(f float64, to float64) float64 {
		if size == 32 {
			return float64(math.Nextafter32(float32(f), float32(to)))
		}
		return math.Nextafter(f, to)
	}
	for range count {
		if size == 32 {
			add(float64(math.Float32frombits(random.Uint32())))
		} else {
			add(math.Float64frombits(random.Uint64()))
		}
		add(math.Trunc(math.Ldexp(random.Float64(), 1+random.IntN(90))))
		add(float64(random.IntN(1e9)) / math.Pow10(random.IntN(14)))
	}
	// Half-way points are odd·2^exp with one bit more than the precision. Such a point has few
	// decimal digits if odd is a multiple of a power of five, or exp is -1 or -2.
	for range count {
		power, five := random.IntN(24), uint64(1)
		low := uint64(1) << precision
		for range power {
			if five*5 <= low {
				five *= 5
			}
		}
		odd := low/five + random.Uint64N(low/five+1) | 1
		odd *= five
		exp := random.IntN(70) - 2
		if exp+precision+1 > most || odd >= 2*low || odd < low {
			continue
		}
		below := math.Ldexp(float64(odd/2), exp+1)
		for _, f := range []float64{below, next(below, math.Inf(1))} {
			add(f)
			add(-f)
		}
	}
	// A number with one digit more than it takes has two shortest texts that are as near.
	digits, places := 1e10, 14
	if size == 64 {
		digits, places = 1e18, 25
	}
	for range count {
		n := 1 + random.IntN(places)
		limit := min(math.Ldexp(1, precision), digits/math.Pow(5, float64(n)))
		f := float64(random.Uint64N(uint64(limit)+1) | 1)
		add(math.Ldexp(f, -n))
		add(-math.Ldexp(math.Trunc(limit)-float64(random.IntN(1000)), -n))
	}
	for exp := -precision; exp < most; exp++ { // next to powers of two the distance changes
		f := math.Ldexp(1, exp)
		add(f)
		add(next(f, math.Inf(1)))
		add(next(f, 0))
	}
	return list
}

// TestFloatsMatchToJSON compares the digits of floats with those of to_json, in text formats, and
// their bits with those that the server sends.
func TestFloatsMatchToJSON(t *testing.T) {
	db := openPostgres(t)
	for size, typ := range map[int]string{32: "float4", 64: "float8"} {
		var text strings.Builder
		list := floats(size, racetest.Sized(30_000, 2_000))
		for _, f := range list {
			text.WriteByte(',')
			text.Write(strconv.AppendFloat(nil, f, 'g', 17, 64))
		}
		setUp(t, db, "DROP TABLE IF EXISTS floats_"+typ,
			"CREATE TABLE floats_"+typ+" (n serial, f "+typ+")")
		if _, err := db.Exec("INSERT INTO floats_"+typ+" (f) SELECT v::"+typ+
			" FROM unnest(string_to_array($1, ',')) v", text.String()[1:]); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d numbers of %s", len(list), typ)
	}
	// All of them, with -short too: without the race detector, that is the only run in full.
	for _, way := range slices.Concat(drivers, connectors) {
		db := way.open(t)
		m := moresql.New(db, moresql.CallBy(query{}))
		for size, typ := range map[int]string{32: "float4", 64: "float8"} {
			t.Run(way.name+" "+typ, func(t *testing.T) {
				from := " FROM floats_" + typ + " ORDER BY n"
				sameColumns(t, m, "SELECT f, to_json(f)::text"+from)
				sameBits(t, m, size, "SELECT f, encode("+typ+"send(f), 'hex')"+from)
			})
		}
	}
}

// sameColumns checks that the two columns of a query are equal as CSV, as JSON, and as JSON within
// arrays.
func sameColumns(t *testing.T, m *moresql.MoreSQL, text string) {
	t.Helper()
	texts := strings.Replace(text, "SELECT f", "SELECT ARRAY[f] AS f", 1)
	for _, format := range []struct {
		name, query, before, between, after string
		encoder                             encoder.Encoder
	}{
		{"CSV", text, "", ",", "\r", encoder.CSV()},
		{"JSON", text, `{"f":`, `,"to_json":"`, `"}`, encoder.NDJSON()},
		{"array", texts, `{"f":[`, `],"to_json":"`, `"}`, encoder.NDJSON()},
	} {
		var out bytes.Buffer
		if err := m.Stream(context.Background(), &out, format.encoder, format.query); err != nil {
			t.Fatal(err)
		}
		lines, wrong := 0, 0
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			got, want, ok := strings.Cut(strings.TrimPrefix(line, format.before), format.between)
			if lines++; !ok || got+format.after != want && got != "f" {
				if wrong++; wrong < 10 {
					t.Errorf("%s: %s", format.name, line)
				}
			}
		}
		if lines < racetest.Sized(100_000, 9_000) || wrong > 0 {
			t.Errorf("%s: %d of %d numbers differ", format.name, wrong, lines)
		}
	}
}

// sameBits checks that the numbers in the first column of a query are of the column's kind, and
// have the bits of the second column.
func sameBits(t *testing.T, m *moresql.MoreSQL, size int, text string) {
	t.Helper()
	n, wrong := 0, 0
	for r, err := range m.Rows(context.Background(), text) {
		if err != nil {
			t.Fatal(err)
		}
		v := r.Value(0)
		got, kind := fmt.Sprintf("%016x", math.Float64bits(v.Float())), row.Float64
		if size == 32 {
			got, kind = fmt.Sprintf("%08x", math.Float32bits(float32(v.Float()))), row.Float32
		}
		if n++; got != r.Value(1).String() || v.Kind() != kind || r.Columns()[0].Kind != kind {
			if wrong++; wrong < 10 {
				t.Errorf("%s of kind %s is %s, want %s", v, v.Kind(), got, r.Value(1))
			}
		}
	}
	if n < racetest.Sized(100_000, 9_000) || wrong > 0 {
		t.Errorf("%d of %d numbers differ", wrong, n)
	}
}

// TestFloatsByRPCHaveTheSameDigitsInEachFormat calls a function by a catalog, where JSON comes from
// the server and other formats from the values of the driver, and by a handler, where none does.
func TestFloatsByRPCHaveTheSameDigitsInEachFormat(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS digits CASCADE", "CREATE SCHEMA digits",
		`CREATE FUNCTION digits.f() RETURNS TABLE (s float4, d float8) LANGUAGE sql STABLE AS
			$$ VALUES (551701632::float4, 5e22::float8), (2097152.25, 2.0^(-12)), (2.0^(-12), 0.1) $$`)
	want := "s,d\r\n5.5170163e+08,4.9999999999999996e+22\r\n2.0971522e+06,0.000244140625\r\n" +
		"0.00024414062,0.1\r\n"
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, moresql.Encoders(encoder.JSON(), encoder.CSV()))
		for _, h := range []http.Handler{
			rest.Routines(m, load(t, db, "digits")), m.Handler("digits.f"),
		} {
			for accept, want := range map[string]string{
				"text/csv": want,
				"application/json": queryText(t, db, `SELECT '[' || string_agg(format('{"s":%s,"d":%s}',
					to_json(s), to_json(d)), ',') || ']' FROM digits.f()`),
			} {
				w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/f", nil)
				r.Header.Set("Accept", accept)
				h.ServeHTTP(w, r)
				if got := w.Body.String(); accept == "text/csv" && got != want || !sameDigits(got, want) {
					t.Errorf("%T: %s\n got %s\nwant %s", h, accept, got, want)
				}
			}
		}
	})
}

// sameDigits reports whether two documents are equal but for white space.
func sameDigits(got, want string) bool {
	compact := strings.NewReplacer(" ", "", "\n", "").Replace
	return compact(got) == compact(want)
}
