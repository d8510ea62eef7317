// Package pgx opens PostgreSQL through github.com/jackc/pgx, keeps the statements of moresql
// prepared on each connection, and sends those of a transaction in one pipeline: BEGIN, the
// settings and the call of a moresql.Session together. A call that only reads has its ROLLBACK sent
// along, so that it waits for the database once, as a bare call does. One that may write waits
// twice, the second time for COMMIT and the cleaning of the connection after its rows have been
// read, instead of five times.
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
// pgx's tracers do not see what a pipeline sends.
//
// # Statements
//
// In pgx's default mode, QueryExecModeCacheStatement, a connection keeps 256 statements by their
// texts; the least recently used makes room for the next. moresql gives each role a text of its
// own, since PostgreSQL checks the right to EXECUTE an inlined function only when it plans. One
// that no longer holds, because its result has changed or the server has lost it, is made anew for
// the same call: PostgreSQL says so before anything of it runs. Other errors have it made anew for
// the next call, unless they come from within a function, a constraint or a conflict. A function
// that returns the row type of a table is worse: PostgreSQL goes on to return the old columns,
// without an error, until the connection is closed. The calls of package rest have new texts after
// a reload; others need DB.SetConnMaxLifetime.
//
// In the other modes nothing is kept, and what a pipeline sends is parsed for each call. Behind a
// pooler that does not keep track of statements, which Connect finds out by one statement on each
// new connection, the default mode gives way to QueryExecModeCacheDescribe; there only statements
// that the program prepares itself fail.
//
// The package has the name of its folder, as Go packages do. A program that imports jackc's pgx as
// well, for what [Wrap] takes, imports this one as morepgx.
package pgx

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
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
// a *stdlib.Conn, but has a method Unwrap() driver.Conn that returns it. Connections of other
// packages are left as they are.
func Wrap(c driver.Connector) driver.Connector { return connector{c} }

type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	std, ok := made.(*stdlib.Conn)
	if !ok || err != nil {
		return made, err
	}
	config := std.Conn().Config()
	mode := config.DefaultQueryExecMode
	conn := &conn{
		Conn:     std,
		watcher:  newWatcher(std.Conn().PgConn(), config.BuildContextWatcherHandler),
		traced:   config.Tracer != nil,
		textOnly: mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol,
	}
	if mode == pgx.QueryExecModeCacheStatement && config.StatementCacheCapacity > 0 {
		if conn.keeps, err = tracked(ctx, std.Conn().PgConn()); err != nil {
			made.Close()
			return nil, err
		}
		conn.pooled = !conn.keeps
	}
	return conn, nil
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
	//
	// The first settings of texts only change settings of the transaction: where it is known that
	// nothing else has run, all may be sent again.
	BeginQuery(
		ctx context.Context, readOnly bool, settings int, texts []string, args [][]driver.NamedValue,
	) (driver.Tx, driver.Rows, error)
}

// Reader is an optional interface of a Pipeliner that can send all of a transaction that only reads
// together, its end included. moresql uses it where nothing else is to be run in the transaction.
type Reader interface {
	// ReadQuery begins a READ ONLY transaction, runs statements as BeginQuery does, runs clean, a
	// statement without arguments, "" for none, and rolls back. The rows are those of the last of
	// texts. What fails after them is no error of theirs: the caller ends the Tx in any case, which
	// does what is left to do, unless it has a method Over() bool that reports that nothing is.
	ReadQuery(
		ctx context.Context, texts []string, args [][]driver.NamedValue, clean string,
	) (driver.Tx, driver.Rows, error)
}
