package row

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func zone(offset int) *time.Location { return time.FixedZone("", offset) }

// TestTime has the times that the drivers hand over and what PostgreSQL 15 writes of them: select to_json(expression),
// with the time zone given, UTC where none is.
func TestTime(t *testing.T) {
	const h, m = 60 * 60, 60
	tests := []struct {
		expression string
		typ        string
		src        time.Time
		want       string
	}{
		{"'0001-01-01'::date", "DATE", time.Date(1, 1, 1, 0, 0, 0, 0, zone(0)), "0001-01-01"},
		{"'10000-01-01'::date", "DATE", time.Date(10000, 1, 1, 0, 0, 0, 0, zone(0)), "10000-01-01"},
		{"'5874897-12-31'::date", "DATE", time.Date(5874897, 12, 31, 0, 0, 0, 0, zone(0)), "5874897-12-31"},
		{"'0001-01-01 BC'::date", "DATE", time.Date(0, 1, 1, 0, 0, 0, 0, zone(0)), "0001-01-01 BC"},
		{"'0044-03-15 BC'::date", "DATE", time.Date(-43, 3, 15, 0, 0, 0, 0, zone(0)), "0044-03-15 BC"},
		{"'4714-11-24 BC'::date", "DATE", time.Date(-4713, 11, 24, 0, 0, 0, 0, zone(0)), "4714-11-24 BC"},

		{"'2024-01-02'::timestamp", "TIMESTAMP", time.Date(2024, 1, 2, 0, 0, 0, 0, zone(0)), "2024-01-02T00:00:00"},
		{"'2024-01-02 03:04:05.5'::timestamp", "TIMESTAMP", time.Date(2024, 1, 2, 3, 4, 5, 5e8, zone(0)), "2024-01-02T03:04:05.5"},
		{"'2024-01-02 03:04:05.120300'::timestamp", "TIMESTAMP", time.Date(2024, 1, 2, 3, 4, 5, 120300e3, zone(0)), "2024-01-02T03:04:05.1203"},
		{"'2024-01-02 03:04:05.000001'::timestamp", "TIMESTAMP", time.Date(2024, 1, 2, 3, 4, 5, 1000, zone(0)), "2024-01-02T03:04:05.000001"},
		{"'4713-01-01 BC'::timestamp", "TIMESTAMP", time.Date(-4712, 1, 1, 0, 0, 0, 0, zone(0)), "4713-01-01T00:00:00 BC"},
		{"'0001-12-31 23:59:59.5 BC'::timestamp", "TIMESTAMP", time.Date(0, 12, 31, 23, 59, 59, 5e8, zone(0)), "0001-12-31T23:59:59.5 BC"},
		{"'294276-12-31 23:59:59.999999'::timestamp", "TIMESTAMP", time.Date(294276, 12, 31, 23, 59, 59, 999999e3, zone(0)), "294276-12-31T23:59:59.999999"},

		{"'294276-12-31 23:59:59+00'::timestamptz", "TIMESTAMPTZ", time.Date(294276, 12, 31, 23, 59, 59, 0, zone(0)), "294276-12-31T23:59:59+00:00"},
		{"'0044-03-15 01:02:03 BC'::timestamptz", "TIMESTAMPTZ", time.Date(-43, 3, 15, 1, 2, 3, 0, zone(0)), "0044-03-15T01:02:03+00:00 BC"},
		{"'0044-03-15 01:02:03.25 BC'::timestamptz", "TIMESTAMPTZ", time.Date(-43, 3, 15, 1, 2, 3, 25e7, zone(0)), "0044-03-15T01:02:03.25+00:00 BC"},
		{"Asia/Kolkata: '2024-01-02 03:04:05.5'::timestamptz", "TIMESTAMPTZ", time.Date(2024, 1, 2, 3, 4, 5, 5e8, zone(5*h+30*m)), "2024-01-02T03:04:05.5+05:30"},
		{"America/New_York: '2024-07-02 03:04:05'::timestamptz", "TIMESTAMPTZ", time.Date(2024, 7, 2, 3, 4, 5, 0, zone(-4*h)), "2024-07-02T03:04:05-04:00"},
		{"America/New_York: '1800-07-02 03:04:05'::timestamptz", "TIMESTAMPTZ", time.Date(1800, 7, 2, 3, 4, 5, 0, zone(-(4*h + 56*m + 2))), "1800-07-02T03:04:05-04:56:02"},
		{"Africa/Monrovia: '1930-01-01'::timestamptz", "TIMESTAMPTZ", time.Date(1930, 1, 1, 0, 0, 0, 0, zone(-(44*m + 30))), "1930-01-01T00:00:00-00:44:30"},
		{"Europe/Amsterdam: '1900-01-01'::timestamptz", "TIMESTAMPTZ", time.Date(1900, 1, 1, 0, 0, 0, 0, zone(19*m+32)), "1900-01-01T00:00:00+00:19:32"},
		{"Europe/Amsterdam: '0044-03-15 01:02:03 BC'::timestamptz", "TIMESTAMPTZ", time.Date(-43, 3, 15, 1, 2, 3, 0, zone(19*m+32)), "0044-03-15T01:02:03+00:19:32 BC"},

		// lib/pq puts a time of day on 1 January of year 0, and 24:00:00 on the day after
		{"'00:00:00'::time", "TIME", time.Date(0, 1, 1, 0, 0, 0, 0, zone(0)), "00:00:00"},
		{"'03:04:05.1'::time", "TIME", time.Date(0, 1, 1, 3, 4, 5, 1e8, zone(0)), "03:04:05.1"},
		{"'23:59:59.999999'::time", "TIME", time.Date(0, 1, 1, 23, 59, 59, 999999e3, zone(0)), "23:59:59.999999"},
		{"'24:00:00'::time", "TIME", time.Date(0, 1, 2, 0, 0, 0, 0, time.UTC), "24:00:00"},
		{"'03:04:05+00'::timetz", "TIMETZ", time.Date(0, 1, 1, 3, 4, 5, 0, zone(0)), "03:04:05+00"},
		{"'03:04:05+02'::timetz", "TIMETZ", time.Date(0, 1, 1, 3, 4, 5, 0, zone(2*h)), "03:04:05+02"},
		{"'03:04:05+05:30'::timetz", "TIMETZ", time.Date(0, 1, 1, 3, 4, 5, 0, zone(5*h+30*m)), "03:04:05+05:30"},
		{"'03:04:05+00:19:32'::timetz", "TIMETZ", time.Date(0, 1, 1, 3, 4, 5, 0, zone(19*m+32)), "03:04:05+00:19:32"},
		{"'03:04:05+01:00:30'::timetz", "TIMETZ", time.Date(0, 1, 1, 3, 4, 5, 0, zone(h+30)), "03:04:05+01:00:30"},
		{"'03:04:05-00:30'::timetz", "TIMETZ", time.Date(0, 1, 1, 3, 4, 5, 0, zone(-30*m)), "03:04:05-00:30"},
		{"'03:04:05.25-12'::timetz", "TIMETZ", time.Date(0, 1, 1, 3, 4, 5, 25e7, zone(-12*h)), "03:04:05.25-12"},
		{"'24:00:00+02'::timetz", "TIMETZ", time.Date(0, 1, 2, 0, 0, 0, 0, zone(2*h)), "24:00:00+02"},

		// without PostgreSQL: what the other drivers mean
		{"SQL Server puts a time of day on 1 January of year 1", "TIME", time.Date(1, 1, 1, 0, 0, 0, 100, time.UTC), "00:00:00.0000001"},
		{"MySQL: a datetime, read in the zone of the program", "DATETIME", time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("CET", h)), "2024-01-02T03:04:05"},
		{"SQLite: '2024-01-02 03:04:05+02:00' in a TIMESTAMP", "TIMESTAMP", time.Date(2024, 1, 2, 3, 4, 5, 0, zone(2*h)), "2024-01-02T03:04:05+02:00"},
		{"a driver that names no type", "", time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("CET", h)), "2024-01-02T03:04:05+01:00"},
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
		} else if ok && v.Kind() != TimestampTZ && got.Format(time.DateTime) != wall.Format(time.DateTime) {
			t.Errorf("%s: Time() = %v, want %v read as UTC", tt.expression, got, wall)
		}
	}
}

// TestTimeText has what arrives as text: times that Go has none for, MySQL's without parseTime, elements of arrays. Where the
// expression is PostgreSQL's, text and want are the two columns of select (expression)::text, to_json(expression).
func TestTimeText(t *testing.T) {
	tests := []struct {
		expression string
		typ        string
		text, want string
	}{
		{"'infinity'::date", "DATE", "infinity", "infinity"},
		{"'-infinity'::timestamp", "TIMESTAMP", "-infinity", "-infinity"},
		{"'infinity'::timestamptz", "TIMESTAMPTZ", "infinity", "infinity"},
		{"'0044-03-15 BC'::date", "DATE", "0044-03-15 BC", "0044-03-15 BC"},
		{"'2024-01-02 03:04:05'::timestamp", "TIMESTAMP", "2024-01-02 03:04:05", "2024-01-02T03:04:05"},
		{"'2024-01-02 03:04:05.120300'::timestamp", "TIMESTAMP", "2024-01-02 03:04:05.1203", "2024-01-02T03:04:05.1203"},
		{"'4713-01-01 BC'::timestamp", "TIMESTAMP", "4713-01-01 00:00:00 BC", "4713-01-01T00:00:00 BC"},
		{"'0001-12-31 23:59:59.5 BC'::timestamp", "TIMESTAMP", "0001-12-31 23:59:59.5 BC", "0001-12-31T23:59:59.5 BC"},
		{"'294276-12-31'::timestamp", "TIMESTAMP", "294276-12-31 00:00:00", "294276-12-31T00:00:00"},
		{"'294276-12-31 23:59:59+00'::timestamptz", "TIMESTAMPTZ", "294276-12-31 23:59:59+00", "294276-12-31T23:59:59+00:00"},
		{"'0044-03-15 01:02:03.25 BC'::timestamptz", "TIMESTAMPTZ", "0044-03-15 01:02:03.25+00 BC", "0044-03-15T01:02:03.25+00:00 BC"},
		{"Asia/Kolkata: '2024-01-02 03:04:05.5'::timestamptz", "TIMESTAMPTZ", "2024-01-02 03:04:05.5+05:30", "2024-01-02T03:04:05.5+05:30"},
		{"America/New_York: '2024-07-02 03:04:05'::timestamptz", "TIMESTAMPTZ", "2024-07-02 03:04:05-04", "2024-07-02T03:04:05-04:00"},
		{"America/New_York: '1800-07-02 03:04:05'::timestamptz", "TIMESTAMPTZ", "1800-07-02 03:04:05-04:56:02", "1800-07-02T03:04:05-04:56:02"},
		{"Europe/Amsterdam: '0044-03-15 01:02:03 BC'::timestamptz", "TIMESTAMPTZ", "0044-03-15 01:02:03+00:19:32 BC", "0044-03-15T01:02:03+00:19:32 BC"},
		{"'03:04:05.25-12'::timetz", "TIMETZ", "03:04:05.25-12", "03:04:05.25-12"},
		{"'24:00:00'::time", "TIME", "24:00:00", "24:00:00"},

		{"MySQL: DATETIME", "DATETIME", "2024-01-02 03:04:05", "2024-01-02T03:04:05"},
		{"MySQL: DATETIME(6) with zeros", "DATETIME", "2024-01-02 03:04:05.000000", "2024-01-02T03:04:05"},
		{"MySQL: DATETIME(6)", "DATETIME", "2024-01-02 03:04:05.120000", "2024-01-02T03:04:05.12"},
		{"MySQL: no date", "DATETIME", "0000-00-00 00:00:00", "0000-00-00T00:00:00"},
		{"MySQL: no date", "DATE", "0000-00-00", "0000-00-00"},
		{"MySQL: more than a day", "TIME", "-838:59:59", "-838:59:59"},

		{"SQLite: ISO 8601 already", "TIMESTAMP", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"},
		{"SQLite: without seconds", "TIMESTAMP", "2024-01-02 03:04", "2024-01-02 03:04"},
		{"SQLite: any text, with the marks of a time in their places", "TIMESTAMP", "meeting-at 10:00 or so", "meeting-at 10:00 or so"},
		{"the same", "TIMESTAMP", "2024-01-02 03:04h05", "2024-01-02 03:04h05"},
		{"the same", "TIMESTAMP", "-01-02 03:04:05", "-01-02 03:04:05"},
		{"SQLite: the empty text is no time", "TIMESTAMP", "", ""},
		{"SQLite: the empty text is no date", "DATE", "", ""},
	}
	for _, tt := range tests {
		for _, src := range []any{tt.text, []byte(tt.text)} {
			var v Value
			if err := set(&v, src, column(tt.typ)); err != nil || v.String() != tt.want || tt.want != "" && string(v.Raw()) != tt.want {
				t.Errorf("%s: %T %q is %q, %v; want %q", tt.expression, src, tt.text, v, err, tt.want)
			}
			if at, ok := v.Time(); ok {
				t.Errorf("%s: Time() = %v of a text", tt.expression, at)
			}
		}
	}
}

// TestDates compares every day of the years 1 to 9999 with Go's calendar, and some far from them.
func TestDates(t *testing.T) {
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
			if want := day.AddDate(1-2*year, 0, 0).Format("2006") + day.Format("-01-02"); string(got) != want || !bc {
				t.Fatalf("%v is %s, BC %v; want %s", day, got, bc, want)
			}
		}
	}
}

// TestClock compares every second of a day with Go, and fractions.
func TestClock(t *testing.T) {
	for sec := range uint32(secondsPerDay) {
		if got, want := string(appendClock(nil, sec, 0)), time.Unix(int64(sec), 0).UTC().Format(time.TimeOnly); got != want {
			t.Fatalf("second %d is %s, want %s", sec, got, want)
		}
	}
	for _, nsec := range []uint32{1, 10, 999, 1000, 99_999, 100_000, 100_001, 123_456_789, 500_000_000, 999_999_999} {
		if got, want := string(appendClock(nil, 0, nsec)), time.Unix(0, int64(nsec)).UTC().Format("15:04:05.999999999"); got != want {
			t.Errorf("%d ns are %s, want %s", nsec, got, want)
		}
	}
}

var (
	timestampText = regexp.MustCompile(`^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d)?((?::\d\d){0,2})( BC)?$`)
	timestampPart = regexp.MustCompile(`\d\d-\d\d \d\d:\d\d:\d\d`)
)

// FuzzTimestamp holds isoTimestamp against regular expressions: what is a timestamp changes as they say, and text without
// the middle of one stays.
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
			return // free text around a timestamp, of which nothing is said
		}
		if got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	})
}
