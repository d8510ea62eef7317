package exec

import (
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// TestCommitNeedsACompleteResult says when a transaction is committed: when the rows have been read
// to their end, and the trailer has run, without an error.
func TestCommitNeedsACompleteResult(t *testing.T) {
	type results = map[string]fakedb.Result
	tx := Options{Tx: true}
	for _, test := range []struct {
		reason  string
		results results
		options Options
		trailer string
		err     string
		log     string
	}{
		{
			reason:  "the commit comes after the rows",
			options: tx,
			log:     "begin read only false, query a, query b, commit",
		},
		{
			reason:  "nothing is committed when rows fail",
			results: results{"b": {Rows: 3, End: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     "begin read only false, query a, query b, rollback",
		},
		{
			reason:  "nothing is committed when an earlier statement fails",
			results: results{"a": {Err: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     "begin read only false, query a, rollback",
		},
		{
			reason:  "the commit itself fails",
			results: results{"commit": {Err: errFake}},
			options: tx,
			err:     errFake.Error(),
			log:     "begin read only false, query a, query b, commit",
		},
		{
			reason:  "a READ ONLY transaction is rolled back, which NOTIFY needs",
			options: Options{Tx: true, ReadOnly: true},
			log:     "begin read only true, query a, query b, rollback",
		},
		{
			reason:  "the trailer comes before the commit",
			options: tx,
			trailer: "last",
			log:     "begin read only false, query a, query b, query last, commit",
		},
		{
			reason:  "a trailer needs no transaction",
			trailer: "last",
			log:     "query a, query b, query last",
		},
		{
			reason:  "nothing is committed when the trailer fails",
			results: results{"last": {Err: errFake}},
			options: tx,
			trailer: "last",
			err:     errFake.Error(),
			log:     "begin read only false, query a, query b, query last, rollback",
		},
		{
			reason:  "nothing is committed when the rows of the trailer fail",
			results: results{"last": {Rows: 1, End: errFake}},
			options: tx,
			trailer: "last",
			err:     errFake.Error(),
			log:     "begin read only false, query a, query b, query last, rollback",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			f := &fakedb.DB{Can: fakedb.Modern, Results: test.results}
			err := complete(t.Context(), f.Open(t), "a b", test.options, test.trailer)
			if !matches(err, test.err) {
				t.Errorf("%v; want %q", err, test.err)
			}
			if log := f.Log(); log != test.log {
				t.Errorf("the database saw\n\t%s; want\n\t%s", log, test.log)
			}
		})
	}
}

// TestCloseRollsBack what has not been committed: the caller has not read all rows, or did not like
// what the trailer says.
func TestCloseRollsBack(t *testing.T) {
	for _, test := range []struct {
		reason string
		use    func(*Result) error
		log    string
	}{
		{
			reason: "the rows are not read to their end",
			use:    func(*Result) error { return nil },
			log:    "begin read only false, query a, query b, rollback",
		},
		{
			reason: "what the trailer returns is refused",
			use: func(r *Result) error {
				_, err := r.Trailer(Statement{Text: "last"})
				return err
			},
			log: "begin read only false, query a, query b, query last, rollback",
		},
	} {
		f := &fakedb.DB{Can: fakedb.Modern}
		r, err := Run(t.Context(), f.Open(t), texts("a b"), Options{Tx: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := test.use(r); err != nil {
			t.Error(err)
		}
		if err := r.Explain(errFake); err != errFake {
			t.Errorf("%s: the caller's own error became %v", test.reason, err)
		}
		r.Close()
		r.Close()
		if log := f.Log(); log != test.log {
			t.Errorf("%s: the database saw\n\t%s; want\n\t%s", test.reason, log, test.log)
		}
	}
}

// TestTrailerReturnsACopy of the first row, which nothing that the driver does later changes.
func TestTrailerReturnsACopy(t *testing.T) {
	results := map[string]fakedb.Result{
		"last": {Sets: []fakedb.Set{fakedb.Texts("204", "second row")}},
		"none": {},
	}
	f := &fakedb.DB{Can: fakedb.Modern, Results: results}
	r, err := Run(t.Context(), f.Open(t), texts("a"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	values, err := r.Trailer(Statement{Text: "last"})
	if err != nil || len(values) != 1 || values[0].String() != "204" {
		t.Errorf("%v, %v; want the text 204", values, err)
	}
	if none, err := r.Trailer(Statement{Text: "none"}); none != nil || err != nil {
		t.Errorf("%v, %v for a trailer without rows", none, err)
	}
}
