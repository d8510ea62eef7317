package exec

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/moresql/moresql/row"
)

// wrapped is a type of a user's own that watches statements. As long as there is one to send it is asked.
type wrapped struct {
	*sql.DB
	asked *int
}

func (w wrapped) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	*w.asked++
	return w.DB.QueryContext(ctx, text, args...)
}

type queryFunc func(context.Context, string, ...any) (*sql.Rows, error)

func (f queryFunc) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return f(ctx, text, args...)
}

// TestQueriers says that what the user has taken is used as it is, and no other connection taken.
func TestQueriers(t *testing.T) {
	for _, tt := range []struct {
		why    string
		with   func(*sql.DB) (Querier, func())
		texts  string
		o      Options
		refuse string // what the error says
		seen   string
	}{
		{"a connection", ownConn, "a b", Options{}, "", "query a, query b"},
		{"a connection can begin what only reads", ownConn, "a b", Options{ReadOnly: true}, "", "begin read only true, query a, query b, rollback"},
		{"a transaction", ownTx, "a b", Options{}, "", "begin read only false, query a, query b, rollback"},
		{"a transaction is what it is", ownTx, "a", Options{ReadOnly: true}, "*sql.Tx", "begin read only false, rollback"},
		{"one that commits leaves it to him", ownTx, "a b", Options{Tx: true}, "", "begin read only false, query a, query b, rollback"},
		{"a function", func(db *sql.DB) (Querier, func()) { return queryFunc(db.QueryContext), func() {} }, "a", Options{}, "", "query a"},
		{"it cannot begin", func(db *sql.DB) (Querier, func()) { return queryFunc(db.QueryContext), func() {} }, "a", Options{ReadOnly: true}, "exec.queryFunc", ""},
		{"also what commits", func(db *sql.DB) (Querier, func()) { return queryFunc(db.QueryContext), func() {} }, "a", Options{Tx: true}, "exec.queryFunc", ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := &fakeDB{able: modern}
			db := f.open(t)
			q, end := tt.with(db)
			n, err := count(t.Context(), q, tt.texts, tt.o)
			if tt.refuse == "" && (n != 1 || err != nil) || tt.refuse != "" && (err == nil || !strings.Contains(err.Error(), tt.refuse)) {
				t.Errorf("%d rows, %v; want one, or an error that says %q", n, err, tt.refuse)
			}
			end()
			if seen := f.seen(); seen != tt.seen || f.opened > 1 {
				t.Errorf("on %d connections the database saw %s; want %s", f.opened, seen, tt.seen)
			}
		})
	}
	for names, want := range map[string]int{"a": 1, "a b": 0} { // two have to go over one connection, which only the pool has
		asked := 0
		f := &fakeDB{able: modern}
		if _, err := count(t.Context(), wrapped{f.open(t), &asked}, names, Options{}); err != nil || asked != want || f.opened != 1 {
			t.Errorf("a type around a *sql.DB was asked for %s %d times, %v; want %d", names, asked, err, want)
		}
	}
}

func ownConn(db *sql.DB) (Querier, func()) {
	conn, err := db.Conn(context.Background())
	if err != nil {
		panic(err)
	}
	return conn, func() { conn.Close() }
}

func ownTx(db *sql.DB) (Querier, func()) {
	tx, err := db.Begin()
	if err != nil {
		panic(err)
	}
	return tx, func() { tx.Rollback() }
}

// TestKinds: what the program declares holds for the result however it is read.
func TestKinds(t *testing.T) {
	for _, able := range []ability{modern, 0} {
		f := &fakeDB{able: able}
		err := call(t.Context(), f.open(t), texts("a"), Options{Rows: row.Options{Kinds: map[string]row.Kind{"n": row.Text}}}, func(rows *row.Rows) error {
			for r, err := range rows.All() {
				if err != nil || r.Value(0).Kind() != row.Text {
					t.Errorf("n is %v, %v; want a text", r.Value(0).Kind(), err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
