package dbtest

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// A row that another client has changed while a body arrives is no duplicate of a row of the body,
// although its transaction has begun after that of the upload.
func TestUploadsTellTheirRowsFromThoseOfOthers(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, "DROP SCHEMA IF EXISTS meanwhile CASCADE", "CREATE SCHEMA meanwhile",
		"CREATE TABLE meanwhile.rows (id int PRIMARY KEY, name text)")
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, admin, "TRUNCATE meanwhile.rows",
			"INSERT INTO meanwhile.rows VALUES (-1, 'a'), (-2, 'b')")
		url := listen(t, rest.Tables(moresql.New(db, quiet, moresql.Limits{Body: -1}),
			load(t, db, "meanwhile")))
		body, write := io.Pipe()
		r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/rows", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-ndjson")
		r.Header.Set("Prefer", "return=headers-only, resolution=merge-duplicates")
		got := make(chan string, 1)
		go func() {
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				got <- err.Error()
				return
			}
			defer res.Body.Close()
			text, _ := io.ReadAll(res.Body)
			got <- fmt.Sprintf("%d %s %s", res.StatusCode, res.Header.Get("Written-Rows"), text)
		}()
		last := ""
		send := func(lines string) {
			if _, err := io.WriteString(write, lines); err != nil {
				t.Fatal(err)
			}
		}
		for id := range 2 { // each is more than a batch, which the statement before has inserted
			send(fmt.Sprintf(`{"id": %d, "name": %q}`+"\n", id, strings.Repeat("x", 300<<10)))
			last = awaitBatch(t, admin, last)
			setUp(t, admin, fmt.Sprintf("UPDATE meanwhile.rows SET name = 'theirs' WHERE id = %d", -1-id))
		}
		send(fmt.Sprintf(`{"id": 2, "name": %q}`+"\n", strings.Repeat("x", 300<<10)))
		awaitBatch(t, admin, last)
		send(`{"id": -1, "name": "ours"}` + "\n" + `{"id": -2, "name": "theirs"}` + "\n" +
			`{"id": 0, "name": "ours"}` + "\n")
		write.Close()
		const want = "201 new=3, changed=1, same=1, duplicates=1 "
		if text := <-got; text != want {
			t.Errorf("%q, want %q", text, want)
		}
	})
}

// awaitBatch waits for a transaction that writes meanwhile.rows to have run another statement than
// the one that began at a time, and to wait for more. It returns when that began.
func awaitBatch(t *testing.T, db *sql.DB, before string) string {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		var began string
		err := db.QueryRow(`SELECT coalesce(max(query_start)::text, '') FROM pg_stat_activity AS a
			JOIN pg_locks AS l USING (pid) WHERE state = 'idle in transaction' AND query LIKE 'SAVEPOINT%'
			AND l.relation = 'meanwhile.rows'::regclass AND mode = 'RowExclusiveLock'`).Scan(&began)
		if err != nil {
			t.Fatal(err)
		}
		if began != "" && began != before {
			return began
		}
	}
	t.Fatal("no batch has been inserted")
	return ""
}
