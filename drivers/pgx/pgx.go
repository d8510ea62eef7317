// Package pgx opens PostgreSQL through github.com/jackc/pgx and sends the beginning of a
// transaction in one pipeline: BEGIN, the settings and the call of a moresql.Session together. Such
// a call then waits for the database twice, the second time for COMMIT and the cleaning of the
// connection after its rows have been read, instead of five times. A bare call waits once.
//
//	connector, err := pgx.NewConnector(os.Getenv("DATABASE_URL"))
//	if err != nil {
//		log.Fatal(err)
//	}
//	db := sql.OpenDB(connector)
//	m := moresql.New(db, moresql.Session(…))
//
// Rows reach moresql as they have come from the server, see [RawQueryer]: pgx would decode each
// value into a Go value, for which moresql has no use. What a program itself queries is as without
// this package, and so is everything else.
//
// What a pipeline sends is parsed and planned for each call, with the rights of its own role, and
// needs no prepared statements, so PgBouncer may be in between. pgx's tracers do not see it.
//
// The package has the name of its folder, as Go packages do. A program that imports jackc's pgx as
// well, for what [Wrap] takes, imports this one as morepgx.
package pgx

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// NewConnector returns a connector for sql.OpenDB whose connections implement [Pipeliner] and
// [RawQueryer]. dsn is a connection string or URL in the syntax of pgx.ParseConfig, whose error
// says what is wrong with it. Nothing is connected yet.
func NewConnector(dsn string) (driver.Connector, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return Wrap(stdlib.GetConnector(*config)), nil
}

// Wrap returns a connector whose connections are those of c, a connector of pgx's package stdlib,
// and implement [Pipeliner] and [RawQueryer] in addition. The value that sql.Conn.Raw passes is not
// a *stdlib.Conn, but has its methods, so that an interface{ Conn() *pgx.Conn } finds pgx's own
// connection. Connections of other packages are left as they are.
func Wrap(c driver.Connector) driver.Connector { return connector{c} }

type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if std, ok := made.(*stdlib.Conn); ok && err == nil {
		mode := std.Conn().Config().DefaultQueryExecMode
		return &conn{
			Conn:     std,
			textOnly: mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol,
			known:    map[string]*pgconn.StatementDescription{},
		}, nil
	}
	return made, err
}

// Pipeliner is an optional interface of a driver.Conn, for a driver that can send the first
// statements of a transaction together instead of waiting for the response to BEGIN and to each of
// them. moresql uses it on the connections of every driver that implements it; a type of another
// module need not import this package.
type Pipeliner interface {
	// BeginQuery begins a transaction, which is READ ONLY if readOnly is set, and runs one or more
	// statements in it, texts[i] with the arguments args[i]. These have been through the
	// NamedValueChecker of the connection, if it has one. It returns the rows of the last
	// statement; those of the others are discarded. Each statement is sent at most once, and none
	// is run after one that has failed.
	//
	// ctx is that of the whole transaction. The caller closes the rows before it does anything
	// else on the connection.
	//
	// The Tx is not nil if the transaction may have begun, even if there is an error; the caller
	// ends it in any case. It is nil, with driver.ErrBadConn, if nothing has been sent because the
	// connection was lost before.
	BeginQuery(
		ctx context.Context, readOnly bool, texts []string, args [][]driver.NamedValue,
	) (driver.Tx, driver.Rows, error)
}

var _ Pipeliner = (*conn)(nil)

// A conn is a connection of pgx that implements Pipeliner and RawQueryer.
type conn struct {
	*stdlib.Conn
	textOnly bool // a statement by itself has its result in the text format

	known map[string]*pgconn.StatementDescription // by the text of the statement
}

// maxKnown limits the statements whose description one connection remembers. Filters and optional
// parameters multiply their texts.
const maxKnown = 512

// BeginQuery implements Pipeliner. A last statement that is new to the connection takes one round
// trip more: its types are described first, after the statements before it have run, on which they
// may depend.
func (c *conn) BeginQuery(
	ctx context.Context, readOnly bool, texts []string, args [][]driver.NamedValue,
) (driver.Tx, driver.Rows, error) {
	under, last := c.Conn.Conn(), len(texts)-1
	if under.IsClosed() {
		return nil, nil, driver.ErrBadConn
	}
	p := &pipeline{Pipeline: under.PgConn().StartPipeline(ctx), conn: under}
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
		p.discard()
	}
	if !ok {
		known = p.described()
		p.send(texts[last], known, args[last])
		p.sync()
	}
	r, err := p.rows()
	if err != nil {
		delete(c.known, texts[last]) // its types may have changed
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

// EndClean commits or rolls back, and then runs clean, which may hold several statements, in the
// same message: that nothing of the transaction stays on the connection costs no round trip, and a
// pooler cannot come in between. The error is that of the end; a connection that could not be
// cleaned is closed.
func (t tx) EndClean(commit bool, clean string) error {
	end := "ROLLBACK"
	if commit {
		end = "COMMIT"
	}
	results := t.conn.PgConn().Exec(t.ctx, end+"; "+clean)
	var tag pgconn.CommandTag
	if results.NextResult() {
		tag, _ = results.ResultReader().Close()
	}
	err := results.Close()
	if err != nil && tag.String() != "" || t.conn.PgConn().TxStatus() != 'I' {
		t.conn.Close(context.WithoutCancel(t.ctx))
	}
	switch tag.String() {
	case end:
		return nil
	case "ROLLBACK":
		return pgx.ErrTxCommitRollback
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
