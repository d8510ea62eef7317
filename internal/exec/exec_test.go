package exec

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

var errFake = errors.New("division by zero")

// texts makes statements of their texts.
func texts(names string) (statements []Statement) {
	for text := range strings.FieldsSeq(names) {
		statements = append(statements, Statement{Text: text})
	}
	return statements
}

// call runs statements and passes the rows of the last to use.
func call(
	ctx context.Context, db Querier, statements []Statement, o Options, use func(*row.Rows) error,
) error {
	r, err := Run(ctx, db, statements, o)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Explain(use(r.Rows()))
}

// complete runs statements to their end: the trailer, if there is one, and the commit.
func complete(ctx context.Context, db Querier, names string, o Options, trailer string) error {
	r, err := Run(ctx, db, texts(names), o)
	if err != nil {
		return err
	}
	defer r.Close()
	if trailer != "" {
		if _, err := r.Trailer(Statement{Text: trailer}); err != nil {
			return err
		}
	}
	return r.Commit()
}

// count runs statements and counts the rows of the last.
func count(ctx context.Context, db Querier, names string, o Options) (n int, err error) {
	err = call(ctx, db, texts(names), o, func(rows *row.Rows) error {
		for _, err := range rows.All() {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// unread and readFirst leave rows unread.
func unread(*row.Rows) error { return nil }

func readFirst(rows *row.Rows) error {
	for _, err := range rows.All() {
		return err
	}
	return nil
}

// matches reports whether an error has a text in it, or is none where the text is "".
func matches(err error, text string) bool {
	if text == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), text)
}

// wrapped is a type that a program may define to watch statements.
type wrapped struct {
	*sql.DB
	queries *int
}

func (w wrapped) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	*w.queries++
	return w.DB.QueryContext(ctx, text, args...)
}

type queryFunc func(context.Context, string, ...any) (*sql.Rows, error)

func (f queryFunc) QueryContext(
	ctx context.Context, text string, args ...any,
) (*sql.Rows, error) {
	return f(ctx, text, args...)
}

func TestQueriersOfTheProgramAreUsedAsTheyAre(t *testing.T) {
	function := func(db *sql.DB) (Querier, func()) { return queryFunc(db.QueryContext), func() {} }
	for _, test := range []struct {
		reason  string
		querier func(*sql.DB) (Querier, func())
		texts   string
		options Options
		err     string
		log     string
	}{
		{
			reason:  "a connection runs statements",
			querier: openConn,
			texts:   "a b",
			log:     "query a, query b",
		},
		{
			reason:  "a connection begins a READ ONLY transaction",
			querier: openConn,
			texts:   "a b",
			options: Options{ReadOnly: true},
			log:     "begin read only true, query a, query b, rollback",
		},
		{
			reason:  "a transaction runs statements",
			querier: openTx,
			texts:   "a b",
			log:     "begin read only false, query a, query b, rollback",
		},
		{
			reason:  "a transaction cannot become READ ONLY",
			querier: openTx,
			texts:   "a",
			options: Options{ReadOnly: true},
			err:     "*sql.Tx",
			log:     "begin read only false, rollback",
		},
		{
			reason:  "a transaction is left to its owner to commit",
			querier: openTx,
			texts:   "a b",
			options: Options{Tx: true},
			log:     "begin read only false, query a, query b, rollback",
		},
		{
			reason:  "a function runs a statement",
			querier: function,
			texts:   "a",
			log:     "query a",
		},
		{
			reason:  "a function cannot begin a READ ONLY transaction",
			querier: function,
			texts:   "a",
			options: Options{ReadOnly: true},
			err:     "exec.queryFunc",
		},
		{
			reason:  "a function cannot begin a transaction",
			querier: function,
			texts:   "a",
			options: Options{Tx: true},
			err:     "exec.queryFunc",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			f := &fakedb.DB{Can: fakedb.Modern}
			db := f.Open(t)
			q, end := test.querier(db)
			n, err := count(t.Context(), q, test.texts, test.options)
			if err == nil && n != 1 || !matches(err, test.err) {
				t.Errorf("%d rows, %v; want one row or the error %q", n, err, test.err)
			}
			end()
			if log := f.Log(); log != test.log || f.Opened() > 1 {
				t.Errorf("%d connections saw %s; want %s", f.Opened(), log, test.log)
			}
		})
	}
}

// TestWrappedPoolHasItsSay in a single statement. Two have to go over one connection, which only
// the pool has.
func TestWrappedPoolHasItsSay(t *testing.T) {
	for names, want := range map[string]int{"a": 1, "a b": 0} {
		queries := 0
		f := &fakedb.DB{Can: fakedb.Modern}
		_, err := count(t.Context(), wrapped{f.Open(t), &queries}, names, Options{})
		if err != nil || queries != want || f.Opened() != 1 {
			t.Errorf("%s: the type around a *sql.DB had %d queries, %v; want %d", names, queries, err, want)
		}
	}
}

func openConn(db *sql.DB) (Querier, func()) {
	conn, err := db.Conn(context.Background())
	if err != nil {
		panic(err)
	}
	return conn, func() { conn.Close() }
}

func openTx(db *sql.DB) (Querier, func()) {
	tx, err := db.Begin()
	if err != nil {
		panic(err)
	}
	return tx, func() { tx.Rollback() }
}

func TestDeclaredKindsHoldHoweverRowsAreRead(t *testing.T) {
	kinds := map[string]row.Kind{"n": row.Text}
	for _, can := range []fakedb.Ability{fakedb.Modern, 0} {
		f := &fakedb.DB{Can: can}
		o := Options{Rows: row.Options{Kinds: kinds}}
		err := call(t.Context(), f.Open(t), texts("a"), o, func(rows *row.Rows) error {
			for r, err := range rows.All() {
				if err != nil || r.Value(0).Kind() != row.Text {
					t.Errorf("n is %v, %v; want text", r.Value(0).Kind(), err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestConnectErrorSaysThatNothingWasSent, unlike the error of a connection that a statement has
// lost.
func TestConnectErrorSaysThatNothingWasSent(t *testing.T) {
	db := new(fakedb.DB).Open(t)
	db.Close()
	_, err := count(t.Context(), db, "a", Options{})
	if !errors.As(err, new(*ConnectError)) {
		t.Errorf("the error is %v, want a *ConnectError", err)
	}
}

// TestCallsAllocateNoMore than they did. The fake driver has its part in the numbers, the race
// detector one allocation, and database/sql more where its goroutines are late: the least counts.
func TestCallsAllocateNoMore(t *testing.T) {
	for _, test := range []struct {
		reason  string
		options Options
		most    float64
	}{
		{"a statement", Options{}, 18},
		{"a READ ONLY transaction", Options{ReadOnly: true}, 29},
		{"a transaction that commits", Options{Tx: true}, 29},
	} {
		f := &fakedb.DB{Can: fakedb.Modern}
		db, statements := f.Open(t), texts("a")
		call := func() {
			r, err := Run(t.Context(), db, statements, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Commit(); err != nil {
				t.Error(err)
			}
			r.Close()
			f.Log()
			f.Args()
		}
		n := math.Inf(1)
		for range 5 {
			n = min(n, testing.AllocsPerRun(100, call))
		}
		if n > test.most {
			t.Errorf("%s: %v allocations, want at most %v", test.reason, n, test.most)
		}
	}
}
