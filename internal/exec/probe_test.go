package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/moresql/moresql/row"
)

// hollow is a driver's connection that has no driver.Validator to tell that it is lost.
type hollow struct {
	driver.Conn
	driver.QueryerContext
	driver.ConnPrepareContext
	conn *fakeConn
}

func (h hollow) ResetSession(context.Context) error {
	if !h.conn.valid {
		return driver.ErrBadConn
	}
	return nil
}

type hollowDB struct{ *fakeDB }

func (h hollowDB) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := h.fakeDB.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := conn.(*fakeConn)
	return hollow{c, c, c, c}, nil
}

// A connection that is lost does not go back to the pool, which would hand it on to the next.
func TestProbe(t *testing.T) {
	for _, test := range []struct {
		reason string
		answer answer
		open   int
	}{
		{"it is lost, and no error says so", answer{err: errors.New("gone"), lost: true}, 0},
		{"it is not lost", answer{err: errors.New("wrong")}, 1},
		{"nothing is wrong", answer{rows: 1}, 1},
	} {
		f := &fakeDB{able: modern | checks, answers: map[string]answer{"f": test.answer}, check: func(*driver.NamedValue) error { return nil }}
		f.open(t)
		db := sql.OpenDB(hollowDB{f})
		err := call(t.Context(), db, []Statement{{Text: "f"}}, Options{}, func(rows *row.Rows) error { return rows.Finish() })
		if n := db.Stats().OpenConnections; n != test.open || (err != nil) != (test.answer.err != nil) {
			t.Errorf("%s: %d connections are open, %v", test.reason, n, err)
		}
		db.Close()
	}
}
