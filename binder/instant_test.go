package binder_test

import (
	"testing"
	"time"

	"github.com/moresql/moresql/binder"
)

// TestInstantsHaveTheirZone compares with what PostgreSQL 15 makes of a timestamptz. It refuses an
// hour without minutes and a comma, which ISO 8601 has, and takes the second 60 and the hour 24.
func TestInstantsHaveTheirZone(t *testing.T) {
	const text = "no instant"
	for in, want := range map[string]string{
		"2024-07-01T12:00:00z":           "2024-07-01T12:00:00Z",
		"20240701T140000+02":             "2024-07-01T12:00:00Z",
		"20240701T1400Z":                 "2024-07-01T14:00:00Z",
		"20240701 140000.5-0330":         "2024-07-01T17:30:00.5Z",
		"2024-07-01t12:00:00 +00:00":     "2024-07-01T12:00:00Z",
		"2024-07-01T10:00:00 UTC":        "2024-07-01T10:00:00Z",
		"2024-07-01 10:00 GMT":           "2024-07-01T10:00:00Z",
		"2024-07-01 1:00+02":             "2024-06-30T23:00:00Z",
		"2024-7-1 12:00+5:30":            "2024-07-01T06:30:00Z",
		"2024-07-01T12:00:00+530":        "2024-07-01T06:30:00Z",
		"2024-07-01T12:00:00+15:59":      "2024-06-30T20:01:00Z",
		"2024-07-01 12:00:00.123456789Z": "2024-07-01T12:00:00.123456789Z",
		"2024-07-01T12+02":               "2024-07-01T10:00:00Z", // ISO 8601
		"2024-07-01T12-02":               "2024-07-01T14:00:00Z",
		"2024-07-01 12:00:00,5+02:00":    "2024-07-01T10:00:00.5Z",
		"20240701120000+02":              "2024-07-01T10:00:00Z",
		"2024-07-01T12:00:00+16":         text, // errors in PostgreSQL
		"2024-07-01T12:00:00+02:60":      text,
		"2024-02-30T12:00Z":              text,
		"2024-07-01T24:00:00Z":           text,
		"2024-07-01":                     text, // there is no zone
		"20240701-02":                    text,
		"2024-07-01 12:00":               text,
		"2024-07-01 12":                  text,
		"2024-07":                        text,
		"+02":                            text,
		"":                               text,
	} {
		got := text
		if at, ok := binder.Instant(in); ok {
			got = at.UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}
