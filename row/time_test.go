package row

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func zone(offset int) *time.Location { return time.FixedZone("", offset) }

// TestTimesOfEachDriver has the times that the drivers return, and what PostgreSQL 15 writes for
// them: SELECT to_json(expression), in the time zone of the expression or UTC.
func TestTimesOfEachDriver(t *testing.T) {
	const h, m = 60 * 60, 60
	tests := []struct {
		expression string
		typ        string
		src        time.Time
		want       string
	}{
		{expression: "'0001-01-01'::date",
			typ: "DATE", src: time.Date(1, 1, 1, 0, 0, 0, 0, zone(0)), want: "0001-01-01"},
		{expression: "'10000-01-01'::date",
			typ: "DATE", src: time.Date(10000, 1, 1, 0, 0, 0, 0, zone(0)), want: "10000-01-01"},
		{expression: "'5874897-12-31'::date",
			typ: "DATE", src: time.Date(5874897, 12, 31, 0, 0, 0, 0, zone(0)), want: "5874897-12-31"},
		{expression: "'0001-01-01 BC'::date",
			typ: "DATE", src: time.Date(0, 1, 1, 0, 0, 0, 0, zone(0)), want: "0001-01-01 BC"},
		{expression: "'0044-03-15 BC'::date",
			typ: "DATE", src: time.Date(-43, 3, 15, 0, 0, 0, 0, zone(0)), want: "0044-03-15 BC"},
		{expression: "'4714-11-24 BC'::date",
			typ: "DATE", src: time.Date(-4713, 11, 24, 0, 0, 0, 0, zone(0)), want: "4714-11-24 BC"},

		{expression: "'2024-01-02'::timestamp",
			typ: "TIMESTAMP", src: time.Date(2024, 1, 2, 0, 0, 0, 0, zone(0)), want: "2024-01-02T00:00:00"},
		{expression: "'2024-01-02 03:04:05.5'::timestamp",
			typ: "TIMESTAMP", src: time.Date(2024, 1, 2, 3, 4, 5, 5e8, zone(0)),
			want: "2024-01-02T03:04:05.5"},
		{expression: "'2024-01-02 03:04:05.120300'::timestamp",
			typ: "TIMESTAMP", src: time.Date(2024, 1, 2, 3, 4, 5, 120300e3, zone(0)),
			want: "2024-01-02T03:04:05.1203"},
		{expression: "'2024-01-02 03:04:05.000001'::timestamp",
			typ: "TIMESTAMP", src: time.Date(2024, 1, 2, 3, 4, 5, 1000, zone(0)),
			want: "2024-01-02T03:04:05.000001"},
		{expression: "'4713-01-01 BC'::timestamp",
			typ: "TIMESTAMP", src: time.Date(-4712, 1, 1, 0, 0, 0, 0, zone(0)),
			want: "4713-01-01T00:00:00 BC"},
		{expression: "'0001-12-31 23:59:59.5 BC'::timestamp",
			typ: "TIMESTAMP", src: time.Date(0, 12, 31, 23, 59, 59, 5e8, zone(0)),
			want: "0001-12-31T23:59:59.5 BC"},
		{expression: "'294276-12-31 23:59:59.999999'::timestamp",
			typ: "TIMESTAMP", src: time.Date(294276, 12, 31, 23, 59, 59, 999999e3, zone(0)),
			want: "294276-12-31T23:59:59.999999"},

		{expression: "'294276-12-31 23:59:59+00'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(294276, 12, 31, 23, 59, 59, 0, zone(0)),
			want: "294276-12-31T23:59:59+00:00"},
		{expression: "'0044-03-15 01:02:03 BC'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(-43, 3, 15, 1, 2, 3, 0, zone(0)),
			want: "0044-03-15T01:02:03+00:00 BC"},
		{expression: "'0044-03-15 01:02:03.25 BC'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(-43, 3, 15, 1, 2, 3, 25e7, zone(0)),
			want: "0044-03-15T01:02:03.25+00:00 BC"},
		{expression: "Asia/Kolkata: '2024-01-02 03:04:05.5'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(2024, 1, 2, 3, 4, 5, 5e8, zone(5*h+30*m)),
			want: "2024-01-02T03:04:05.5+05:30"},
		{expression: "America/New_York: '2024-07-02 03:04:05'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(2024, 7, 2, 3, 4, 5, 0, zone(-4*h)),
			want: "2024-07-02T03:04:05-04:00"},
		{expression: "America/New_York: '1800-07-02 03:04:05'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(1800, 7, 2, 3, 4, 5, 0, zone(-(4*h + 56*m + 2))),
			want: "1800-07-02T03:04:05-04:56:02"},
		{expression: "Africa/Monrovia: '1930-01-01'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(1930, 1, 1, 0, 0, 0, 0, zone(-(44*m + 30))),
			want: "1930-01-01T00:00:00-00:44:30"},
		{expression: "Europe/Amsterdam: '1900-01-01'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(1900, 1, 1, 0, 0, 0, 0, zone(19*m+32)),
			want: "1900-01-01T00:00:00+00:19:32"},
		{expression: "Europe/Amsterdam: '0044-03-15 01:02:03 BC'::timestamptz",
			typ: "TIMESTAMPTZ", src: time.Date(-43, 3, 15, 1, 2, 3, 0, zone(19*m+32)),
			want: "0044-03-15T01:02:03+00:19:32 BC"},

		// lib/pq returns a time of day on 1 January of year 0, and 24:00:00 on 2 January.
		{expression: "'00:00:00'::time",
			typ: "TIME", src: time.Date(0, 1, 1, 0, 0, 0, 0, zone(0)), want: "00:00:00"},
		{expression: "'03:04:05.1'::time",
			typ: "TIME", src: time.Date(0, 1, 1, 3, 4, 5, 1e8, zone(0)), want: "03:04:05.1"},
		{expression: "'23:59:59.999999'::time",
			typ: "TIME", src: time.Date(0, 1, 1, 23, 59, 59, 999999e3, zone(0)), want: "23:59:59.999999"},
		{expression: "'24:00:00'::time",
			typ: "TIME", src: time.Date(0, 1, 2, 0, 0, 0, 0, time.UTC), want: "24:00:00"},
		{expression: "'03:04:05+00'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 1, 3, 4, 5, 0, zone(0)), want: "03:04:05+00"},
		{expression: "'03:04:05+02'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 1, 3, 4, 5, 0, zone(2*h)), want: "03:04:05+02"},
		{expression: "'03:04:05+05:30'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 1, 3, 4, 5, 0, zone(5*h+30*m)), want: "03:04:05+05:30"},
		{expression: "'03:04:05+00:19:32'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 1, 3, 4, 5, 0, zone(19*m+32)), want: "03:04:05+00:19:32"},
		{expression: "'03:04:05+01:00:30'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 1, 3, 4, 5, 0, zone(h+30)), want: "03:04:05+01:00:30"},
		{expression: "'03:04:05-00:30'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 1, 3, 4, 5, 0, zone(-30*m)), want: "03:04:05-00:30"},
		{expression: "'03:04:05.25-12'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 1, 3, 4, 5, 25e7, zone(-12*h)), want: "03:04:05.25-12"},
		{expression: "'24:00:00+02'::timetz",
			typ: "TIMETZ", src: time.Date(0, 1, 2, 0, 0, 0, 0, zone(2*h)), want: "24:00:00+02"},

		// Other databases than PostgreSQL.
		{expression: "SQL Server puts a time of day on 1 January of year 1",
			typ: "TIME", src: time.Date(1, 1, 1, 0, 0, 0, 100, time.UTC), want: "00:00:00.0000001"},
		{expression: "MySQL: a datetime, read in the zone of the program",
			typ: "DATETIME", src: time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("CET", h)),
			want: "2024-01-02T03:04:05"},
		{expression: "SQLite: '2024-01-02 03:04:05+02:00' in a TIMESTAMP",
			typ: "TIMESTAMP", src: time.Date(2024, 1, 2, 3, 4, 5, 0, zone(2*h)),
			want: "2024-01-02T03:04:05+02:00"},
		{expression: "a driver that reports no type",
			src:  time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("CET", h)),
			want: "2024-01-02T03:04:05+01:00"},
	}
	for _, tt := range tests {
		var v Value
		if err := set(&v, tt.src, column(tt.typ)); err != nil || v.String() != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.expression, v, err, tt.want)
		}
		if got, ok := v.Time(); ok != (v.Kind() != Time && v.Kind() != TimeTZ) {
			t.Errorf("%s: Time() = %v, %v", tt.expression, got, ok)
		} else if wall := tt.src; ok && v.Kind() == TimestampTZ && !got.Equal(wall) {
			t.Errorf("%s: Time() = %v, want %v", tt.expression, got, wall)
		} else if ok && v.Kind() != TimestampTZ &&
			got.Format(time.DateTime) != wall.Format(time.DateTime) {
			t.Errorf("%s: Time() = %v, want %v read as UTC", tt.expression, got, wall)
		}
	}
}

// TestTimesAsText has times that a driver returns as text: those that time.Time cannot hold,
// MySQL's without parseTime, elements of arrays. Where the expression is PostgreSQL's, text and
// want are the columns of SELECT (expression)::text, to_json(expression).
func TestTimesAsText(t *testing.T) {
	tests := []struct {
		expression string
		typ        string
		text, want string
	}{
		{expression: "'infinity'::date", typ: "DATE", text: "infinity", want: "infinity"},
		{expression: "'-infinity'::timestamp", typ: "TIMESTAMP", text: "-infinity", want: "-infinity"},
		{expression: "'infinity'::timestamptz", typ: "TIMESTAMPTZ", text: "infinity", want: "infinity"},
		{expression: "'0044-03-15 BC'::date", typ: "DATE", text: "0044-03-15 BC", want: "0044-03-15 BC"},
		{expression: "'2024-01-02 03:04:05'::timestamp",
			typ: "TIMESTAMP", text: "2024-01-02 03:04:05", want: "2024-01-02T03:04:05"},
		{expression: "'2024-01-02 03:04:05.120300'::timestamp",
			typ: "TIMESTAMP", text: "2024-01-02 03:04:05.1203", want: "2024-01-02T03:04:05.1203"},
		{expression: "'4713-01-01 BC'::timestamp",
			typ: "TIMESTAMP", text: "4713-01-01 00:00:00 BC", want: "4713-01-01T00:00:00 BC"},
		{expression: "'0001-12-31 23:59:59.5 BC'::timestamp",
			typ: "TIMESTAMP", text: "0001-12-31 23:59:59.5 BC", want: "0001-12-31T23:59:59.5 BC"},
		{expression: "'294276-12-31'::timestamp",
			typ: "TIMESTAMP", text: "294276-12-31 00:00:00", want: "294276-12-31T00:00:00"},
		{expression: "'294276-12-31 23:59:59+00'::timestamptz",
			typ: "TIMESTAMPTZ", text: "294276-12-31 23:59:59+00", want: "294276-12-31T23:59:59+00:00"},
		{expression: "'0044-03-15 01:02:03.25 BC'::timestamptz",
			typ: "TIMESTAMPTZ", text: "0044-03-15 01:02:03.25+00 BC",
			want: "0044-03-15T01:02:03.25+00:00 BC"},
		{expression: "Asia/Kolkata: '2024-01-02 03:04:05.5'::timestamptz",
			typ: "TIMESTAMPTZ", text: "2024-01-02 03:04:05.5+05:30", want: "2024-01-02T03:04:05.5+05:30"},
		{expression: "America/New_York: '2024-07-02 03:04:05'::timestamptz",
			typ: "TIMESTAMPTZ", text: "2024-07-02 03:04:05-04", want: "2024-07-02T03:04:05-04:00"},
		{expression: "America/New_York: '1800-07-02 03:04:05'::timestamptz",
			typ: "TIMESTAMPTZ", text: "1800-07-02 03:04:05-04:56:02", want: "1800-07-02T03:04:05-04:56:02"},
		{expression: "Europe/Amsterdam: '0044-03-15 01:02:03 BC'::timestamptz",
			typ: "TIMESTAMPTZ", text: "0044-03-15 01:02:03+00:19:32 BC",
			want: "0044-03-15T01:02:03+00:19:32 BC"},
		{expression: "'03:04:05.25-12'::timetz",
			typ: "TIMETZ", text: "03:04:05.25-12", want: "03:04:05.25-12"},
		{expression: "'24:00:00'::time", typ: "TIME", text: "24:00:00", want: "24:00:00"},

		{expression: "MySQL: DATETIME",
			typ: "DATETIME", text: "2024-01-02 03:04:05", want: "2024-01-02T03:04:05"},
		{expression: "MySQL: DATETIME(6) with zeros",
			typ: "DATETIME", text: "2024-01-02 03:04:05.000000", want: "2024-01-02T03:04:05"},
		{expression: "MySQL: DATETIME(6)",
			typ: "DATETIME", text: "2024-01-02 03:04:05.120000", want: "2024-01-02T03:04:05.12"},
		{expression: "MySQL: no date",
			typ: "DATETIME", text: "0000-00-00 00:00:00", want: "0000-00-00T00:00:00"},
		{expression: "MySQL: no date", typ: "DATE", text: "0000-00-00", want: "0000-00-00"},
		{expression: "MySQL: more than a day", typ: "TIME", text: "-838:59:59", want: "-838:59:59"},

		{expression: "SQLite: ISO 8601 already",
			typ: "TIMESTAMP", text: "2024-01-02T03:04:05Z", want: "2024-01-02T03:04:05Z"},
		{expression: "SQLite: without seconds",
			typ: "TIMESTAMP", text: "2024-01-02 03:04", want: "2024-01-02 03:04"},
		{expression: "SQLite: any text with the punctuation of a time",
			typ: "TIMESTAMP", text: "meeting-at 10:00 or so", want: "meeting-at 10:00 or so"},
		{expression: "the same",
			typ: "TIMESTAMP", text: "2024-01-02 03:04h05", want: "2024-01-02 03:04h05"},
		{expression: "the same", typ: "TIMESTAMP", text: "-01-02 03:04:05", want: "-01-02 03:04:05"},
		{expression: "SQLite: the empty text is not a time", typ: "TIMESTAMP", text: "", want: ""},
		{expression: "SQLite: the empty text is not a date", typ: "DATE", text: "", want: ""},
	}
	for _, tt := range tests {
		for _, src := range []any{tt.text, []byte(tt.text)} {
			var v Value
			if err := set(&v, src, column(tt.typ)); err != nil || v.String() != tt.want ||
				tt.want != "" && string(v.Raw()) != tt.want {
				t.Errorf("%s: %T %q is %q, %v; want %q", tt.expression, src, tt.text, v, err, tt.want)
			}
			if at, ok := v.Time(); ok {
				t.Errorf("%s: Time() = %v of a text", tt.expression, at)
			}
		}
	}
}

// TestDatesAgreeWithPackageTime compares every day of the years 1 to 9999, and some of earlier
// years.
func TestDatesAgreeWithPackageTime(t *testing.T) {
	day, end := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	var got, want []byte
	for days := day.Unix() / secondsPerDay; day.Before(end); days++ {
		var bc bool
		got, bc = appendDate(got[:0], days)
		want = day.AppendFormat(want[:0], time.DateOnly)
		if string(got) != string(want) || bc {
			t.Fatalf("day %d is %s, BC %v; want %s", days, got, bc, want)
		}
		day = day.AddDate(0, 0, 1)
	}
	for year := -4800; year <= 0; year++ { // Go counts a year 0, which is 1 BC
		for _, day := range []time.Time{
			time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year, 2, 29, 0, 0, 0, 0, time.UTC),
			time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC),
		} {
			got, bc := appendDate(nil, day.Unix()/secondsPerDay)
			if want := day.AddDate(1-2*year, 0, 0).Format("2006") + day.Format("-01-02"); string(got) !=
				want || !bc {
				t.Fatalf("%v is %s, BC %v; want %s", day, got, bc, want)
			}
		}
	}
}

// TestClockAgreesWithPackageTime compares every second of a day, and fractions.
func TestClockAgreesWithPackageTime(t *testing.T) {
	for sec := range uint32(secondsPerDay) {
		if got, want := string(appendClock(nil, sec,
			0)), time.Unix(int64(sec), 0).UTC().Format(time.TimeOnly); got != want {
			t.Fatalf("second %d is %s, want %s", sec, got, want)
		}
	}
	for _, nsec := range []uint32{
		1, 10, 999, 1000, 99_999, 100_000, 100_001, 123_456_789, 500_000_000, 999_999_999,
	} {
		if got, want := string(appendClock(nil, 0,
			nsec)), time.Unix(0, int64(nsec)).UTC().Format("15:04:05.999999999"); got != want {
			t.Errorf("%d ns are %s, want %s", nsec, got, want)
		}
	}
}

var (
	timestampText = regexp.MustCompile(`^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?` +
		`([+-]\d\d)?((?::\d\d){0,2})( BC)?$`)
	timestampPart = regexp.MustCompile(`\d\d-\d\d \d\d:\d\d:\d\d`)
)

// FuzzTimestamp compares isoTimestamp with regular expressions: a timestamp changes as they say,
// and text without the middle part of one does not change.
func FuzzTimestamp(f *testing.F) {
	f.Add("2024-01-02 03:04:05.500+02", true)
	f.Add("0044-03-15 01:02:03.0-04:56:02 BC", true)
	f.Add("2024-01-02 03:04:05.", false)
	f.Add("2024-01-02 03:04:05+", true)
	f.Fuzz(func(t *testing.T, text string, offset bool) {
		got := string(isoTimestamp([]byte(text), 0, offset))
		want := text
		if m := timestampText.FindStringSubmatch(text); m != nil {
			fraction := strings.TrimSuffix(strings.TrimRight(m[3], "0"), ".")
			if offset && m[4] != "" && m[5] == "" {
				m[5] = ":00"
			}
			want = m[1] + "T" + m[2] + fraction + m[4] + m[5] + m[6]
		} else if timestampPart.MatchString(text) {
			return // text around a timestamp, which may change or not
		}
		if got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	})
}
