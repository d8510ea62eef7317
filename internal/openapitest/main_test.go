package openapitest

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"testing"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/catalog"
)

// load returns the catalog of schemas of testdata/kinds.sql.
func load(t testing.TB, schemas ...string) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load(context.Background(), database(t), schemas...)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// database returns a database with testdata/kinds.sql.
func database(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", os.Getenv("TRY"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// parse returns JSON as encoding/json has it.
func parse(t testing.TB, document []byte) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
