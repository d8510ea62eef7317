package exec

import (
	"database/sql/driver"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// TestRunSendsStatementsInOrder says what reaches the database, by what its driver can do.
func TestRunSendsStatementsInOrder(t *testing.T) {
	type results = map[string]fakedb.Result
	const prepared = fakedb.Prepares | fakedb.RunsPrepared
	failing := fakedb.Result{Err: errFake}
	skip := results{"a": {Err: driver.ErrSkip, Rows: 1}}
	readOnly := Options{ReadOnly: true}
	for _, test := range []struct {
		reason  string
		can     fakedb.Ability
		results results
		texts   string
		options Options
		want    int // rows
		err     string
		log     string
	}{
		{
			reason: "a statement is sent as it is",
			can:    fakedb.Modern,
			texts:  "a",
			want:   1,
			log:    "query a",
		},
		{
			reason:  "there are no rows",
			can:     fakedb.Modern,
			results: results{"a": {}},
			texts:   "a",
			log:     "query a",
		},
		{
			reason:  "there are no columns",
			can:     fakedb.Modern,
			results: results{"a": {Sets: fakedb.Nothing}},
			texts:   "a",
			log:     "query a",
		},
		{
			reason:  "a result without columns fails",
			can:     fakedb.Modern,
			results: results{"a": {Sets: fakedb.Nothing, End: errFake}},
			texts:   "a",
			err:     errFake.Error(),
			log:     "query a",
		},
		{
			reason:  "the driver skips, and has the statement prepared",
			can:     fakedb.Modern,
			results: skip,
			texts:   "a",
			want:    1,
			log:     "skip a, prepare a, run a, close a",
		},
		{
			reason: "the driver has every statement prepared",
			can:    prepared,
			texts:  "a",
			want:   1,
			log:    "prepare a, run a, close a",
		},
		{
			reason:  "a statement that cannot be prepared is not sent",
			can:     prepared,
			results: results{"prepare a": failing},
			texts:   "a",
			err:     errFake.Error(),
			log:     "prepare a",
		},
		{
			reason:  "a prepared statement that fails is closed",
			can:     prepared,
			results: results{"a": failing},
			texts:   "a",
			err:     errFake.Error(),
			log:     "prepare a, run a, close a",
		},

		{
			reason: "statements run one after the other",
			can:    fakedb.Modern,
			texts:  "a b c",
			want:   1,
			log:    "query a, query b, query c",
		},
		{
			reason:  "the rows are those of the last statement",
			can:     fakedb.Modern,
			results: results{"a": {Rows: 5}, "b": {Rows: 2}},
			texts:   "a b",
			want:    2,
			log:     "query a, query b",
		},
		{
			reason:  "nothing follows a statement that fails",
			can:     fakedb.Modern,
			results: results{"a": failing},
			texts:   "a b",
			err:     errFake.Error(),
			log:     "query a",
		},
		{
			reason:  "nothing follows a statement that fails after rows that nobody reads",
			can:     fakedb.Modern,
			results: results{"a": {Rows: 5, End: errFake}},
			texts:   "a b",
			err:     errFake.Error(),
			log:     "query a",
		},
		{
			reason:  "nothing follows a statement whose rows cannot be closed",
			can:     fakedb.Modern,
			results: results{"a": {CloseErr: errFake}},
			texts:   "a b",
			err:     errFake.Error(),
			log:     "query a",
		},
		{
			reason:  "the error of the last statement comes after its rows",
			can:     fakedb.Modern,
			results: results{"b": {Rows: 2, End: errFake}},
			texts:   "a b",
			want:    2,
			err:     errFake.Error(),
			log:     "query a, query b",
		},
		{
			reason:  "the error of closing comes after the rows",
			can:     fakedb.Modern,
			results: results{"b": {Rows: 2, CloseErr: errFake}},
			texts:   "a b",
			want:    2,
			err:     errFake.Error(),
			log:     "query a, query b",
		},

		{
			reason:  "a READ ONLY transaction is rolled back",
			can:     fakedb.Modern,
			texts:   "a",
			options: readOnly,
			want:    1,
			log:     "begin read only true, query a, rollback",
		},
		{
			reason:  "all statements run in one transaction",
			can:     fakedb.Modern,
			texts:   "a b",
			options: readOnly,
			want:    1,
			log:     "begin read only true, query a, query b, rollback",
		},
		{
			reason:  "the transaction ends after an error",
			can:     fakedb.Modern,
			results: results{"a": failing},
			texts:   "a b",
			options: readOnly,
			err:     errFake.Error(),
			log:     "begin read only true, query a, rollback",
		},
		{
			reason:  "the transaction ends after an error in rows",
			can:     fakedb.Modern,
			results: results{"b": {Rows: 3, End: errFake}},
			texts:   "a b",
			options: readOnly,
			want:    3,
			err:     errFake.Error(),
			log:     "begin read only true, query a, query b, rollback",
		},
		{
			reason:  "a prepared statement is closed when the transaction is over",
			can:     fakedb.Modern,
			results: skip,
			texts:   "a",
			options: readOnly,
			want:    1,
			log:     "begin read only true, skip a, prepare a, run a, rollback, close a",
		},

		// What follows goes through database/sql, which serves any driver.
		{
			reason: "a driver is from before contexts",
			texts:  "a b",
			want:   1,
			log:    "prepare a, old run a, close a, prepare b, old run b, close b",
		},
		{
			reason:  "a statement of a driver from before contexts fails",
			results: results{"a": {Rows: 2, End: errFake}},
			texts:   "a b",
			err:     errFake.Error(),
			log:     "prepare a, old run a, close a",
		},
		{
			reason: "only the preparing has a context",
			can:    fakedb.Prepares,
			texts:  "a",
			want:   1,
			log:    "prepare a, old run a, close a",
		},
		{
			reason:  "the driver skips, and has nothing else with a context",
			can:     fakedb.Queries,
			results: skip,
			texts:   "a",
			want:    1,
			log:     "skip a, prepare a, old run a, close a",
		},
		{
			reason:  "a driver has no READ ONLY transactions, and the call does not run without",
			can:     fakedb.Queries | prepared,
			texts:   "a",
			options: readOnly,
			err:     "read-only",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			f := &fakedb.DB{Can: test.can, Results: test.results}
			n, err := count(t.Context(), f.Open(t), test.texts, test.options)
			if n != test.want || !matches(err, test.err) {
				t.Errorf("%d rows, %v; want %d, %q", n, err, test.want, test.err)
			}
			if log := f.Log(); log != test.log || f.Opened() != 1 {
				t.Errorf("%d connections saw\n\t%s; want\n\t%s", f.Opened(), log, test.log)
			}
		})
	}
}

// TestSkippedStatementIsSentOnce although the driver lacks something: that is found out before
// anything is sent.
func TestSkippedStatementIsSentOnce(t *testing.T) {
	for _, can := range []fakedb.Ability{fakedb.Queries, fakedb.Queries | fakedb.Prepares} {
		results := map[string]fakedb.Result{"b": {Err: driver.ErrSkip, Rows: 1}}
		f := &fakedb.DB{Can: can, Results: results}
		count(t.Context(), f.Open(t), "a b", Options{})
		if n := len(f.Args()); n != 2 {
			t.Errorf("%d statements were sent, want 2: %s", n, f.Log())
		}
	}
}
