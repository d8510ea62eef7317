package openapitest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	status := m.Run()
	pgtest.Stop()
	os.Exit(status)
}

// schemas are those of testdata/kinds.sql.
var schemas = []string{"kinds", `Odd "Schema`}

// open returns a database of its own with the statements of files in testdata.
func open(t testing.TB, files ...string) *sql.DB {
	t.Helper()
	name := fmt.Sprintf("openapi_%d", rand.Uint32())
	server := connect(t, pgtest.URI(t))
	run(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { server.Exec("DROP DATABASE " + name + " WITH (FORCE)") })
	uri, err := url.Parse(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	uri.Path = "/" + name
	query := uri.Query()
	query.Set("search_path", "kinds,public") // of the bodies of functions
	uri.RawQuery = query.Encode()
	db := connect(t, uri.String())
	for _, file := range files {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		run(t, db, string(text))
	}
	return db
}

func connect(t testing.TB, uri string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%.200s\n%v", statement, err)
	}
}

func load(t testing.TB, db *sql.DB, schemas ...string) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load(context.Background(), db, schemas...)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// An object is a JSON object.
type object = map[string]any

func parse(t testing.TB, document []byte) (v object) {
	t.Helper()
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// at returns the member of objects within objects, nil if there is none.
func at(v any, path ...string) any {
	for _, name := range path {
		o, _ := v.(object)
		v = o[name]
	}
	return v
}

// shown returns a value as JSON, whose members are sorted.
func shown(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(b)
}
