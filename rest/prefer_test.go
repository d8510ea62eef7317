package rest

import (
	"net/http"
	"strings"
	"testing"
)

// The preferences are those of PostgREST's documentation, "Prefer Header", in the grammar of RFC
// 7240, 2.
func TestPreferencesOfARequest(t *testing.T) {
	for _, test := range []struct {
		reason          string
		fields          []string
		others, applied string
		limit           int64
	}{
		{reason: "none", limit: unknown},
		{reason: "empty ones", fields: []string{" ,, ", ""}, limit: unknown},
		{
			reason: "several in several fields", fields: []string{"handling=strict, count=exact",
				"max-affected=5"}, limit: 5, applied: "count=exact, handling=strict, max-affected=5",
		},
		{
			reason: "max-affected needs handling=strict", fields: []string{"max-affected=5"},
			limit: unknown,
		},
		{
			reason: "and is ignored leniently", limit: unknown,
			fields: []string{"handling=lenient, max-affected=5"}, applied: "handling=lenient",
		},
		{
			reason: "the first of two", fields: []string{"handling=strict", "handling=lenient"},
			limit: unknown, applied: "handling=strict",
		},
		{
			reason: "the first of two limits, 0", fields: []string{"handling=strict",
				"max-affected=0, max-affected=9"}, limit: 0, applied: "handling=strict, max-affected=0",
		},
		{
			reason: "names in upper case, quotes and parameters",
			fields: []string{`Handling = "strict"; a=b`}, limit: unknown, applied: "handling=strict",
		},
		{
			reason: "a time zone", fields: []string{"timezone=America/Los_Angeles"}, limit: unknown,
			applied: "timezone=America/Los_Angeles",
		},
		{
			reason: "about tables", limit: unknown,
			fields:  []string{"return=representation, resolution=merge-duplicates, missing=default"},
			applied: "resolution=merge-duplicates, missing=default, return=representation",
		},
		{
			reason: "words of no preference", limit: unknown, fields: []string{"return=all, tx=no"},
			others: "return=all, tx=no",
		},
		{
			reason: "the end of the transaction", limit: unknown,
			fields:  []string{"timezone=UTC, tx=rollback, tx=commit, count=exact"},
			applied: "count=exact, tx=rollback, timezone=UTC",
		},
		{
			reason: "unknown ones", fields: []string{"foo, bar=1", "respond-async"}, limit: unknown,
			others: "foo, bar=1, respond-async",
		},
		{
			reason: "what cannot be kept", limit: unknown,
			fields: []string{"count=planned, handling=x, max-affected=-1"},
			others: "handling=x, max-affected=-1", applied: "count=planned",
		},
	} {
		p := preferencesOf(http.Header{"Prefer": test.fields})
		others, applied := strings.Join(p.others, ", "), p.applied(p.count)
		if others != test.others || applied != test.applied || p.limit() != test.limit {
			t.Errorf("%s: others %q, applied %q, limit %d", test.reason, others, applied, p.limit())
		}
	}
}
