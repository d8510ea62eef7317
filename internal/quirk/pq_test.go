package quirk

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/internal/leaktest"
)

// errorResponse is a message of PostgreSQL's protocol with an error that quotes a value (manual,
// 53.8).
func errorResponse(value string) string {
	fields := "SERROR\x00VERROR\x00C22P02\x00M" +
		`invalid input syntax for type integer: "` + value + "\"\x00\x00"
	length := binary.BigEndian.AppendUint32(nil, uint32(len(fields)+4))
	return "E" + string(length) + fields
}

const (
	ready = "Z\x00\x00\x00\x05I"

	// noRows is RowDescription of no columns, CommandComplete and ReadyForQuery.
	noRows = "T\x00\x00\x00\x06\x00\x00" + "C\x00\x00\x00\x0dSELECT 0\x00" + ready
)

// open returns a database of lib/pq on a server.
func open(t *testing.T, server *fakedb.Server) *sql.DB {
	t.Helper()
	return openURI(t, server.URI)
}

func openURI(t *testing.T, uri string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestPQCannotReadLongErrors fails once lib/pq can: Garbled and LongValueError are to be deleted
// then, and the limit of texts in internal/filter.
func TestPQCannotReadLongErrors(t *testing.T) {
	for _, test := range []struct {
		length  int
		garbled bool
	}{
		{longValue, false},
		{30_000, true},
	} {
		server := fakedb.Listen(t, errorResponse(strings.Repeat("x", test.length))+ready)
		_, err := open(t, server).QueryContext(t.Context(), "SELECT 1")
		if err == nil || Garbled(err) != test.garbled {
			t.Errorf("an error of %d bytes: garbled is not %v: %.60v", test.length, test.garbled, err)
		}
	}
}

// TestPQCancelsEarlyAndStalls fails once lib/pq holds back its request to cancel, or comes back
// without the server: what the Watch is for.
func TestPQCancelsEarlyAndStalls(t *testing.T) {
	leaktest.Check(t)
	server := fakedb.Listen(t, "")
	conn, err := open(t, server).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	back := make(chan error)
	go func() {
		_, err := conn.QueryContext(ctx, "SELECT $1::int", 1)
		back <- err
	}()
	<-server.Heard // the first of two round trips
	cancelled := time.Now()
	cancel()
	<-server.Cancelled
	if d := time.Since(cancelled); d > headStart {
		t.Errorf("lib/pq has waited for %v before it cancels", d)
	}
	select {
	case err := <-back:
		t.Errorf("lib/pq is back, without the server: %v", err)
	case <-time.After(2 * stallTime):
	}
	server.Hangup()
	<-back
	conn.Close()
}

// connector is the connection of a connector around a driver.
type connector struct{ driver.Conn }

func (c connector) Unwrap() driver.Conn { return c.Conn }

func TestDriversAreRecognizedThroughConnectors(t *testing.T) {
	conn, err := open(t, fakedb.Listen(t, "")).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Raw(func(c any) error {
		inner := c.(driver.Conn)
		for _, conn := range []driver.Conn{inner, connector{inner}, connector{connector{inner}}} {
			if d := Of(conn); d.conn != inner || !d.cancelsEarly || !d.stalls {
				t.Errorf("%T is taken for %+v", conn, d)
			}
		}
		for _, conn := range []driver.Conn{nil, closable{}, connector{closable{}}, connector{}} {
			if d := Of(conn); d != (Driver{}) || d.Watch(t.Context()) != nil {
				t.Errorf("%T is taken for %+v", conn, d)
			}
		}
		return nil
	})
}

// wrappedRows are the rows of a connector around a driver.
type wrappedRows struct{ driver.Rows }

func (r wrappedRows) Unwrap() driver.Rows { return r.Rows }

func TestPostgreSQLIsRecognizedByItsRows(t *testing.T) {
	server := fakedb.Listen(t, noRows)
	conn, err := open(t, server).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Raw(func(c any) error {
		rows, err := c.(driver.QueryerContext).QueryContext(t.Context(), "SELECT", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for _, rows := range []driver.Rows{rows, wrappedRows{rows}, wrappedRows{wrappedRows{rows}}} {
			if !IsPostgreSQL(rows) {
				t.Errorf("%T is not recognized", rows)
			}
		}
		for _, rows := range []driver.Rows{nil, wrappedRows{}, fakedb.NewRows(fakedb.Ints(1, 2))} {
			if IsPostgreSQL(rows) {
				t.Errorf("%T is taken for PostgreSQL", rows)
			}
		}
		return nil
	})
}

func TestLongArgumentsExplainGarbledErrors(t *testing.T) {
	garbled := errors.New("pq: server error: invalid input syntax")
	wrapped := fmt.Errorf("%w (%w)", garbled, errors.New("the connection is lost"))
	long := strings.Repeat("x", longValue+1)
	for _, test := range []struct {
		reason string
		err    error
		args   []any
		want   bool
	}{
		{"a text is long", garbled, []any{1, long}, true},
		{"bytes are long", garbled, []any{[]byte(long)}, true},
		{"a named argument is long", garbled, []any{sql.Named("a", long)}, true},
		{"the error has been explained", wrapped, []any{long}, true},
		{"no argument is long", garbled, []any{1, long[1:], []byte("x")}, false},
		{"there are no arguments", garbled, nil, false},
		{"lib/pq can read the error", errors.New("pq: division by zero"), []any{long}, false},
	} {
		err := Explain(test.err, test.args)
		var explained *LongValueError
		if !errors.Is(err, test.err) || errors.As(err, &explained) != test.want {
			t.Errorf("%s: %T %v", test.reason, err, err)
			continue
		}
		if err.Error() != test.err.Error() || Explain(err, test.args) != err {
			t.Errorf("%s: the error is explained twice: %v", test.reason, err)
		}
		if !test.want {
			continue
		}
		if status, message, hint := explained.Problem(); status != 400 || message == "" || hint == "" {
			t.Errorf("%s: %d %q %q", test.reason, status, message, hint)
		}
	}
}
