package pgx

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A trip is a flight of statements that are all prepared: Bind and Execute for each, and one Sync
// (PostgreSQL manual, "Extended Query"). Nearly every call is one. It does without what a pipeline
// of pgconn has to be ready for: a queue of what was sent, a description of each result, and a
// timer for a write that might block. It is the result of the statement whose rows are wanted.
type trip struct {
	conn   *conn
	ctx    context.Context
	tx     *tx // that it ends, or nil
	count  int // of the statements
	wanted int // the place of the one whose rows are
	at     int // the place of the one whose response is read
	failed int // the place of the one that err is of
	err    error
	row    [][]byte
	unread bool // row has not been returned
	ended  bool // everything has been read
}

// maxTrip limits the arguments of a trip, in bytes. What is sent has to fit into the buffers of the
// network: the server may send a result meanwhile that nobody reads yet.
const maxTrip = 8 << 10

// prepared returns the statements of a flight if it can be a trip, and otherwise nil: some are not
// prepared, there is one whose result is not known before it runs, or others have to be closed.
func (c *conn) prepared(f *flight) []*statement {
	if len(c.dropped) > 0 {
		return nil
	}
	c.known = c.known[:0]
	size := 0
	for i := range f.count() {
		text, args := f.statement(i)
		s := c.find(text)
		if s == nil || !s.named() || len(s.Fields) == 0 {
			return nil
		}
		for _, arg := range args {
			size += sizeOf(arg.Value)
		}
		c.known = append(c.known, s)
	}
	if size > maxTrip {
		return nil
	}
	return c.known
}

// sizeOf returns the number of bytes of an argument that may have many.
func sizeOf(v driver.Value) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	return 0
}

// travel sends the statements of a flight, and reads up to the first row that is wanted. tx is what
// the flight ends, or nil.
func (c *conn) travel(
	ctx context.Context, f *flight, known []*statement, tx *tx,
) (driver.Rows, *trip) {
	t := &trip{conn: c, ctx: ctx, tx: tx, count: len(known), wanted: f.wanted()}
	t.send(f, known)
	t.read()
	if t.err != nil {
		t.finish()
		if t.failed < len(known) {
			c.failed(known[t.failed], t.err)
		}
		return nil, t
	}
	return &rawRows{rows{t, &known[t.wanted].columns, c.Conn.Conn()}}, t
}

// send sends the statements of a flight. An argument that cannot be encoded ends them.
func (t *trip) send(f *flight, known []*statement) {
	c := t.conn
	front := c.Conn.Conn().PgConn().Frontend()
	for i, s := range known {
		_, args := f.statement(i)
		if t.err = c.encode(s, args); t.err != nil {
			t.count, t.failed = i, i
			break
		}
		front.SendBind(&pgproto3.Bind{
			PreparedStatement: s.Name, ParameterFormatCodes: c.params.ParamFormats,
			Parameters: c.params.ParamValues, ResultFormatCodes: s.formats,
		})
		front.SendExecute(&pgproto3.Execute{})
	}
	front.SendSync(&pgproto3.Sync{})
	c.watcher.begin(t.ctx)
	if err := front.Flush(); err != nil {
		t.lose(err)
	}
}

// read reads up to the next row that is wanted, or to where there can be none.
func (t *trip) read() {
	for !t.unread && t.err == nil && t.at <= t.wanted && !t.ended {
		t.receive()
	}
}

// finish reads everything that is left.
func (t *trip) finish() {
	for !t.ended {
		t.receive()
	}
}

// receive reads the next message.
func (t *trip) receive() {
	// The watcher watches ctx, for the whole trip.
	message, err := t.conn.Conn.Conn().PgConn().ReceiveMessage(context.Background())
	if err != nil {
		t.lose(cmp.Or(errors.Unwrap(err), err)) // the outer one says that nothing was sent
		return
	}
	switch m := message.(type) {
	case *pgproto3.DataRow:
		if t.at == t.wanted {
			t.row, t.unread = m.Values, true
		}
	case *pgproto3.CommandComplete, *pgproto3.EmptyQueryResponse:
		t.at++
	case *pgproto3.ErrorResponse:
		if t.err == nil {
			t.err, t.failed = pgconn.ErrorResponseToPgError(m), t.at
		}
	case *pgproto3.ReadyForQuery:
		t.ended = true
		t.conn.watcher.end()
	case *pgproto3.BindComplete, *pgproto3.ParameterStatus, *pgproto3.NoticeResponse,
		*pgproto3.NotificationResponse:
	default: // of a COPY, which pgx itself runs
		t.lose(fmt.Errorf("pgx: the server sent a %T", message))
	}
}

// lose ends a trip whose connection is lost, or out of step.
func (t *trip) lose(err error) {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = cmp.Or(t.ctx.Err(), err)
	}
	if t.err == nil {
		t.err, t.failed = err, t.at
	}
	t.ended = true
	abandon(t.conn.Conn.Conn().PgConn())
	t.conn.watcher.end()
}

// NextRow implements result.
func (t *trip) NextRow() bool {
	t.read()
	is := t.unread
	t.unread = false
	return is
}

// Values implements result.
func (t *trip) Values() [][]byte { return t.row }

// Close implements result, without a tag. What fails after the rows is the commit of a statement by
// itself. Of a transaction that the trip ends it is no error of the rows: it is not over then.
func (t *trip) Close() (tag pgconn.CommandTag, err error) {
	t.finish()
	if t.tx == nil {
		return tag, t.err
	}
	t.tx.over = t.err == nil && t.at == t.count
	if t.failed > t.wanted {
		return tag, nil
	}
	return tag, t.err
}
