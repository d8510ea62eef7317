package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// stateOf returns all films and directors as text.
func stateOf(t *testing.T, db *sql.DB) string {
	t.Helper()
	var state string
	err := db.QueryRow(`SELECT concat_ws(' ', (SELECT string_agg(f::text, ' ' ORDER BY id)
		FROM api.films f), (SELECT string_agg(d::text, ' ' ORDER BY id) FROM api.directors d))`).
		Scan(&state)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// A tableWrite is a request that writes, and the same in SQL, "" for one that changes nothing.
type tableWrite struct {
	method, target string
	header         [2]string
	body, by       string
	status         int
	want           string // in the response
}

// check runs both in a transaction that is rolled back, or taken back by the rows that it leaves.
func (w tableWrite) check(t *testing.T, c *command, db *sql.DB) {
	t.Helper()
	const reset = `TRUNCATE api.films, api.directors; INSERT INTO api.directors VALUES
		(1, 'Ann', '1960-01-02'), (2, 'Bob', NULL); INSERT INTO api.films VALUES (1, 'Up', 9.90, 1),
		(2, 'Down', NULL, 1), (3, 'Left', 0.50, 2)`
	mustExec(t, db, reset)
	state := stateOf(t, db)
	if w.by != "" {
		mustExec(t, db, w.by)
		state = stateOf(t, db)
		mustExec(t, db, reset)
	}
	r := c.newRequest(w.method, w.target, w.body)
	if w.body != "" {
		r.Header.Set("Content-Type", jsonType)
	}
	if w.header[0] != "" {
		r.Header.Set(w.header[0], w.header[1])
	}
	status, header, body := c.do(r)
	if status != w.status || !strings.Contains(compact(body)+header.Get("Written-Rows"), w.want) {
		t.Errorf("%s %s: %d %v %s, want %d %s", w.method, w.target, status, header, body, w.status,
			w.want)
	}
	if after := stateOf(t, db); after != state {
		t.Errorf("%s %s: written %s, want %s", w.method, w.target, after, state)
	}
}

func TestCommandWritesTables(t *testing.T) {
	uri := newPostgreSQL(t)
	c, db := startTablesOf(t, uri, "-limit-body", "0")
	returned := [2]string{"Prefer", "return=representation"}
	const rows = 4_000 // whose text is longer than what is written at once
	title := strings.Repeat("title ", 40)
	var lines strings.Builder
	lines.WriteString("id,title,price\n")
	for i := range rows {
		fmt.Fprintf(&lines, "%d,%s%d,\n", i+10, title, i)
	}
	long := lines.String()
	for _, w := range []tableWrite{
		{"POST", "/films?select=id,directors(name)", returned,
			`{"id": 9, "title": "T", "director_id": 2}`,
			"INSERT INTO api.films VALUES (9, 'T', NULL, 2)", 201, `[{"id":9,"directors":{"name":"Bob"}}]`},
		{"POST", "/films", [2]string{"Prefer", "resolution=merge-duplicates"},
			`[{"id": 1, "title": "x"}]`,
			"UPDATE api.films SET title = 'x' WHERE id = 1", 200, ""},
		{"POST", "/films", [2]string{"Content-Type", "text/csv"}, "id,title\n8,\"a, b\"\n",
			"INSERT INTO api.films VALUES (8, 'a, b')", 201, ""},
		{"POST", "/films", [2]string{"Content-Type", "text/csv"}, long, fmt.Sprintf(`INSERT INTO
			api.films SELECT i + 10, '%s' || i FROM generate_series(0, %d) i`, title, rows-1), 201, ""},
		{"POST", "/films", [2]string{"Content-Type", "text/csv"}, long + "x,y,1\n", "", 400,
			fmt.Sprintf("Line %d:", rows+2)},
		{"PATCH", "/films?id=eq.1", returned, `{"price": 12.50}`,
			"UPDATE api.films SET price = 12.50 WHERE id = 1", 200, `"price":12.50`},
		{"PUT", "/films?id=eq.7", [2]string{}, `{"id": 7, "title": "S"}`,
			"INSERT INTO api.films VALUES (7, 'S')", 204, ""},
		{"DELETE", "/films?director_id=eq.1", [2]string{}, "",
			"DELETE FROM api.films WHERE director_id = 1", 204, ""},
		// what is refused has changed nothing
		{"POST", "/films", [2]string{}, `[{"id": 8}, {"id": 1}]`, "", 409, "23505"},
		{"POST", "/films", [2]string{"Accept", "application/vnd.pgrst.object+json"},
			`[{"id": 8}, {"id": 9}]`, "", 406, "PGRST116"},
		{"PATCH", "/films", [2]string{}, `{"price": 1}`, "", 400, "21000"},
		{"DELETE", "/films", [2]string{}, "", "", 400, "21000"},
		{"DELETE", "/films?id=gt.0", [2]string{"Prefer", "handling=strict, max-affected=2"}, "", "", 400,
			"PGRST124"},
		{"DELETE", "/directors?id=eq.1", [2]string{}, "", "", 409, "23503"},
		{"DELETE", "/films?id=eq.1", [2]string{"Prefer", "handling=strict, tx=rollback"}, "", "", 400,
			"PGRST122"},
	} {
		w.check(t, c, db)
	}
	// and what is left out of the preferences is not said to be kept
	r := c.newRequest("DELETE", "/films?id=eq.3", "")
	r.Header.Set("Prefer", "tx=rollback, count=estimated, pagination=keyset")
	if status, header, _ := c.do(r); status != 204 || header.Get("Content-Range") != "*/1" ||
		header.Get("Preference-Applied") != "count=estimated" {
		t.Errorf("a preference that is left out: %d %v", status, header)
	}
	c.stop()

	c, db = startTablesOf(t, uri, "-unfiltered-writes", "-tx-end", "commit-allow-override")
	for _, w := range []tableWrite{
		{"PATCH", "/films", [2]string{}, `{"price": 1}`, "UPDATE api.films SET price = 1", 204, ""},
		{"DELETE", "/films", [2]string{}, "", "DELETE FROM api.films", 204, ""},
		{"DELETE", "/films?select=id", [2]string{"Prefer", "tx=rollback, return=representation"}, "", "",
			200, `{"id":3}`},
	} {
		w.check(t, c, db)
	}
	c.stop()
}

// A role writes what its rights allow, row by row.
func TestCommandWritesByTheRightsOfTheLogin(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, "DROP ROLE IF EXISTS api_writer; CREATE ROLE api_writer LOGIN")
	t.Cleanup(func() { db.Exec("DROP OWNED BY api_writer; DROP ROLE api_writer") })
	mustExec(t, db, `CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO api_writer;
		CREATE TABLE api.notes (id int PRIMARY KEY, note text, secret text);
		INSERT INTO api.notes VALUES (1, 'a', 's'), (2, 'b', 's');
		GRANT SELECT (id, note), INSERT (id, note), UPDATE (note) ON api.notes TO api_writer;
		ALTER TABLE api.notes ENABLE ROW LEVEL SECURITY;
		CREATE POLICY odd ON api.notes USING (id % 2 = 1)`)
	c := start(t, replace(t, uri, "api_writer", "/"+databaseOf(uri)), "-schema", "api", "-tables")
	for _, test := range []struct {
		method, target, body, prefer string
		status                       int
	}{
		{"POST", "/notes", `{"id": 3, "note": "c"}`, "", 201},
		{"POST", "/notes?select=id,note", `{"id": 5, "note": "c"}`, "return=representation", 201},
		{"POST", "/notes", `{"id": 7, "note": "c"}`, "return=representation", 401},
		{"POST", "/notes", `{"id": 4, "note": "c"}`, "", 401},
		{"POST", "/notes", `{"id": 7, "secret": "c"}`, "", 401},
		{"PATCH", "/notes?id=gt.0", `{"note": "x"}`, "", 204},
		{"PATCH", "/notes?secret=eq.s", `{"note": "y"}`, "", 401},
		{"DELETE", "/notes?id=eq.1", "", "", 401},
	} {
		r := c.newRequest(test.method, test.target, test.body)
		r.Header.Set("Content-Type", jsonType)
		r.Header.Set("Prefer", test.prefer)
		if status, _, body := c.do(r); status != test.status {
			t.Errorf("%s %s: %d %s, want %d", test.method, test.target, status, body, test.status)
		}
	}
	var state string
	err := db.QueryRow("SELECT string_agg(id || note, ' ' ORDER BY id) FROM api.notes").Scan(&state)
	if err != nil || state != "1x 2b 3x 5x" {
		t.Errorf("written: %s, %v", state, err)
	}
	r := c.newRequest(http.MethodOptions, "/notes", "")
	if _, header, _ := c.do(r); header.Get("Allow") != "GET, HEAD, POST, PUT, PATCH, OPTIONS" {
		t.Errorf("Allow: %s", header.Get("Allow"))
	}
	c.stop()
}
