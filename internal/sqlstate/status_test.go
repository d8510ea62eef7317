package sqlstate

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// postgREST is the table of PostgREST's documentation, version 14 (References, Errors, HTTP Status
// Codes), with a code of each class. 42501 depends on the client: see TestLookupReturnsTheStatus.
var postgREST = map[int]string{
	503: "08000 08006 53000 53100 53200 53300",
	500: "09000 25000 25P01 25P02 2D000 38000 38004 39000 39P01 3B000 3B001 40000 40001 40002 40P01 " +
		"53400 54000 54001 55000 55P03 57000 57014 57P01 57P02 57P03 58000 58030 F0000 F0001 " +
		"HV000 HV00R P0000 P0002 P0003 P0004 XX000 XX001 XX002 42P17",
	403: "0L000 0LP01 0P000 28000 28P01",
	409: "23503 23505",
	405: "25006",
	400: "P0001 22000 22P02 23502 23514 44000", // all except P0001 as codes that are not listed
	404: "42883 42P01",
}

// finer has the codes for which ours says more.
var finer = map[string]struct {
	status int
	reason string
}{
	"40001": {503, "the same call may succeed: Retry-After"},
	"40P01": {503, "the same call may succeed: Retry-After"},
	"55P03": {503, "the same call may succeed: Retry-After"},
	"57014": {504, "the call took too long"},
	"57P01": {503, "the server is coming back"},
	"57P02": {503, "the server is coming back"},
	"57P03": {503, "the server is coming back"},
	"P0002": {404, "a function that finds nothing says so with STRICT or no_data_found"},
}

func TestStatusesArePostgRESTs(t *testing.T) {
	unused := maps.Clone(finer)
	for documented, codes := range postgREST {
		for code := range strings.FieldsSeq(codes) {
			want, reason := documented, "as documented"
			if more, ok := finer[code]; ok {
				want, reason = more.status, more.reason
				delete(unused, code)
			}
			if got := Lookup(code, true); got != want {
				t.Errorf("%s: status %d, want %d: %s", code, got, want, reason)
			}
		}
	}
	if len(unused) > 0 {
		t.Errorf("not in the table: %v", slices.Collect(maps.Keys(unused)))
	}
}

func TestLookupReturnsTheStatus(t *testing.T) {
	for _, test := range []struct {
		reason    string
		codes     string
		anonymous bool // the request is not authenticated
		want      int
	}{
		{reason: "a missing right of a known client", codes: "42501 28000 28P01", want: 403},
		{
			reason:    "a missing right that a login may give",
			codes:     "42501 28000 28P01",
			anonymous: true,
			want:      401,
		},
		{reason: "a login changes nothing", codes: "0L000 0P000", anonymous: true, want: 403},
		{
			reason: "what exists already, or is still referenced",
			codes:  "23503 23505 23P01 23000",
			want:   409,
		},
		{reason: "wrong values", codes: "22000 22P02 22003 23502 23514 44000", want: 400},
		{
			reason: "PostgreSQL 17's limit of a transaction, MySQL's of a statement",
			codes:  "25P04 70100",
			want:   504,
		},
		{reason: "the session has ended before the call", codes: "57P05", want: 503},
		{reason: "a missing database", codes: "3D000", want: 503},
		{
			reason: "raised by the author of the procedure",
			codes:  "P0001 45000 45001 AB123 99999 ZZZZZ 7X000",
			want:   400,
		},
		{
			reason:    "raised, for whatever client",
			codes:     "P0001 AB123",
			anonymous: true,
			want:      400,
		},
		{
			reason: "mistakes in the text of a function",
			codes:  "42601 42703 42702 42804 42P02 42000",
			want:   500,
		},
		{
			reason: "the rest of appendix A",
			codes:  "0A000 0B000 21000 24000 26000 34000 3F000 72000 10608",
			want:   500,
		},
		{reason: "the rest of MySQL's", codes: "HY000 XA100 0K000 35000", want: 500},
		{reason: "a status that an author has chosen", codes: "PT404", want: 404},
		{reason: "no status of an error", codes: "PT200 PT999 PTabc PT4", want: 500},
		{reason: "no SQLSTATE", codes: " 0 AB AB12 AB1234 ab123 ABÄ1", want: 500},
	} {
		for code := range strings.SplitSeq(test.codes, " ") {
			if got := Lookup(code, !test.anonymous); got != test.want {
				t.Errorf("%s: %q has status %d, want %d", test.reason, code, got, test.want)
			}
		}
	}
}

// TestRetryAfterIsForCallsThatHaveNotRun, and goes with 503 alone.
func TestRetryAfterIsForCallsThatHaveNotRun(t *testing.T) {
	for code := range strings.FieldsSeq("40001 40P01 55P03 53300 53100 57P01 57P02 57P03 57P05") {
		seconds, ok := RetryAfter(code)
		if !ok || seconds < 1 || Lookup(code, true) != 503 {
			t.Errorf("%s: %d, %t", code, seconds, ok)
		}
	}
	const others = "08000 08006 40003 3D000 53400 23505 57014 P0001 PT503 AB123 "
	for code := range strings.SplitSeq(others, " ") {
		if seconds, ok := RetryAfter(code); ok || seconds != 0 {
			t.Errorf("%q: %d, %t", code, seconds, ok)
		}
	}
}

func TestRaisedCodesAreAuthors(t *testing.T) {
	for code := range strings.FieldsSeq("P0001 P0002 45000 45001 PT404 AB123") {
		if !Raised(code) {
			t.Errorf("%s does not count as raised", code)
		}
	}
	const others = "P0003 22023 23505 42601 XX000 HY000 CR000 PT200 0 ab123 "
	for code := range strings.SplitSeq(others, " ") {
		if Raised(code) {
			t.Errorf("%q counts as raised", code)
		}
	}
}

func TestDataIsAboutValues(t *testing.T) {
	for code, want := range map[string]bool{
		"22P02": true, "23505": true, "42P01": false, "P0001": false, "2": false, "": false,
	} {
		if Data(code) != want {
			t.Errorf("%q is about data: %t", code, !want)
		}
	}
}
