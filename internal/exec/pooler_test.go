package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

// TestOwns asks a real server, behind which there is no pooler, and one that says so is taken for a pooler which has no names of its own.
func TestOwns(t *testing.T) {
	db, err := sql.Open("postgres", pgtest.Start(t).URI())
	if err != nil {
		t.Fatal(err)
	}
	leaktest.Check(t)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var known int64
	if err := conn.Raw(func(c any) error { known = processOf(c); return nil }); err != nil || known == 0 {
		t.Fatalf("what lib/pq knows of the server's process is not found: %d, %v", known, err)
	}
	if err := owns(t.Context(), conn); err != nil {
		t.Errorf("without a pooler: %v", err)
	}
	if err := ownNames(t.Context(), conn, -known); err != errPooled {
		t.Errorf("with the driver's names for statements: %v", err)
	}
	left := 0
	if err := conn.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_prepared_statements").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d statements are left, %v", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := owns(ctx, conn); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits any more: %v", err)
	}
}

// TestProcessOf has nothing to say of other drivers.
func TestProcessOf(t *testing.T) {
	type conn struct{ pid int }
	for _, c := range []any{conn{1}, &conn{1}, 1, struct{ driver.Conn }{}} {
		if got := processOf(c); got != 0 {
			t.Errorf("%T: %d", c, got)
		}
	}
}
