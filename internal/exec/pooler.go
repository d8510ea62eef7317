package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"

	"github.com/moresql/moresql/internal/sqlstate"
)

// errPooled says why statements cannot be kept.
var errPooled = errors.New("Prepared cannot be used here: between the driver and the database is a pooler that gives a client's statements to others. " +
	"Leave Prepared out, or have the pooler keep track of them, as PgBouncer does from 1.21 on with max_prepared_statements above 0")

// owns finds out whether what is prepared on a connection can be nobody else's. lib/pq gives statements numbers for names: behind PgBouncer in
// transaction mode another client's statement may have the same, and would be run in place of the call's own. A pooler is told by the
// server's process, which is not the one that the driver has been told of.
func owns(ctx context.Context, conn *sql.Conn) error {
	var known, process int64
	if err := conn.Raw(func(c any) error {
		known = processOf(c)
		return nil
	}); err != nil || known == 0 {
		return err
	}
	if err := ctx.Err(); err != nil { // lib/pq may be answered before it looks
		return err
	}
	if err := conn.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&process); err != nil || process == known {
		return err
	}
	return ownNames(ctx, conn, known)
}

// ownNames finds out whether the pooler has names of its own for statements: what is prepared here looks for its own, by a text that no other
// client has. In a transaction it cannot be another one.
func ownNames(ctx context.Context, conn *sql.Conn, mark int64) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	const query = "SELECT bool_and(name !~ '^[0-9]+$') AS moresql_%d FROM pg_prepared_statements WHERE statement LIKE '%%AS moresql_%[1]d %%'"
	stmt, err := tx.PrepareContext(ctx, fmt.Sprintf(query, uint32(mark)))
	if sqlstate.Of(err).Code == "42P05" { // there is one already of the name
		return errPooled
	}
	if err != nil {
		return err
	}
	defer stmt.Close()
	var own sql.NullBool
	if err = stmt.QueryRowContext(ctx).Scan(&own); err == nil && !own.Bool {
		return errPooled
	}
	return err
}

// unowned explains an error of owns: the call has not been sent.
func (s *session) unowned(err error) error {
	if err = s.marked(err); errors.Is(err, driver.ErrBadConn) {
		return &ConnectError{err}
	}
	return err
}

// processOf returns the server's process that lib/pq has been told of, for requests to cancel, and 0 for other drivers.
func processOf(conn any) int64 {
	v := reflect.ValueOf(conn)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || !isPQ(conn) {
		return 0
	}
	for _, name := range []string{"pid", "processID"} { // as it is called now, and was
		if f := v.FieldByName(name); f.IsValid() && f.CanInt() {
			return f.Int()
		}
	}
	return 0
}
