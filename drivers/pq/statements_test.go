package pq

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// count runs the statements with the given texts on one connection, in a READ ONLY transaction that
// is rolled back if readOnly is set, and returns the number of rows of the last.
func count(ctx context.Context, db *sql.DB, texts string, readOnly bool) (n int, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var q interface {
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	} = conn
	if readOnly {
		tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return 0, err
		}
		defer tx.Rollback()
		q = tx
	}
	for text := range strings.FieldsSeq(texts) {
		rows, err := q.QueryContext(ctx, text)
		if err != nil {
			return 0, err
		}
		for n = 0; rows.Next(); n++ {
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return n, err
		}
	}
	return n, nil
}

func TestStatementIsPreparedOnceOnAConnection(t *testing.T) {
	type calls = []struct{ texts, seen string }
	tests := []struct {
		name      string
		responses map[string]response
		readOnly  bool
		calls     calls
	}{
		{
			name:  "a statement is prepared once",
			calls: calls{{"a", "prepare a, run a"}, {"a", "run a"}, {"a", "run a"}},
		},
		{
			name: "statements are kept by their text",
			calls: calls{
				{"a b", "prepare a, run a, prepare b, run b"},
				{"b a", "run b, run a"},
				{"c", "prepare c, run c"},
				{"a b c", "run a, run b, run c"},
			},
		},
		{
			name:     "a statement is prepared once within transactions",
			readOnly: true,
			calls: calls{
				{"a", "begin read only true, prepare a, run a, rollback"},
				{"a", "begin read only true, run a, rollback"},
			},
		},
		{
			name:      "one that fails is prepared anew, as the server may have lost it",
			responses: map[string]response{"a": {err: errFake}},
			calls: calls{
				{"b", "prepare b, run b"},
				{"a", "prepare a, run a"},
				{"a", "close a, prepare a, run a"},
				{"b", "run b"},
			},
		},
		{
			name:      "one that fails after its rows is prepared anew",
			responses: map[string]response{"a": {rows: 2, end: errFake}},
			calls:     calls{{"a", "prepare a, run a"}, {"a", "close a, prepare a, run a"}},
		},
		{
			name:      "one that fails before its first row is prepared anew",
			responses: map[string]response{"a": {end: errFake}},
			calls:     calls{{"a b", "prepare a, run a"}, {"a b", "close a, prepare a, run a"}},
		},
		{
			name:      "one that fails without columns is prepared anew",
			responses: map[string]response{"a": {none: true, end: errFake}},
			calls:     calls{{"a b", "prepare a, run a"}, {"a b", "close a, prepare a, run a"}},
		},
		{
			name:      "it is closed after the transaction, which an error may have ended",
			responses: map[string]response{"a": {err: errFake}},
			readOnly:  true,
			calls: calls{
				{"a", "begin read only true, prepare a, run a, rollback"},
				{"b", "begin read only true, close a, prepare b, run b, rollback"},
			},
		},
		{
			name:      "only the one that failed is prepared anew",
			responses: map[string]response{"b": {err: errFake}},
			calls: calls{
				{"a b", "prepare a, run a, prepare b, run b"},
				{"a b", "run a, close b, prepare b, run b"},
			},
		},
		{
			name:      "what cannot be prepared is not kept",
			responses: map[string]response{"prepare a": {err: errFake}},
			calls:     calls{{"a", "prepare a"}, {"a", "prepare a"}},
		},
		{
			name:  "several statements in one text cannot be prepared",
			calls: calls{{"a;b", "query a;b"}, {"a;b", "query a;b"}},
		},
		{
			name:  "lib/pq would start a COPY when it is prepared",
			calls: calls{{"/*c*/copy", "query /*c*/copy"}, {"COPY", "query COPY"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeDB{responses: tt.responses}
			db := f.open(t)
			for i, call := range tt.calls {
				n, err := count(t.Context(), db, call.texts, tt.readOnly)
				if err != nil && !errors.Is(err, errFake) || err == nil && n != 1 {
					t.Errorf("call %d: %d rows, %v", i, n, err)
				}
				if seen := f.seen(); seen != call.seen {
					t.Errorf("call %d: the database saw %s; want %s", i, seen, call.seen)
				}
			}
			if f.opened != 1 {
				t.Errorf("there were %d connections, want one", f.opened)
			}
		})
	}
}

func TestStatementStaysPreparedAfterAnErrorOfWhatItCalls(t *testing.T) {
	for code, stays := range map[string]bool{
		"P0001": true, "23505": true, "40001": true,
		"22012": false, "26000": false, "0A000": false, "42883": false, "57014": false, "": false,
	} {
		for place, failing := range map[string]response{
			"instead of rows": {err: fmt.Errorf("wrapped: %w", codeError(code))},
			"after rows":      {rows: 2, end: codeError(code)},
		} {
			f := &fakeDB{responses: map[string]response{"a": failing}}
			db := f.open(t)
			var want codeError
			for range 2 {
				if _, err := count(t.Context(), db, "a", false); !errors.As(err, &want) {
					t.Errorf("%q %s: %v", code, place, err)
				}
			}
			seen, again := f.seen(), "prepare a, run a, close a, prepare a, run a"
			if stays {
				again = "prepare a, run a, run a"
			}
			if seen != again {
				t.Errorf("%q %s: the database saw %s; want %s", code, place, seen, again)
			}
		}
	}
}

func TestStatementStaysPreparedWhenTheCallerStopsReading(t *testing.T) {
	for name, closing := range map[string]error{
		"the rest is read":                    nil,
		"the rest is cancelled":               codeError("57014"),
		"the rest fails for a reason unknown": errFake,
	} {
		f := &fakeDB{responses: map[string]response{"a": {rows: 3, closing: closing}}}
		db := f.open(t)
		rows, err := db.Query("a")
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		rows.Close()
		f.seen()
		if n, _ := count(t.Context(), db, "a", false); n != 3 || f.seen() != "run a" {
			t.Errorf("%s: the next call has %d rows or is prepared again", name, n)
		}
	}
}

func TestLeastRecentlyUsedStatementMakesRoom(t *testing.T) {
	f := &fakeDB{}
	db := f.open(t)
	text := func(i int) string { return fmt.Sprint("s", i) }
	run := func(i int, want string) {
		t.Helper()
		if _, err := count(t.Context(), db, text(i), false); err != nil {
			t.Fatal(err)
		}
		if seen := f.seen(); seen != want {
			t.Fatalf("the database saw %s; want %s", seen, want)
		}
	}
	for i := range maxStatements {
		run(i, fmt.Sprintf("prepare %s, run %[1]s", text(i)))
	}
	run(0, "run s0") // s1 has not been used for longest now
	for i := range 10 {
		next := maxStatements + i
		run(next, fmt.Sprintf("close %s, prepare %s, run %[2]s", text(i+1), text(next)))
	}
	run(0, "run s0")
	run(11, "run s11")
	run(1, "close s12, prepare s1, run s1")
	if f.most != maxStatements {
		t.Errorf("the server had %d statements at once, want %d", f.most, maxStatements)
	}
}

func TestFailedStatementsCountTowardsTheLimit(t *testing.T) {
	f := &fakeDB{responses: map[string]response{}}
	db := f.open(t)
	for i := range maxStatements {
		count(t.Context(), db, fmt.Sprint("s", i), false)
	}
	for i := range maxStatements {
		f.responses[fmt.Sprint("s", i)] = response{err: errFake}
		count(t.Context(), db, fmt.Sprint("s", i), false)
	}
	count(t.Context(), db, "another", false)
	count(t.Context(), db, "another", false)
	if f.most != maxStatements {
		t.Errorf("the server had %d statements at once, want %d", f.most, maxStatements)
	}
}

func TestExecIsKeptWithArgumentsOnly(t *testing.T) {
	f := &fakeDB{responses: map[string]response{"bad": {err: errFake}}}
	db := f.open(t)
	exec := func(text string, args ...any) {
		t.Helper()
		if _, err := db.Exec(text, args...); err != nil && !errors.Is(err, errFake) {
			t.Error(err)
		}
	}
	exec("a")
	exec("a", 1)
	exec("a", 2)
	exec("bad", 1)
	exec("bad", 1)
	exec("COPY", 1)
	want := "exec a, prepare a, run a, run a, prepare bad, run bad, " +
		"close bad, prepare bad, run bad, exec COPY"
	if seen := f.seen(); seen != want {
		t.Errorf("the database saw %s; want %s", seen, want)
	}
}

func TestArgumentsAreCheckedByTheConnection(t *testing.T) {
	f := &fakeDB{check: func(v *driver.NamedValue) error {
		v.Value = fmt.Sprint("checked ", v.Value)
		return nil
	}}
	db := f.open(t)
	for range 2 {
		rows, err := db.Query("a", 1, "x")
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
		if len(f.args) != 2 || f.args[0].Value != "checked 1" || f.args[1].Value != "checked x" {
			t.Errorf("the statement got %v", f.args)
		}
	}
}
