package rest

import (
	"errors"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// Columns that may have changed are queried again: after an error about the statement, one that
// says a kept plan is void, and one of a driver that gives no code.
func TestColumnsAreForgottenAfterErrorsOfTheStatement(t *testing.T) {
	for code, forgotten := range map[pqerror.Code]bool{
		"42703": true, "42P01": true, "0A000": true, "": true, "22P02": false, "57014": false,
	} {
		c := &columns{list: []catalog.Column{{Name: "a"}}}
		var err error = &pq.Error{Code: code}
		if code == "" {
			err = errors.New("broken")
		}
		c.forget(err)
		if (c.list == nil) != forgotten {
			t.Errorf("%s: forgotten %v, want %v", code, c.list == nil, forgotten)
		}
	}
	var none *columns
	none.forget(errors.New("a result whose columns are known has none to forget"))
}

// A request is blamed for what it has added to the statement, and not for the rest.
func TestBlamesFilter(t *testing.T) {
	for _, test := range []struct {
		reason string
		err    moresql.Error
		want   bool
	}{
		{reason: "no such operator", err: moresql.Error{Code: "42883"}, want: true},
		{reason: "no such schema", err: moresql.Error{Code: "3F000"}, want: true},
		{reason: "a right is missing", err: moresql.Error{Code: "42501"}},
		{reason: "a table is missing", err: moresql.Error{Code: "42P01"}},
		{reason: "bad data", err: moresql.Error{Code: "22P02"}},
		{reason: "an author raised it", err: moresql.Error{Code: "42883", Raised: true}},
		{reason: "it is public already", err: moresql.Error{Code: "42883", Public: true}},
	} {
		e := test.err
		e.Err = &pq.Error{Code: pqerror.Code(e.Code)}
		if got := blamesFilter(&e); got != test.want {
			t.Errorf("%s: %v, want %v", test.reason, got, test.want)
		}
	}
	if blamesFilter(&moresql.Error{Code: "42883"}) {
		t.Error("an error without a cause is not the database's")
	}
}
