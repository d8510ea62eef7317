package exec

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

// TestConnectionsComeBack whatever is done with the rows, also from those who panic.
func TestConnectionsComeBack(t *testing.T) {
	for _, test := range []struct {
		reason string
		can    fakedb.Ability
		use    func(*row.Rows) error
	}{
		{"all rows are read", fakedb.Modern, (*row.Rows).Finish},
		{"no row is read", fakedb.Modern, unread},
		{"only the first row is read", fakedb.Modern, readFirst},
		{"the caller fails", fakedb.Modern, func(*row.Rows) error { return errFake }},
		{"the caller closes the rows", fakedb.Modern, (*row.Rows).Close},
		{"the caller panics", fakedb.Modern, func(*row.Rows) error { panic(errFake) }},
		{
			reason: "the caller ends its goroutine, as FailNow does",
			can:    fakedb.Modern,
			use: func(*row.Rows) error {
				runtime.Goexit()
				return nil
			},
		},
		{"only the first row is read, through database/sql", 0, readFirst},
		{"the caller panics, through database/sql", 0, func(*row.Rows) error { panic(errFake) }},
	} {
		for _, o := range []Options{{}, {ReadOnly: true}} {
			if o.ReadOnly && test.can&fakedb.Begins == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/ReadOnly=%v", test.reason, o.ReadOnly), func(t *testing.T) {
				f := &fakedb.DB{Can: test.can, Results: map[string]fakedb.Result{"a": {Rows: 3}}}
				db := f.Open(t)
				ended := make(chan any)
				go func() {
					defer close(ended)
					defer func() {
						if err := recover(); err != nil && err != errFake {
							t.Error("panic:", err)
						}
					}()
					call(t.Context(), db, texts("a"), o, test.use)
				}()
				<-ended
				if s := db.Stats(); s.InUse != 0 || s.OpenConnections != 1 {
					t.Errorf("%d connections in use, %d open; want 0, 1", s.InUse, s.OpenConnections)
				}
				log := f.Log()
				if o.ReadOnly && log != "begin read only true, query a, rollback" {
					t.Errorf("the database saw %s", log)
				}
			})
		}
	}
}

// TestUnfinishedResultsAreCancelled, after drainTime, and the connection is back. To cancel what
// nobody wants is no error.
func TestUnfinishedResultsAreCancelled(t *testing.T) {
	forever := map[string]fakedb.Result{"a": {Rows: 3, Endless: true}}
	for _, test := range []struct {
		reason  string
		results map[string]fakedb.Result
		options Options
		use     func(*row.Rows) error
		err     error
		log     string
	}{
		{
			reason:  "nobody wants the rest",
			results: forever,
			use:     readFirst,
			log:     "query a, cancel a",
		},
		{
			reason:  "nobody wants the first row",
			results: forever,
			use:     unread,
			log:     "query a, cancel a",
		},
		{
			reason:  "a transaction is rolled back all the same",
			results: forever,
			options: Options{ReadOnly: true},
			use:     readFirst,
			log:     "begin read only true, query a, cancel a, rollback",
		},
		{
			reason:  "the client has gone",
			results: forever,
			use:     func(*row.Rows) error { return errFake },
			err:     errFake,
			log:     "query a, cancel a",
		},
		{
			reason:  "what arrives in time is not cancelled",
			results: map[string]fakedb.Result{"a": {Rows: 3}},
			use:     readFirst,
			log:     "query a",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			f := &fakedb.DB{Can: fakedb.Modern, Results: test.results}
			db := f.Open(t)
			err := call(t.Context(), db, texts("a"), test.options, test.use)
			if err != test.err {
				t.Errorf("%v, want %v", err, test.err)
			}
			if log := f.Log(); log != test.log {
				t.Errorf("the database saw %s; want %s", log, test.log)
			}
			if s := db.Stats(); s.InUse != 0 || s.OpenConnections != 1 {
				t.Errorf("%d connections in use, %d open; want 0, 1", s.InUse, s.OpenConnections)
			}
		})
	}
}

// TestRowsEndWithTheContext, whether the driver looks at it or has rows without end.
func TestRowsEndWithTheContext(t *testing.T) {
	const prepared = fakedb.Prepares | fakedb.RunsPrepared
	for _, can := range []fakedb.Ability{fakedb.Modern, prepared, 0} {
		for _, names := range []string{"a", "b a", "a b"} { // the result, or one before it
			for reason, result := range map[string]fakedb.Result{
				"the driver has rows without end": {Rows: math.MaxInt},
				"the driver waits for more":       {Rows: 3, Endless: true},
			} {
				if result.Endless && can == 0 {
					continue // nothing would end it, as its statement has no context
				}
				ctx, cancel := context.WithCancel(t.Context())
				last := 0
				result.OnRow = func(n int) {
					if last = n; n == 3 {
						cancel()
					}
				}
				f := &fakedb.DB{Can: can, Results: map[string]fakedb.Result{"a": result}}
				db := f.Open(t)
				_, err := count(ctx, db, names, Options{})
				// database/sql hears of the context in another goroutine, some rows later
				if !errors.Is(err, context.Canceled) || can != 0 && last != 3 {
					t.Errorf("%s, %s: %v after %d rows; want context.Canceled after 3",
						names, reason, err, last)
				}
				if n := db.Stats().InUse; n != 0 {
					t.Errorf("%s, %s: %d connections in use", names, reason, n)
				}
			}
		}
	}
}

func TestNothingIsSentForAContextThatIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := &fakedb.DB{Can: fakedb.Modern}
	_, err := count(ctx, f.Open(t), "a", Options{})
	if log := f.Log(); !errors.Is(err, context.Canceled) || log != "" {
		t.Errorf("%v, and the database saw %s", err, log)
	}
}
