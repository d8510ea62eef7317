// Package pq opens PostgreSQL through lib/pq and keeps the statements that a program sends prepared
// on each connection.
//
// lib/pq by itself has the server parse and describe every statement with arguments before it sends
// them: two round trips. Here the first call on a connection costs those two, and every later one
// with the same text costs one; the server parses the text once, and may keep the plan too.
//
//	connector, err := pq.NewConnector(os.Getenv("DATABASE_URL"))
//	if err != nil {
//		log.Fatal(err)
//	}
//	db := sql.OpenDB(connector)
//	m := moresql.New(db)
//
// Use it for a program that sends the same texts again and again, which is what moresql does. Do
// without it where the texts are ever new ones, since preparing a text that is sent once takes more
// round trips than sending it, and use the parameter binary_parameters=yes of lib/pq behind a pooler
// that does not keep track of prepared statements: see [ErrPooled].
//
// # What is kept
//
// Kept are the statements of QueryContext, and those of ExecContext that have arguments, by their
// text: 256 of them on each connection, of which the least recently used makes room for the next.
// Sent as they are, in one round trip anyhow, are texts without arguments that may hold several
// statements, and COPY. Statements that the program prepares by itself are its own affair.
//
// One text has one plan on a connection, whoever uses it. PostgreSQL checks the right to EXECUTE a
// function that it inlines only when it plans the statement, so roles that share a connection must
// not share a text. moresql begins the text of a call that has a role with a comment of that role's
// own for this reason; do likewise where you SET ROLE by yourself.
//
// # What fails
//
// A statement is never sent twice for one call. One that fails is prepared anew for the next call,
// as the server may have lost it, or its parameters or its result may have changed their types. The
// exceptions are errors of the classes P0, 23 and 40 (PostgreSQL manual, appendix A: raised by the
// function, constraints, conflicts), which show that the statement itself is good. After a migration
// that changes the result of a function, each connection thus fails one call at most.
//
// # Lib/pq below
//
// A connection has all that one of lib/pq's has for database/sql. As sql.Conn.Raw shows it, it is
// not lib/pq's own, which its method Unwrap returns. What lib/pq's connectors add, such as
// ConnectorWithNoticeHandler, goes between: Wrap(pq.ConnectorWithNoticeHandler(…)).
package pq

import (
	"context"
	"database/sql/driver"

	"github.com/lib/pq"
)

// NewConnector returns a connector for sql.OpenDB that keeps statements prepared on its connections.
// The connection string dsn is as lib/pq takes it. The error says what is wrong with it; nothing is
// connected yet.
func NewConnector(dsn string) (driver.Connector, error) {
	c, err := pq.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return Wrap(c), nil
}

// Wrap returns a connector whose connections are those of c, one of lib/pq's, with statements that
// stay prepared. c may itself be wrapped around lib/pq, as tracing is, if its connections have all
// the optional methods that those of lib/pq have. Connections that lack one are left as they are.
//
// Connect sends one statement on each new connection, to find out about poolers: see [ErrPooled].
// Whether there is one cannot be found out where another driver is wrapped around lib/pq.
func Wrap(c driver.Connector) driver.Connector { return connector{c} }

type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := made.(underlying)
	if !ok {
		return made, nil
	}
	conn := &conn{underlying: full, kept: newStatements()}
	switch err := checkPooler(ctx, full, processOf(made)); err {
	case nil:
	case ErrPooled:
		conn.refusal = err // of statements to keep: what is not kept works
	default:
		made.Close()
		return nil, err
	}
	return conn, nil
}
