package dbtest

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// A misspelling is a request with a column that does not exist. PostgreSQL itself says which one is
// meant.
type misspelling struct {
	reason, request, body string
	code                  string
	sql                   string // names the same column in the same relation
}

var misspellings = []misspelling{
	{"select", "GET /films?select=id,titel", "", "42703", "SELECT titel FROM films"},
	{"filter", "GET /films?titel=eq.Up", "", "42703", "SELECT titel FROM films"},
	{"or", "GET /films?or=(id.eq.1,titel.eq.Up)", "", "42703", "SELECT titel FROM films"},
	{"order", "GET /films?order=titel.desc", "", "42703", "SELECT titel FROM films"},
	{"embedded", "GET /films?select=people(nme)", "", "42703", "SELECT nme FROM people"},
	{"filter of what is embedded", "GET /films?select=people(name)&people.nme=eq.Ann", "", "42703",
		"SELECT nme FROM people"},
	{"order by what is embedded", "GET /films?select=people(name)&order=people(nme)", "", "42703",
		"SELECT nme FROM people"},
	{"key of a body", "POST /films", `{"id": 9, "titel": "x"}`, "PGRST204", "SELECT titel FROM films"},
	{"key of a patch", "PATCH /films?id=eq.1", `{"titel": "x"}`, "PGRST204",
		"SELECT titel FROM films"},
	{"columns", "POST /films?columns=id,titel", `{"id": 9, "title": "x"}`, "PGRST204",
		"SELECT titel FROM films"},
	{"on_conflict", "POST /people?on_conflict=emial", `{}`, "PGRST204", "SELECT emial FROM people"},
	{"what is returned", "POST /films?select=titel", `{"id": 9, "title": "x"}`, "42703",
		"SELECT titel FROM films"},
	{"case", "GET /films?Title=eq.Up", "", "42703", `SELECT "Title" FROM films`},
	{"nothing alike", "POST /films", `{"xxxxxxxxxxxx": 1}`, "PGRST204",
		"SELECT xxxxxxxxxxxx FROM films"},
}

// meant returns the column that PostgreSQL hints at, "" for none.
func (m misspelling) meant(t *testing.T, db *sql.DB) string {
	t.Helper()
	_, err := db.Exec(m.sql)
	var refused *pq.Error
	if !errors.As(err, &refused) || refused.Code != "42703" {
		t.Fatalf("%s: %v", m.sql, err)
	}
	_, column, _ := strings.Cut(strings.Trim(refused.Hint, `".`), ".") // films.title
	return column
}

// TestMisspeltColumnsAreHintedAt compares the hints with those of PostgreSQL, on each database.
func TestMisspeltColumnsAreHintedAt(t *testing.T) {
	options := []moresql.Option{quiet, rest.EndTx(rest.Rollback)}
	sides := []*writeSide{newWriteSide(t, "PostgreSQL", options)}
	for name := range others {
		sides = append(sides, newWriteSide(t, name, options))
	}
	theirs := sides[0].db
	for _, way := range ways() {
		db := way.open(t)
		url := listen(t, rest.Tables(moresql.New(db, options...), load(t, db, "write_alike")))
		sides = append(sides, &writeSide{name: way.name, url: url})
	}
	for _, m := range misspellings {
		meant := m.meant(t, theirs)
		method, target, _ := strings.Cut(m.request, " ")
		for _, side := range sides {
			got := send(t, method, side.url+target, m.body, "Content-Type", jsonType)
			p := problemOf(t, got)
			if got.status != 400 || p.Code != m.code {
				t.Errorf("%s of %s: %s, want 400 %s", m.reason, side.name, got.body, m.code)
			}
			if meant == "" && p.Hint != "" || !strings.Contains(p.Hint, meant) {
				t.Errorf("%s of %s: the hint is %q, want one at %q", m.reason, side.name, p.Hint, meant)
			}
		}
	}
}

// TestResourcesThatAreNotEmbeddedAreHintedAt has the hints of PostgREST (its Error.hs).
func TestResourcesThatAreNotEmbeddedAreHintedAt(t *testing.T) {
	side := newWriteSide(t, "PostgreSQL", []moresql.Option{quiet})
	const (
		verify = "Verify that 'people' is included in the 'select' query parameter."
		change = "Change 'people' to 'who' in filters, orders or limits."
	)
	for target, want := range map[string]string{
		"/films?people.name=eq.Ann":                         verify,
		"/films?order=people(name)":                         verify,
		"/films?select=who:people(name)&people.name=eq.Ann": change,
		"/films?select=who:people(name)&order=people(name)": change,
	} {
		got := send(t, "GET", side.url+target, "")
		if p := problemOf(t, got); p.Code != "PGRST108" || p.Hint != want {
			t.Errorf("%s: %s, want the hint %q", target, got.body, want)
		}
	}
}
