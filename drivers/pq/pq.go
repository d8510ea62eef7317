// Package pq opens PostgreSQL through lib/pq and keeps the statements of a program prepared on each
// connection.
//
// On its own, lib/pq has the server parse and describe a statement with arguments before it runs
// it, which takes two round trips. With this package the first call on a connection takes those
// two, and every later call with the same text takes one. BenchmarkCall, a call with one argument
// over a local connection, took 27 to 32 µs instead of 61 to 102 µs on
// two busy cores.
//
//	connector, err := pq.NewConnector(os.Getenv("DATABASE_URL"))
//	if err != nil {
//		log.Fatal(err)
//	}
//	db := sql.OpenDB(connector)
//	m := moresql.New(db)
//
// Use it for a program that sends the same texts again and again, as moresql does. Do not use it
// where most texts are new, since preparing a text that is sent once takes more round trips than
// sending it, nor behind a pooler that does not keep track of prepared statements: see [ErrPooled].
//
// # What is kept
//
// Kept are the statements of QueryContext, and those of ExecContext that have arguments, by their
// text. Each connection keeps 256; the least recently used makes room for the next. Texts without
// arguments that may hold several statements, and COPY, are sent as they are, in one round trip.
// Statements that the program prepares itself are not kept: closing them is up to the program.
//
// A connection has one plan for a text, whoever uses it. PostgreSQL checks the right to EXECUTE a
// function that it inlines only when it plans the statement, so roles that share a connection must
// not share a text. For this reason moresql begins the text of a call that has a role with a
// comment that differs from role to role. A program that uses SET ROLE itself should do the same.
//
// # Errors
//
// A statement is never sent twice for one call. One that fails is prepared anew for the next call,
// as the server may have lost it, or the types of its parameters or its result may have changed.
// Errors of the classes P0, 23 and 40 are the exception (PostgreSQL manual, appendix A: raised by
// the function, constraints, conflicts), since they show that the statement itself is good. After
// a migration that changes the result of a function, its call thus fails at most once on each
// connection. A function that returns the row type of a table is worse: PostgreSQL goes on to
// return the old columns, without an error, until the connection is closed. The calls of moresql's
// package rest have new texts after a reload; others need DB.SetConnMaxLifetime.
//
// # Access to lib/pq
//
// A connection implements every interface of database/sql/driver that lib/pq's does. The value that
// sql.Conn.Raw passes is not lib/pq's own connection; its method Unwrap returns that. Connectors of
// lib/pq that add something to another go inside: Wrap(pq.ConnectorWithNoticeHandler(…)).
package pq

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/lib/pq"
)

// NewConnector returns a connector for sql.OpenDB that keeps statements prepared on each of its
// connections. dsn is a connection string or URL in the syntax of lib/pq; the error says what is
// wrong with it. Nothing is connected yet.
func NewConnector(dsn string) (driver.Connector, error) {
	c, err := pq.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return connector{c, dsn}, nil
}

// Wrap returns a connector that keeps statements prepared on the connections of c, which is a
// connector of lib/pq or wraps one, as tracing does. The connections of c must implement every
// interface of database/sql/driver that lib/pq's do; one that lacks an interface is left as it is.
//
// Connect sends one statement on each new connection of lib/pq to detect a pooler: see [ErrPooled].
// It waits for the response until its context ends, and 10 seconds at most. It cannot do so where
// the connections of c wrap those of lib/pq.
func Wrap(c driver.Connector) driver.Connector { return connector{Connector: c} }

// errLost is final, as what lib/pq says of a connection that it cannot make is.
var errLost = errors.New("pq: the connection was lost while it was checked for a pooler")

type connector struct {
	driver.Connector
	dsn string // "" for one that is wrapped
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := made.(underlying)
	if !ok {
		return made, nil
	}
	conn := &conn{underlying: full, kept: newStatements(), dsn: c.dsn}
	switch err := checkWithin(ctx, checkTime, full, processOf(made)); err {
	case nil:
	case ErrPooled:
		conn.refusal = err // statements that are not kept still work
	default:
		made.Close()
		if errors.Is(err, driver.ErrBadConn) { // for which database/sql would connect again
			err = errLost
		}
		return nil, err
	}
	return conn, nil
}
