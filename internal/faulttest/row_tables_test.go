package faulttest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// numberedTables has a table with the rows of numbered, of which id and part are written.
var numberedTables = []string{
	"DROP SCHEMA IF EXISTS own CASCADE", "CREATE SCHEMA own",
	`CREATE TABLE own.rows (id int, part int, key uuid GENERATED ALWAYS AS
		(md5(id::text || '-' || part)::uuid) STORED, price numeric GENERATED ALWAYS AS (id + 0.25) STORED,
		name text GENERATED ALWAYS AS ('name ' || id) STORED, PRIMARY KEY (id, part))`,
}

// serveNumbered serves the table at /{format}/tables/rows.
func serveNumbered(t *testing.T, mux *http.ServeMux, m *moresql.MoreSQL, admin *sql.DB) {
	t.Helper()
	cat, err := catalog.Load(t.Context(), admin, "own")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range formats() {
		prefix := fmt.Sprintf("/%d/tables", i)
		mux.Handle(prefix+"/", http.StripPrefix(prefix, rest.Tables(m, cat, moresql.Encoders(e))))
	}
}

// change writes rows of an id, and returns the response to that, or to a request that follows it:
// each has all of the rows.
func (c *callers) change(
	ctx context.Context, random *rand.Rand, url string, id, rows int,
) (status int, body []byte, err error) {
	sent := make([]string, rows)
	for i := range sent {
		sent[i] = fmt.Sprintf(`{"id": %d, "part": %d}`, id, i+1)
	}
	target, _, _ := strings.Cut(url, "?")
	status, body, err = c.send(ctx, http.MethodPost, target, "["+strings.Join(sent, ",")+"]")
	if err != nil || status != http.StatusCreated {
		return status, body, err
	}
	switch random.IntN(4) {
	case 0:
		return c.send(ctx, http.MethodGet, url+"&order=part", "")
	case 1:
		return c.send(ctx, http.MethodPatch, url+"&order=part", fmt.Sprintf(`{"id": %d}`, id))
	case 2:
		return c.send(ctx, http.MethodDelete, url+"&order=part", "")
	}
	return http.StatusOK, body, nil
}
