package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/moresql/moresql"
)

// Bounds are limits that only a driver or a server can keep. They hold for the connections that are
// made from then on; 0 is none.
type bounds struct {
	row  atomic.Int64 // bytes: the library sees a row when pgx has read all of it
	time atomic.Int64 // nanoseconds of a statement: MariaDB goes on for a connection that is closed
}

// limitRows is called by pgx before each connection.
func (b *bounds) limitRows(_ context.Context, config *pgx.ConnConfig) error {
	config.MaxProtocolMessageBodyLen = int(b.row.Load())
	return nil
}

// onPostgreSQLError reports a row that pgx has refused as the library reports one that has no room.
func onPostgreSQLError(e *moresql.Error) {
	if large := (*pgproto3.ExceededMaxBodyLenErr)(nil); errors.As(e.Err, &large) {
		e.Status, e.Public = http.StatusInternalServerError, true
		e.Message = fmt.Sprintf("a row exceeds the limit of %d bytes", large.MaxExpectedBodyLen)
		e.Hint = "request a part of the result"
	}
}

// A timedConnector connects to MariaDB so that the server itself ends a statement, somewhat later
// than the library would. Nobody else can where a procedure runs as its definer.
type timedConnector struct {
	driver.Connector
	*bounds
}

const (
	timeGrace       = time.Second // so that the timeout of the call comes first
	unknownVariable = 1193        // ER_UNKNOWN_SYSTEM_VARIABLE, of MySQL
)

// Connect implements driver.Connector.
func (c timedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	limit := time.Duration(c.time.Load())
	if err != nil || limit == 0 {
		return conn, err
	}
	text := fmt.Sprintf("SET max_statement_time = %.3f", (limit + timeGrace).Seconds())
	_, err = conn.(driver.ExecerContext).ExecContext(ctx, text, nil)
	if e := (*mysql.MySQLError)(nil); errors.As(err, &e) && e.Number == unknownVariable {
		err = nil
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
