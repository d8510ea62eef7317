package pq

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
)

// ErrPooled is the error of a statement that cannot be kept prepared, since a pooler between the
// driver and the database gives a client's statements to others: PgBouncer in transaction mode,
// unless it keeps track of prepared statements. lib/pq's statements have numbers for names there,
// so another client's would be run in place of the call's own. Nothing has been sent.
//
// A pooler in session mode looks alike and is refused too.
var ErrPooled = errors.New("statements cannot be kept prepared here: between the driver and " +
	"the database is a pooler that gives a client's statements to others. Use the driver " +
	"lib/pq by itself with binary_parameters=yes, or have the pooler keep track of statements, " +
	"as PgBouncer does from 1.21 on with max_prepared_statements above 0")

// checkPooler finds out whether what is prepared on a connection can be nobody else's. A pooler is
// given away by the server's process: it is not the one that lib/pq has been told of, known, which
// is 0 for other drivers. They are not checked.
func checkPooler(ctx context.Context, conn underlying, known int64) error {
	if known == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil { // lib/pq may get a response before it looks
		return err
	}
	process, err := value(conn.QueryContext(ctx, "SELECT pg_backend_pid()", nil))
	if err != nil || process == known {
		return err
	}
	return checkNames(ctx, conn, known)
}

// checkNames finds out whether the pooler gives statements names of its own, as one that keeps
// track of them does: a statement that is prepared here looks for itself, by a text that no other
// client has. In a transaction it is on one connection to the server throughout.
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
	if errors.As(err, &e) && e.SQLState() == "42P05" { // another client has one of this name
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

// processOf returns the server's process that lib/pq has been told of, which it needs for requests
// to cancel and shows nobody, and 0 for other drivers.
func processOf(conn any) int64 {
	v := reflect.ValueOf(conn)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || v.Type().PkgPath() != "github.com/lib/pq" {
		return 0
	}
	for _, name := range []string{"pid", "processID"} { // as it is called now, and was
		if f := v.FieldByName(name); f.IsValid() && f.CanInt() {
			return f.Int()
		}
	}
	return 0
}
