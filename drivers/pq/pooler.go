package pq

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// ErrPooled is the error of a statement that cannot be kept prepared because a pooler between the
// driver and the database gives the statements of one client to others, as PgBouncer does in
// transaction mode unless it keeps track of prepared statements. There another client's statement
// would run in place of the one of the call, since lib/pq names statements by numbers. The
// statement has not been sent.
//
// A pooler in session mode looks the same to the driver, and is refused too.
var ErrPooled = errors.New("statements cannot be kept prepared here: between the driver and " +
	"the database is a pooler that gives a client's statements to others. Use the driver " +
	"lib/pq by itself with binary_parameters=yes, or have the pooler keep track of statements, " +
	"as PgBouncer does from 1.21 on with max_prepared_statements above 0")

// checkTime limits how long a server that has just accepted a connection may take to respond.
const checkTime = 10 * time.Second

// checkWithin is checkPooler for a new connection. lib/pq waits for the server without end, even
// after ctx is done, unless the connection is closed meanwhile: then the error is that of the
// context.
func checkWithin(
	ctx context.Context, limit time.Duration, conn underlying, known int64,
) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := checkPooler(context.WithoutCancel(ctx), conn, known) // a request to cancel would stall too
	if !stop() {
		return ctx.Err()
	}
	return err
}

// checkPooler returns ErrPooled if statements that are prepared on a new connection may be run by
// other clients. A pooler shows in the process of the server, which differs from known, the process
// ID that lib/pq received when it connected. known is 0 for other drivers, which are not checked.
//
// lib/pq would wait without end for a server that has gone silent. The connection is closed instead
// when ctx is done, which ends the wait; it takes no request to cancel, as nobody has it yet.
func checkPooler(ctx context.Context, conn underlying, known int64) error {
	if known == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil { // the response might come before the connection is closed
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := check(context.WithoutCancel(ctx), conn, known)
	if !stop() {
		return ctx.Err()
	}
	return err
}

func check(ctx context.Context, conn underlying, known int64) error {
	process, err := value(conn.QueryContext(ctx, "SELECT pg_backend_pid()", nil))
	if err != nil || process == known {
		return err
	}
	return checkNames(ctx, conn, known)
}

// checkNames returns ErrPooled unless the pooler gives statements names of its own, as one that
// keeps track of them does. A statement that is prepared here looks itself up, by a text that no
// other client has. The transaction keeps it on one connection to the server throughout.
func checkNames(ctx context.Context, conn underlying, mark int64) error {
	tx, err := conn.BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	const query = "SELECT bool_and(name !~ '^[0-9]+$') AS moresql_%d FROM pg_prepared_statements " +
		"WHERE statement LIKE '%%AS moresql_%[1]d %%'"
	stmt, err := conn.PrepareContext(ctx, fmt.Sprintf(query, uint32(mark)))
	var e interface{ SQLState() string }
	if errors.As(err, &e) && e.SQLState() == "42P05" { // another client has a statement of this name
		return ErrPooled
	}
	if err != nil {
		return err
	}
	defer stmt.Close()
	queryer, ok := stmt.(driver.StmtQueryContext)
	if !ok {
		return nil
	}
	named, err := value(queryer.QueryContext(ctx, nil))
	if err == nil && named != true {
		return ErrPooled
	}
	return err
}

// value returns the first value of a result, and closes it.
func value(rows driver.Rows, err error) (driver.Value, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	dest := make([]driver.Value, 1)
	if err := rows.Next(dest); err != nil {
		return nil, err
	}
	return dest[0], nil
}

// processOf returns the process ID of the server that lib/pq keeps, unexported, for cancel
// requests. It returns 0 for other drivers.
func processOf(conn any) int64 {
	v := reflect.ValueOf(conn)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || v.Type().PkgPath() != "github.com/lib/pq" {
		return 0
	}
	for _, name := range []string{"pid", "processID"} { // the name in lib/pq 1.12, and an older one
		if f := v.FieldByName(name); f.IsValid() && f.CanInt() {
			return f.Int()
		}
	}
	return 0
}
