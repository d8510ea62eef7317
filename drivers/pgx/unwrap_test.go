package pgx_test

import (
	"database/sql"
	"database/sql/driver"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	morepgx "github.com/moresql/moresql/drivers/pgx"
	"github.com/moresql/moresql/internal/pgtest"
)

// COPY, as an import sends it, is one of the things that only pgx's own connection does.
func TestConnectionLeadsToThatOfPGX(t *testing.T) {
	connector, err := morepgx.NewConnector(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "CREATE TEMP TABLE numbers (n int)"); err != nil {
		t.Fatal(err)
	}
	err = conn.Raw(func(c any) error {
		own := c.(interface{ Unwrap() driver.Conn }).Unwrap().(*stdlib.Conn)
		_, err := own.Conn().PgConn().CopyFrom(t.Context(), strings.NewReader("1\n2\n"),
			"COPY numbers FROM STDIN")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	row := conn.QueryRowContext(t.Context(), "SELECT sum(n) FROM numbers")
	if err := row.Scan(&n); err != nil || n != 3 {
		t.Errorf("the sum is %d, %v", n, err)
	}
}
