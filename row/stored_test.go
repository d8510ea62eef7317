package row

import (
	"database/sql/driver"
	"regexp"
	"strings"
	"testing"
	"time"
)

var timeText = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?(\.\d+)?` +
	`(?: ?(?:(Z)|([+-]\d\d):(\d\d)|([+-]\d\d)(\d\d)(?: .*)?))?)?$`)

// FuzzStoredTime compares the times that are read from a text with what package time reads.
func FuzzStoredTime(f *testing.F) {
	for _, text := range []string{
		"2024-07-01", "2024-07-01 12:00", "2024-07-01T12:00:00.5Z",
		"2024-07-01 12:00:00.123456789+02:00",
		"2024-07-01 12:00:00.5 +0200 CEST m=+0.1", "2024-02-30 12:00:00",
		"0000-01-01", "2024-07-01 12:00.5",
		"2024-07-01 12:00:00.", "2024-07-01 12:00:00.1000000000", "2024-07-01 23:59:60", "2024-07-01 ",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := storedTime(text)
		m := timeText.FindStringSubmatch(text)
		switch {
		case m == nil, m[3] == "" && m[4] != "", strings.HasPrefix(text, "0000"),
			len(strings.TrimRight(m[4], "0")) > len(".123456789"):
			if ok {
				t.Fatalf("%q is read as %v", text, v)
			}
			return
		}
		if m[2] == "" {
			want, err := time.Parse(time.DateOnly, text)
			if got, _ := v.Time(); ok != (err == nil) || ok && (!got.Equal(want) || v.Kind() != Date) {
				t.Fatalf("%q is %v, %v; want %v, %v", text, got, ok, want, err)
			}
			return
		}
		iso, kind := m[1]+"T"+m[2]+m[3], Timestamp
		if m[3] == "" {
			iso += ":00"
		}
		iso += m[4]
		switch {
		case m[5]+m[6]+m[8] != "":
			kind = TimestampTZ
			iso += m[5] + m[6] + m[8]
			if m[5] == "" {
				iso += ":" + m[7] + m[9]
			}
		default:
			iso += "Z"
		}
		want, err := time.Parse(time.RFC3339Nano, iso)
		if err != nil && m[6]+m[8] > "+2" { // package time takes no offset beyond a day
			return
		}
		if got, _ := v.Time(); ok != (err == nil) || ok && (!got.Equal(want) || v.Kind() != kind) {
			t.Fatalf("%q is %v, %v; want %v, %v", text, got, ok, want, err)
		}
	})
}

// sqliteColumn returns a column of a result of SQLite.
func sqliteColumn(declared string) *Column {
	c := column(declared)
	c.stored = true
	return c
}

// TestTimesOfUnchangedDrivers has the times of SQLite's drivers where they are left to them.
func TestTimesOfUnchangedDrivers(t *testing.T) {
	berlin := time.FixedZone("CEST", 2*60*60)
	for _, test := range []struct {
		declared string
		src      driver.Value
		want     string
	}{
		{"DATETIME", time.Date(2024, 7, 1, 12, 0, 0, 5e8, berlin), "2024-07-01T12:00:00.5+02:00"},
		{"DATE", time.Date(2024, 7, 1, 0, 0, 0, 0, berlin), "2024-07-01T00:00:00+02:00"},
		{"DATETIME", time.Date(2024, 7, 1, 12, 0, 0, 0, time.FixedZone("", 0)),
			"2024-07-01T12:00:00+00:00"},
		{"DATETIME", time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC), "2024-07-01T12:00:00"},
		{"TIMESTAMPTZ", time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC), "2024-07-01T12:00:00"},
		{"DATE", time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC), "2024-07-01"},
	} {
		var v Value
		if err := set(&v, test.src, sqliteColumn(test.declared)); err != nil || v.String() != test.want {
			t.Errorf("%v in %s is %s, %v; want %s", test.src, test.declared, v, err, test.want)
		}
	}
}
