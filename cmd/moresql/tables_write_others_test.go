package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// otherState returns all films and directors as text, on SQLite and MariaDB alike.
func otherState(t *testing.T, db *sql.DB) string {
	t.Helper()
	var state strings.Builder
	rows, err := db.Query(`SELECT concat_ws(' ', 'film', id, title, price, hex(picture), director_id)
		AS line FROM films UNION ALL SELECT concat_ws(' ', 'director', id, name, born) FROM directors
		ORDER BY line`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		state.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return state.String()
}

// TestCommandWritesTablesOfOtherDatabases sends requests that write, and compares what is there
// then with what SQL that was written by hand makes of the same rows, "" for nothing.
func TestCommandWritesTablesOfOtherDatabases(t *testing.T) {
	const back, csv = "return=representation", "text/csv"
	var lines strings.Builder
	lines.WriteString("id,title,price\n")
	const rows = 3_000 // whose text is longer than what is written at once
	title := strings.Repeat("title ", 40)
	for i := range rows {
		fmt.Fprintf(&lines, "%d,%s%d,0.25\n", i+10, title, i)
	}
	upload := lines.String()
	startOthers(t, func(t *testing.T, c *command, db *sql.DB) {
		reset := append([]string{"DELETE FROM films", "DELETE FROM directors"}, filmTables[3:]...)
		for _, w := range []struct {
			request, prefer, mediaType, body, by string
			status                               int
			want                                 string // in the header or the body
		}{
			{"POST /films?select=id,directors(name)", back, jsonType,
				`{"id": 9, "title": "T", "picture": "\\x00ff", "director_id": 2}`,
				"INSERT INTO films VALUES (9, 'T', NULL, x'00ff', 2)", 201,
				`[{"id":9,"directors":{"name":"Bob"}}]`},
			{"POST /films", "return=headers-only", jsonType, `{"id": 9, "price": "9.75"}`,
				"INSERT INTO films (id, price) VALUES (9, 9.75)", 201, "Location:[/films?id=eq.9]"},
			{"POST /films", "resolution=merge-duplicates", jsonType,
				`[{"id": 1, "title": "x"}, {"id": 8, "title": "y"}]`,
				"UPDATE films SET title = 'x' WHERE id = 1; INSERT INTO films (id, title) VALUES (8, 'y')",
				201, ""},
			{"POST /films", "resolution=ignore-duplicates, count=exact", csv, "id,title\n1,x\n8,\"a, b\"\n",
				"INSERT INTO films (id, title) VALUES (8, 'a, b')", 201, "Content-Range:[*/1]"},
			{"POST /films", "missing=default", formType, "id=7&title=a+b",
				"INSERT INTO films (id, title) VALUES (7, 'a b')", 201, "missing=default"},
			{"POST /films", "count=exact", csv, upload, fmt.Sprintf(`INSERT INTO films (id, title, price)
				WITH d AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL
				SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL
				SELECT 9), s AS (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * e.n AS i
				FROM d a, d b, d c, d e)
				SELECT i + 10, concat('%s', i), 0.25 FROM s WHERE i < %d`, title, rows), 201,
				fmt.Sprintf("Content-Range:[*/%d]", rows)},
			{"POST /films", "", csv, upload + "1,Up,\n", "", 409,
				fmt.Sprintf(`"message":"Line %d:`, rows+2)},
			{"POST /films", "", jsonType, `[{"id": 8, "director_id": 1}, {"id": 9, "director_id": 77}]`,
				"", 409, "23503"},
			{"PUT /films?id=eq.1", back, jsonType, `{"id": 1, "title": "p", "price": 1.25,
				"picture": null, "director_id": null}`, `UPDATE films SET title = 'p', price = 1.25,
				picture = NULL, director_id = NULL WHERE id = 1`, 200, `"title":"p"`},
			{"PATCH /films?id=lt.3&select=id,title", back, jsonType, `{"title": "z"}`,
				"UPDATE films SET title = 'z' WHERE id < 3", 200,
				`[{"id":1,"title":"z"},{"id":2,"title":"z"}]`},
			{"PATCH /films?id=lt.3", "handling=strict, max-affected=1", jsonType, `{"title": "z"}`, "",
				400, "PGRST124"},
			{"PATCH /films", "", jsonType, `{"title": "z"}`, "", 400, "requires a WHERE clause"},
			{"DELETE /films?id=gt.1&select=id,directors(name)&order=id", back, "", "",
				"DELETE FROM films WHERE id > 1", 200,
				`[{"id":2,"directors":{"name":"Ann"}},{"id":3,"directors":{"name":"Bob"}}]`},
			{"DELETE /directors?id=eq.1", back, "", "", "", 409, "23503"},
			{"DELETE /films", "", "", "", "", 400, "requires a WHERE clause"},
			{"POST /titles", "return=minimal", jsonType, `{"ti": 1}`, "", 0, ""},
		} {
			run := func(statements ...string) {
				for _, s := range statements {
					mustExec(t, db, s)
				}
			}
			run(reset...)
			state := otherState(t, db)
			if w.by != "" {
				run(strings.Split(w.by, "; ")...)
				state = otherState(t, db)
				run(reset...)
			}
			method, target, _ := strings.Cut(w.request, " ")
			r := c.newRequest(method, target, w.body)
			r.Header.Set("Prefer", w.prefer)
			if w.mediaType != "" {
				r.Header.Set("Content-Type", w.mediaType)
			}
			status, header, body := c.do(r)
			if w.status == 0 { // a view: SQLite has no such method, MariaDB no such column
				w.status = map[bool]int{true: 405, false: 400}[strings.Contains(body, "PGRST117")]
			}
			if status != w.status || !strings.Contains(compact(body)+fmt.Sprint(header), w.want) {
				t.Errorf("%s: %d %v %s, want %d %s", w.request, status, header, body, w.status, w.want)
			}
			if after := otherState(t, db); after != state {
				t.Errorf("%s: written\n%.2000s\nwant\n%.2000s", w.request, after, state)
			}
		}
		checkMethods(t, c)
	}, "-limit-body", "0")
}

// checkMethods has the document of the API say what can be written.
func checkMethods(t *testing.T, c *command) {
	t.Helper()
	var document struct{ Paths map[string]map[string]any }
	if _, _, body := c.get("/openapi.json"); json.Unmarshal([]byte(body), &document) != nil {
		t.Fatalf("no document: %.300s", body)
	}
	for _, method := range []string{"get", "post", "put", "patch", "delete"} {
		if _, ok := document.Paths["/films"][method]; !ok {
			t.Errorf("the document has no %s of /films", method)
		}
	}
}

// What is written to a file of SQLite may be taken back.
func TestCommandEndsTransactionsOfSQLite(t *testing.T) {
	c, db := startFile(t, "-tx-end", "rollback")
	state := otherState(t, db)
	r := c.newRequest("DELETE", "/films?id=eq.1&select=id", "")
	r.Header.Set("Prefer", "return=representation")
	status, _, body := c.do(r)
	if status != 200 || compact(body) != `[{"id":1}]` || otherState(t, db) != state {
		t.Errorf("%d %s, then\n%s", status, body, otherState(t, db))
	}
	c.stop()
}
