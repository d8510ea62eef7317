package exec

import (
	"database/sql/driver"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

const pipelining = fakedb.Modern | fakedb.Checks | fakedb.Pipelines

// TestPipelinerSendsTheBeginningTogether says what a Pipeliner is given, and how the transaction
// ends.
func TestPipelinerSendsTheBeginningTogether(t *testing.T) {
	type results = map[string]fakedb.Result
	tx := Options{Tx: true}
	const all = "together 2, begin read only false, query a, query b"
	for _, test := range []struct {
		reason  string
		results results
		options Options
		leave   bool // the rows unread
		trailer string
		err     string
		log     string
	}{
		{
			reason:  "all statements are sent together",
			options: tx,
			log:     all + ", commit",
		},
		{
			reason:  "the transaction is READ ONLY",
			options: Options{ReadOnly: true},
			log:     "together 2, begin read only true, query a, query b, rollback",
		},
		{
			reason:  "the trailer is sent later",
			options: tx,
			trailer: "last",
			log:     all + ", query last, commit",
		},
		{
			reason: "nothing is sent together without a transaction",
			log:    "query a, query b",
		},
		{
			reason:  "the transaction does not begin",
			results: results{"begin": {Err: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     "together 2, begin read only false",
		},
		{
			reason:  "the first statement fails",
			results: results{"a": {Err: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     "together 2, begin read only false, query a, rollback",
		},
		{
			reason:  "the last statement fails",
			results: results{"b": {Err: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     all + ", rollback",
		},
		{
			reason:  "the rows fail",
			results: results{"b": {Rows: 2, End: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     all + ", rollback",
		},
		{
			reason:  "a result without columns fails",
			results: results{"b": {Sets: fakedb.Nothing, End: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     all + ", rollback",
		},
		{
			reason:  "the rows are not read to their end",
			options: tx,
			leave:   true,
			log:     all + ", rollback",
		},
		{
			reason:  "the commit fails",
			results: results{"commit": {Err: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     all + ", commit",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			f := &fakedb.DB{
				Can:     pipelining,
				Results: test.results,
				Check:   func(*driver.NamedValue) error { return nil },
			}
			db := f.Open(t)
			var err error
			if test.leave {
				err = call(t.Context(), db, texts("a b"), test.options, unread)
			} else {
				err = complete(t.Context(), db, "a b", test.options, test.trailer)
			}
			if !matches(err, test.err) {
				t.Errorf("%v, want %q", err, test.err)
			}
			if log := f.Log(); log != test.log {
				t.Errorf("the database saw\n\t%s; want\n\t%s", log, test.log)
			}
			if n := db.Stats().InUse; n != 0 {
				t.Errorf("%d connections in use", n)
			}
		})
	}
}

func TestPipelinerGetsNothingWithARefusedArgument(t *testing.T) {
	f := &fakedb.DB{Can: pipelining, Check: func(*driver.NamedValue) error { return errFake }}
	_, err := Run(t.Context(), f.Open(t), []Statement{{Text: "a", Args: []any{1}}}, Options{Tx: true})
	if log := f.Log(); !matches(err, errFake.Error()) || log != "" {
		t.Errorf("%v, and the database saw %s", err, log)
	}
}
