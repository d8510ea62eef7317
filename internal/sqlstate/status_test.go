package sqlstate

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// The table of PostgREST's documentation, version 14 (References, Errors, HTTP Status Codes), with a code of each class.
// 42501, which depends on who asks, is in TestLookup.
var postgREST = map[int]string{
	503: "08000 08006 53000 53100 53200 53300",
	500: "09000 25000 25P01 25P02 2D000 38000 38004 39000 39P01 3B000 3B001 40000 40001 40002 40P01 53400 54000 54001 55000 55P03 " +
		"57000 57014 57P01 57P02 57P03 58000 58030 F0000 F0001 HV000 HV00R P0000 P0002 P0003 P0004 XX000 XX001 XX002 42P17",
	403: "0L000 0LP01 0P000 28000 28P01",
	409: "23503 23505",
	405: "25006",
	400: "P0001 22000 22P02 23502 23514 44000", // the last ones as others
	404: "42883 42P01",
}

// Where this table says more.
var finer = map[string]struct {
	status int
	why    string
}{
	"40001": {503, "the same call may go well: Retry-After"},
	"40P01": {503, "the same call may go well: Retry-After"},
	"55P03": {503, "the same call may go well: Retry-After"},
	"57014": {504, "it took too long"},
	"57P01": {503, "the server is coming back"},
	"57P02": {503, "the server is coming back"},
	"57P03": {503, "the server is coming back"},
	"P0002": {404, "a function that finds nothing says so with STRICT or no_data_found"},
}

func TestPostgREST(t *testing.T) {
	unused := maps.Clone(finer)
	for documented, codes := range postgREST {
		for code := range strings.FieldsSeq(codes) {
			want, why := documented, "as documented"
			if more, ok := finer[code]; ok {
				want, why = more.status, more.why
				delete(unused, code)
			}
			if got := Lookup(code, true, nil); got != want {
				t.Errorf("%s: status %d, want %d: %s", code, got, want, why)
			}
		}
	}
	if len(unused) > 0 {
		t.Errorf("not in the table: %v", slices.Collect(maps.Keys(unused)))
	}
}

func TestLookup(t *testing.T) {
	overrides := map[string]int{"22": 422, "22P02": 418, "P0001": 409, "28": 500, "PT402": 400}
	for _, test := range []struct {
		reason    string
		codes     string
		stranger  bool // the request is not authenticated
		overrides map[string]int
		want      int
	}{
		{"no right, and it is known who asks", "42501 28000 28P01", false, nil, 403},
		{"no right, and it may be had by a login", "42501 28000 28P01", true, nil, 401},
		{"a login changes nothing", "0L000 0P000", true, nil, 403},
		{"what is there already, or still needed", "23503 23505 23P01 23000", false, nil, 409},
		{"values that cannot be", "22000 22P02 22003 23502 23514 44000", false, nil, 400},
		{"PostgreSQL 17's limit of a transaction, MySQL's of a statement", "25P04 70100", false, nil, 504},
		{"the session has ended before the call", "57P05", false, nil, 503},
		{"no such database", "3D000", false, nil, 503},
		{"raised by the procedure's author", "P0001 45000 45001 AB123 99999 ZZZZZ 7X000", false, nil, 400},
		{"raised, and who asks does not matter", "P0001 AB123", true, nil, 400},
		{"mistakes in a function's text", "42601 42703 42702 42804 42P02 42000", false, nil, 500},
		{"the rest of appendix A", "0A000 0B000 21000 24000 26000 34000 3F000 72000 10608", false, nil, 500},
		{"the rest of MySQL's", "HY000 XA100 0K000 35000", false, nil, 500},
		{"a status that an author has chosen", "PT404", false, nil, 404},
		{"no status of an error", "PT200 PT999 PTabc PT4", false, nil, 500},
		{"no SQLSTATE", " 0 AB AB12 AB1234 ab123 ABÄ1", false, nil, 500},

		{"the program's own status for a code", "P0001", false, overrides, 409},
		{"the program's own status for a class", "22000 22001", false, overrides, 422},
		{"the code goes before its class", "22P02", false, overrides, 418},
		{"it goes before what depends on who asks", "28000 28P01", true, overrides, 500},
		{"it goes before what an author has chosen", "PT402", false, overrides, 400},
		{"it says nothing of others", "23502", false, overrides, 400},
		{"nor of others of no class", "AB123", false, overrides, 400},
	} {
		for code := range strings.SplitSeq(test.codes, " ") {
			if got := Lookup(code, !test.stranger, test.overrides); got != test.want {
				t.Errorf("%s: %q has status %d, want %d", test.reason, code, got, test.want)
			}
		}
	}
}

// Retry-After goes with 503 alone, and never where the call may have run.
func TestRetryAfter(t *testing.T) {
	for code := range strings.FieldsSeq("40001 40P01 55P03 53300 53100 57P01 57P02 57P03 57P05") {
		if seconds, ok := RetryAfter(code); !ok || seconds < 1 || Lookup(code, true, nil) != 503 {
			t.Errorf("%s: %d, %t", code, seconds, ok)
		}
	}
	for code := range strings.SplitSeq("08000 08006 40003 3D000 53400 23505 57014 P0001 PT503 AB123 ", " ") {
		if seconds, ok := RetryAfter(code); ok || seconds != 0 {
			t.Errorf("%q: %d, %t", code, seconds, ok)
		}
	}
}

func TestRaised(t *testing.T) {
	for code := range strings.FieldsSeq("P0001 P0002 45000 45001 PT404 AB123") {
		if !Raised(code) {
			t.Errorf("%s does not count as raised", code)
		}
	}
	for code := range strings.SplitSeq("P0003 22023 23505 42601 XX000 HY000 CR000 PT200 0 ab123 ", " ") {
		if Raised(code) {
			t.Errorf("%q counts as raised", code)
		}
	}
}

func TestData(t *testing.T) {
	for code, want := range map[string]bool{"22P02": true, "23505": true, "42P01": false, "P0001": false, "2": false, "": false} {
		if Data(code) != want {
			t.Errorf("%q is about data: %t", code, !want)
		}
	}
}
