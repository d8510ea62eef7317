package quirk

import (
	"database/sql/driver"
	"net/url"
	"os"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// TestPQSendsTextForByteaAsItsBytes fails once lib/pq leaves the text to PostgreSQL, as it does
// for all other types: Prepares and HexBytes are to be deleted then. It also holds HexBytes to the
// field of lib/pq's statements that it reads.
func TestPQSendsTextForByteaAsItsBytes(t *testing.T) {
	db := openURI(t, pgtest.URI(t))
	var n int
	const query = "SELECT length($1::bytea) FROM (SELECT $2::text) AS t"
	if err := db.QueryRow(query, `\x6869`, `\x6869`).Scan(&n); err != nil || n != len(`\x6869`) {
		t.Errorf("lib/pq sends %d bytes, %v", n, err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		if !Prepares(c.(driver.Conn), []any{1, `\x6869`}) || Prepares(c.(driver.Conn), []any{"hi"}) {
			t.Error("it is not known when to prepare")
		}
		stmt, err := c.(driver.Conn).Prepare(query)
		if err != nil {
			return err
		}
		defer stmt.Close()
		args := []driver.NamedValue{{Ordinal: 1, Value: `\x6869`}, {Ordinal: 2, Value: `\x6869`}}
		HexBytes(stmt, args)
		if b, ok := args[0].Value.([]byte); !ok || string(b) != "hi" {
			t.Errorf("the bytes are %#v", args[0].Value)
		}
		if args[1].Value != `\x6869` {
			t.Errorf("the text is %#v", args[1].Value)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestPQWithBinaryParametersIsLeftAlone has PostgreSQL read the text, and nothing prepared, which
// a pooler would hand to another client.
func TestPQWithBinaryParametersIsLeftAlone(t *testing.T) {
	uri, err := url.Parse(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	query := uri.Query()
	query.Set("binary_parameters", "yes")
	uri.RawQuery = query.Encode()
	db := openURI(t, uri.String())
	var n int
	if err := db.QueryRow("SELECT length($1::bytea)", `\x6869`).Scan(&n); err != nil || n != 2 {
		t.Errorf("lib/pq sends %d bytes, %v", n, err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Raw(func(c any) error {
		if Prepares(c.(driver.Conn), []any{`\x6869`}) {
			t.Error("a statement is prepared")
		}
		return nil
	})
}
