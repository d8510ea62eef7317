package binder_test

import (
	"database/sql"
	"math/big"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// text binds one field from a query.
func text(field binder.Field, value string) (any, error) {
	r := newRequest("GET", "/", "", "")
	r.URL.RawQuery = url.Values{field.Name: {value}}.Encode()
	values, _, err := binder.Bind(r, []binder.Field{field}, nil, binder.Defaults())
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// typesOfPostgreSQL has texts that a field accepts, as PostgreSQL does for its type, and texts that
// the field refuses.
var typesOfPostgreSQL = []struct {
	field      binder.Field
	postgreSQL string
	good, bad  []string
	message    string
}{
	{
		field: binder.Int("a"), postgreSQL: "numeric",
		good: []string{"0", "-0", "+5", "007", "-9223372036854775809", strings.Repeat("9", 1000)},
		bad: []string{
			"", "-", "+", "+-1", "--1", "1.0", "1e3", "1_000", "1,000", " 1", "1 ", "0x10", "١", "null",
			"NaN", "1\n",
		},
		message: "a is not a whole number",
	}, {
		field: binder.Number("a"), postgreSQL: "numeric",
		good: []string{
			"0", "-1.10", "+.5", "5.", "1e3", "1E+3", "2.5e-3", "00.10", "-0.0", "0e0",
			strings.Repeat("9", 1000) + ".1",
		},
		bad: []string{
			"", ".", "-", "e3", "1e", "1e+", "1e1.5", "1..2", "1.2.3", "+-1", "1e9999999", "1_000.5",
			"1,5", " 1", "0x1p3", "Infinity", "NaN", "1e٣",
		},
		message: "a is not a number",
	}, {
		field: binder.Bool("a"), postgreSQL: "boolean",
		good:    []string{"true", "false", "TRUE", "Yes", "no", "on", "OFF", "1", "0"},
		bad:     []string{"", "t", "2", "truer", "ja", " true", "null"},
		message: "a is not true or false",
	}, {
		field: binder.Date("a"), postgreSQL: "date",
		good: []string{"2024-02-29", "0001-01-01", "9999-12-31"},
		bad: []string{
			"", "2023-02-29", "2024-13-01", "0000-01-01", "2024-1-1", "24-01-01", "20240101",
			"2024-01-01T00:00:00Z", "now", "today", "infinity", "-2024-01-01",
		},
		message: "a is not a date like 2006-01-02",
	}, {
		field: binder.Timestamp("a"), postgreSQL: "timestamptz",
		good: []string{
			"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.123456+07:00", "2006-01-02T15:04:05.5-00:30",
		},
		bad: []string{
			"", "2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z", "2006-01-02T15:04:05,5Z",
			"2006-01-02T5:04:05Z", "2006-01-02T24:00:01Z", "2023-02-29T00:00:00Z",
			"0000-01-01T00:00:00Z", "2006-01-02T15:04:05+0700", "now",
		},
		message: "a is not a time like 2006-01-02T15:04:05Z",
	}, {
		field: binder.UUID("a"), postgreSQL: "uuid",
		good: []string{
			"f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
			"00000000-0000-0000-0000-000000000000",
		},
		bad: []string{
			"", "f81d4fae7dec11d0a76500a0c91e6bf6", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
			"f81d4fae-7dec-11d0-a765-00a0c91e6bfg", "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
			"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765000a0c91e6bf6",
		},
		message: "a is not a UUID",
	}, {
		field: binder.Bytes("a"), postgreSQL: "bytea",
		good:    []string{`\x`, `\x6869`, `\xFf00`},
		bad:     []string{"", "6869", `\x6`, `\xzz`, `\X68`, `\\x68`, `\x68 69`},
		message: `a is not bytes like \x6869`,
	}, {
		field: binder.Text("a"), postgreSQL: "text",
		good:    []string{"", "x", "ä\n€", "\ufffd", strings.Repeat("x", 1000)},
		bad:     []string{"\xff", "a\xc3", "\xed\xa0\x80"}, // the last is half a surrogate pair
		message: "a is not valid UTF-8",
	},
}

func TestTypesAcceptAndRefuseTexts(t *testing.T) {
	for _, row := range typesOfPostgreSQL {
		for _, good := range row.good {
			if value, err := text(row.field, good); value != good {
				t.Errorf("%s: %.40q is bound as %#v, %v", row.postgreSQL, good, value, err)
			}
		}
		for _, bad := range row.bad {
			value, err := text(row.field, bad)
			checkRefusal(t, value, err, 400, "a", row.message)
		}
	}
}

func TestPostgreSQLAcceptsWhatTypesAccept(t *testing.T) {
	db, err := sql.Open("postgres", pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, row := range typesOfPostgreSQL {
		query := "SELECT unnest($1::text[])::" + row.postgreSQL
		if _, err := db.Exec(query, pq.Array(row.good)); err != nil {
			t.Errorf("%s: %v", row.postgreSQL, err)
		}
	}
}

func TestConstraintsAcceptAndRefuseTexts(t *testing.T) {
	for _, row := range []struct {
		line, why string
		field     binder.Field
		good, bad []string
		message   string
	}{
		{
			line: where(), why: "the least number",
			field: binder.Int("a").Min(1), good: []string{"1", "+1", "01", "99999999999999999999"},
			bad: []string{"0", "-1", "-99999999999999999999"}, message: "a is less than 1",
		},
		{
			line: where(), why: "the greatest number",
			field: binder.Int("a").Max(9), good: []string{"9", "-99999999999999999999"},
			bad: []string{"10", "99999999999999999999"}, message: "a is greater than 9",
		},
		{
			line: where(), why: "a negative limit",
			field: binder.Int("a").Min(-5), good: []string{"-5", "0", "4"}, bad: []string{"-6", "-50"},
			message: "a is less than -5",
		},
		{
			line: where(), why: "zero as a limit",
			field: binder.Number("a").Min(0), good: []string{"0", "-0", "-0.0e5", "1e-300"},
			bad: []string{"-1e-300"}, message: "a is less than 0",
		},
		{
			line: where(), why: "a tenth is the decimal, not the float",
			field:   binder.Number("a").Max(0.1),
			good:    []string{"0.1", "1e-1", "0.09999999999999999999999"},
			bad:     []string{"0.1000000000000000000001", "0.10000000000000000555"},
			message: "a is greater than 0.1",
		},
		{
			line: where(), why: "more digits than a float has",
			field: binder.Number("a").Max(100000000000001), good: []string{"100000000000001.000"},
			bad: []string{"100000000000001.0000000000001"}, message: "a is greater than 100000000000001",
		},
		{
			line: where(), why: "numbers with exponents",
			field: binder.Number("a").Max(1000), good: []string{"1e3", "0.1e4", "10000e-1"},
			bad: []string{"1.0001e3", "1e1000000"}, message: "a is greater than 1000",
		},
		{
			line: where(), why: "the least length",
			field: binder.Text("a").MinLen(2), good: []string{"xx", "ää", "🚗🚗"},
			bad: []string{"", "x", "ä", "🚗"}, message: "a is shorter than 2 characters",
		},
		{
			line: where(), why: "the greatest length",
			field: binder.Text("a").MaxLen(2), good: []string{"", "🚗🚗"},
			bad: []string{"xxx", "e\u0301e"}, message: "a is longer than 2 characters",
		},
		{
			line: where(), why: "a pattern",
			field: binder.Text("a").Pattern(`^[A-Z]{3}$`), good: []string{"ABC"},
			bad: []string{"", "ABCD", "abc", "ABC\n"}, message: "a does not match ^[A-Z]{3}$",
		},
		{
			line: where(), why: "a pattern that is not anchored",
			field: binder.Text("a").Pattern(`@`), good: []string{"a@b", "@"}, bad: []string{"a"},
			message: "a does not match @",
		},
		{
			line: where(), why: "a choice",
			field: binder.Text("a").OneOf("red", "blue"), good: []string{"red", "blue"},
			bad: []string{"", "Red", "red, blue"}, message: "a is not one of these: red, blue",
		},
		{
			line: where(), why: "the type is checked before its constraints",
			field: binder.Int("a").Min(1).Max(9), good: []string{"5"}, bad: []string{"", "x"},
			message: "a is not a whole number",
		},
		{
			line: where(), why: "the first constraint that fails is reported",
			field: binder.Text("a").MaxLen(3).Pattern("^x"), good: []string{"xyz"},
			bad: []string{"abcd"}, message: "a is longer than 3 characters",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			for _, good := range row.good {
				if value, err := text(row.field, good); value != good {
					t.Errorf("%q is bound as %#v, %v", good, value, err)
				}
			}
			for _, bad := range row.bad {
				value, err := text(row.field, bad)
				checkRefusal(t, value, err, 400, "a", row.message)
			}
		})
	}
}

// FuzzTypes compares each type with the standard library or the grammar for the same text.
func FuzzTypes(f *testing.F) {
	for _, row := range typesOfPostgreSQL {
		for _, seed := range append(row.good, row.bad...) {
			f.Add(seed)
		}
	}
	uuid := regexp.MustCompile(`\A[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}\z`)
	timestamp := regexp.MustCompile( // RFC 3339, section 5.6, in capitals
		`\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\z`)
	f.Fuzz(func(t *testing.T, given string) {
		accepts := func(field binder.Field) bool {
			value, err := text(field, given)
			if err == nil && value != given {
				t.Errorf("%q is bound as %#v", given, value)
			}
			return err == nil
		}
		integer, isInt := new(big.Int).SetString(given, 10)
		if accepts(binder.Int("a")) != isInt {
			t.Errorf("%q as a big.Int is %v", given, integer)
		}
		if accepts(binder.Number("a")) {
			checkLimit(t, given, accepts(binder.Number("a").Min(0.1)), accepts(binder.Number("a").Max(0.1)))
		} else if isInt {
			t.Errorf("the whole number %q is refused as a number", given)
		}
		if _, err := time.Parse(time.DateOnly, given); accepts(binder.Date("a")) && err != nil {
			t.Errorf("the date %q: %v", given, err)
		}
		if accepts(binder.Timestamp("a")) && !timestamp.MatchString(given) {
			t.Errorf("the time %q", given)
		}
		if accepts(binder.UUID("a")) != uuid.MatchString(given) {
			t.Errorf("the UUID %q", given)
		}
	})
}

// checkLimit compares a number with a tenth, by math/big if that can expand the number.
func checkLimit(t *testing.T, number string, atLeast, atMost bool) {
	t.Helper()
	if i := strings.IndexAny(number, "eE"); i >= 0 && len(number)-i > 5 {
		return
	}
	exact, ok := new(big.Rat).SetString(number)
	if !ok {
		t.Errorf("math/big does not parse %q", number)
		return
	}
	if order := exact.Cmp(big.NewRat(1, 10)); atLeast != (order >= 0) || atMost != (order <= 0) {
		t.Errorf("%q compares as %d with a tenth: %t, %t", number, order, atLeast, atMost)
	}
}
