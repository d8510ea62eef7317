// Package pgxpipe opens PostgreSQL through pgx so that a call in a transaction, such as that of a moresql.Session, waits for the database once
// more than a bare call, and not three times: BEGIN, the settings and the call are sent together, in a pipeline, and COMMIT when the rows
// have been read.
//
//	config, err := pgx.ParseConfig(os.Getenv("DATABASE_URL"))
//	db := sql.OpenDB(pgxpipe.Connector(stdlib.GetConnector(*config)))
//	m := moresql.New(db, moresql.Session(…))
//
// Everything else is as through the connector itself. What is sent together is parsed and planned anew each time, with the rights of the
// call's own role, and needs no prepared statements: PgBouncer may be in between. pgx's tracers do not see it.
package pgxpipe

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Connector returns a connector that makes the connections of c, one of pgx's package stdlib. Through sql.Conn.Raw they are no *stdlib.Conn, but
// have its methods: interface{ Conn() *pgx.Conn } is what to ask for. The connections of another package's are left as they are.
func Connector(c driver.Connector) driver.Connector { return connector{c} }

type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if std, ok := made.(*stdlib.Conn); ok && err == nil {
		return &conn{Conn: std, known: map[string]*pgconn.StatementDescription{}}, nil
	}
	return made, err
}

// A conn is one of pgx's that moresql finds BeginQuery in.
type conn struct {
	*stdlib.Conn
	known map[string]*pgconn.StatementDescription // by the texts of statements
}

// maxKnown is how many are kept: what requests ask of a result varies the text.
const maxKnown = 512

// BeginQuery sends BEGIN and statements, all at once, and returns the rows of the last; what the others return is passed over. The server runs
// nothing behind what fails. Of a statement that is new to the connection the server is asked the types first, behind what goes before it. The
// transaction is to be ended, after an error too.
func (c *conn) BeginQuery(ctx context.Context, readOnly bool, texts []string, args [][]driver.NamedValue) (driver.Tx, driver.Rows, error) {
	under, last := c.Conn.Conn(), len(texts)-1
	if under.IsClosed() {
		return nil, nil, driver.ErrBadConn
	}
	p := &pipeline{Pipeline: under.PgConn().StartPipeline(ctx), types: under.TypeMap()}
	begin := "BEGIN"
	if readOnly {
		begin = "BEGIN READ ONLY"
	}
	p.send(begin, nil, nil)
	for i, text := range texts[:last] {
		p.send(text, nil, args[i])
	}
	known, ok := c.known[texts[last]]
	if ok {
		p.send(texts[last], known, args[last])
	} else {
		p.SendPrepare("", texts[last], nil)
	}
	p.sync()
	for range texts { // BEGIN, and all but the last
		p.pass()
	}
	if !ok {
		known = p.described()
		p.send(texts[last], known, args[last])
		p.sync()
	}
	r, err := p.rows()
	if err != nil {
		delete(c.known, texts[last]) // it may be another one by now
	} else if !ok {
		if len(c.known) == maxKnown {
			clear(c.known)
		}
		c.known[texts[last]] = known
	}
	return tx{ctx, under}, r, err
}

// A tx is a transaction that BeginQuery has begun, or has tried to begin.
type tx struct {
	ctx  context.Context
	conn *pgx.Conn
}

func (t tx) Commit() error {
	tag, err := t.conn.Exec(t.ctx, "COMMIT")
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	if err != nil && t.conn.PgConn().TxStatus() != 'I' {
		t.conn.Close(t.ctx)
	}
	return err
}

func (t tx) Rollback() error {
	if t.conn.PgConn().TxStatus() == 'I' { // BEGIN has failed
		return nil
	}
	_, err := t.conn.Exec(t.ctx, "ROLLBACK")
	if err != nil {
		t.conn.Close(t.ctx)
	}
	return err
}
