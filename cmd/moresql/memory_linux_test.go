package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/racetest"
)

// A million rows take the process no more memory than a tenth of them, whatever their format, also
// those of a table in each of which another is embedded.
func TestCommandKeepsMemoryFlat(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), fmt.Sprintf(`CREATE SCHEMA api;
		CREATE FUNCTION api.many(n int) RETURNS TABLE (id int, name text) LANGUAGE sql STABLE
			AS $$ SELECT i, 'name ' || i FROM (SELECT generate_series(1, n) AS i) s $$;
		CREATE TABLE api.rows (id int PRIMARY KEY, name text, before int REFERENCES api.rows);
		INSERT INTO api.rows SELECT i, 'name ' || i, nullif(i - 1, 0) FROM generate_series(1, %d) i`,
		racetest.Sized(1_000_000, 10_000)))
	peak := func(rows int) (mib float64) {
		c := start(t, uri, "-schema", "api", "-tables", "-channel", "", "-timeout", "5m")
		for _, target := range []string{"/rpc/many?n=%d", "/rows?select=id,name,before(name)&id=lte.%d"} {
			for _, accept := range []string{jsonType, "text/csv"} {
				c.drain(fmt.Sprintf(target, rows), accept, rows)
			}
		}
		mib = c.peak()
		c.stop()
		return mib
	}
	// The heap has its usual size only after some collections. The rows themselves are 80 MB as text.
	checkFlat(t, peak, 100_000, 1_000_000, 8.0)
}

// The same holds of tables of other databases, whose rows come with others in them as well.
func TestCommandKeepsMemoryFlatOnOtherDatabases(t *testing.T) {
	most := racetest.Sized(400_000, 4_000)
	for name, filled := range map[string]func(*testing.T) (uri string, args []string){
		"SQLite": func(t *testing.T) (string, []string) {
			file := filepath.Join(t.TempDir(), "rows.db")
			db, err := sql.Open("sqlite", "file:"+file)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			mustExec(t, db, fmt.Sprintf(`
				CREATE TABLE r (id INTEGER PRIMARY KEY, name TEXT, before INT REFERENCES r);
				WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < %d)
				INSERT INTO r SELECT i, 'name ' || i, nullif(i - 1, 0) FROM s`, most))
			return "sqlite://" + file, []string{"-tables"}
		},
		"MariaDB": func(t *testing.T) (string, []string) {
			uri := newMariaDB(t)
			db := connect(t, uri)
			mustExec(t, db, "CREATE TABLE r (id int PRIMARY KEY, name text, `before` int,"+
				" FOREIGN KEY (`before`) REFERENCES r (id))")
			mustExec(t, db, fmt.Sprint("INSERT INTO r SELECT seq, concat('name ', seq), nullif(seq - 1, 0)"+
				" FROM seq_1_to_", most, " ORDER BY seq"))
			name := uri[strings.LastIndex(uri, "/")+1:]
			return uri, []string{"-tables", "-superuser", "-schema", name}
		},
	} {
		t.Run(name, func(t *testing.T) {
			uri, args := filled(t)
			peak := func(rows int) (mib float64) {
				c := launchPlainly(t, uri, append(args, "-addr", "localhost:0", "-timeout", "5m")...)
				c.await(c.stdout, "listening on ")
				for _, accept := range []string{jsonType, "text/csv"} {
					c.drain(fmt.Sprintf("/r?select=id,name,before(name)&id=lte.%d", rows), accept, rows)
				}
				mib = c.peak()
				c.stop()
				return mib
			}
			checkFlat(t, peak, 40_000, 400_000, 8.0)
		})
	}
}

// drain reads the response to a request for rows, which has to be complete.
func (c *command) drain(target, accept string, rows int) {
	c.t.Helper()
	r := c.newRequest("GET", target, "")
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if response.StatusCode != 200 || err != nil || n < int64(rows)*10 {
		c.t.Errorf("%s as %s: %d, %d bytes, %v", target, accept, response.StatusCode, n, err)
	}
}

// checkFlat checks that many rows or calls take at most a number of MiB more memory than few. The
// race detector takes more notes of what is long, in memory of the same process.
func checkFlat(t *testing.T, peak func(n int) (mib float64), few, many int, most float64) {
	t.Helper()
	if racetest.Enabled() {
		peak(few / 10)
		return
	}
	less, more := peak(few), peak(many)
	t.Logf("peak memory: %.1f MiB with %d, %.1f MiB with %d", less, few, more, many)
	if more-less > most {
		t.Errorf("%d take %.1f MiB more than %d", many, more-less, few)
	}
}

// peak returns the most memory that the process has had, in MiB. What the system says of it at its
// end includes the process that has started it (getrusage(2) goes by the memory before exec).
func (c *command) peak() float64 {
	c.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.process.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	match := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(text)
	if match == nil {
		c.t.Fatalf("%s", text)
	}
	kib, err := strconv.Atoi(string(match[1]))
	if err != nil {
		c.t.Fatal(err)
	}
	return float64(kib) / 1024
}

// The lines of a body are inserted as they come: a million of them take the process about as much
// memory as a thousand, although the limit of all bodies is less than they have.
func TestCommandUploadsInFlatMemory(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE SCHEMA api; CREATE TABLE api.rows (id int, name text)")
	upload := func(c *command, mediaType, first, line string, rows int) {
		in, out := io.Pipe()
		go func() {
			buffered := bufio.NewWriter(out)
			buffered.WriteString(first)
			for i := range rows {
				fmt.Fprintf(buffered, line, i, i)
			}
			buffered.Flush()
			out.Close()
		}()
		r, err := http.NewRequest("POST", c.url()+"/rows", in)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", mediaType)
		r.Header.Set("Prefer", "count=exact")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		counted := response.Header.Get("Content-Range")
		if response.StatusCode != 201 || counted != fmt.Sprintf("*/%d", rows) {
			t.Errorf("%s: %d, %s", mediaType, response.StatusCode, counted)
		}
	}
	peak := func(rows int) (mib float64) {
		c := start(t, uri, "-schema", "api", "-tables", "-channel", "", "-timeout", "5m",
			"-limit-body", "0", "-limit-memory", "8388608")
		upload(c, "text/csv", "id,name\n", "%d,the name of the row %d\n", rows)
		upload(c, "application/x-ndjson", "", `{"id":%d,"name":"the name of the row %d"}`+"\n", rows)
		mib = c.peak()
		c.stop()
		return mib
	}
	checkFlat(t, peak, 1_000, 1_000_000, 24.0)
}

// The calls of a batch run as they come, and each result is sent before the next: a hundred
// thousand of them take the process about as much memory as a thousand.
func TestCommandRunsBatchesInFlatMemory(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.kept (n int);
		CREATE FUNCTION api.keep(n int) RETURNS int LANGUAGE sql
			AS 'INSERT INTO api.kept VALUES (n) RETURNING n'`)
	batch := func(c *command, mediaType, before, between, after string, calls int) {
		in, out := io.Pipe()
		go func() {
			buffered := bufio.NewWriter(out)
			for i := range calls {
				fmt.Fprintf(buffered, `%s{"call":"keep","args":{"n":%d}}`, before, i)
				before = between
			}
			buffered.WriteString(after)
			buffered.Flush()
			out.Close()
		}()
		r, err := http.NewRequest("POST", c.url()+"/rpc/", in)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", mediaType)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		results := json.NewDecoder(response.Body)
		if between == "," {
			if token, err := results.Token(); token != json.Delim('[') {
				t.Fatalf("%s: %d, %v %v", mediaType, response.StatusCode, token, err)
			}
		}
		for i := range calls {
			got := -1
			if err := results.Decode(&got); err != nil || got != i {
				t.Fatalf("%s: %d, result %d is %d, %v", mediaType, response.StatusCode, i, got, err)
			}
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Errorf("%s: %v", mediaType, err)
		}
	}
	peak := func(calls int) (mib float64) {
		mustExec(t, db, "TRUNCATE api.kept")
		c := start(t, uri, "-schema", "api", "-channel", "", "-timeout", "5m", "-max-calls", "0",
			"-limit-body", "0", "-limit-memory", "8388608")
		lines := calls / 10
		batch(c, "application/x-ndjson", "", "\n", "\n", lines)
		batch(c, jsonType, "[", ",", "]", calls)
		mib = c.peak()
		c.stop()
		n := 0
		if err := db.QueryRow("SELECT count(*) FROM api.kept").Scan(&n); err != nil || n != calls+lines {
			t.Errorf("%d calls have had an effect, want %d; %v", n, calls+lines, err)
		}
		return mib
	}
	checkFlat(t, peak, 1_000, 100_000, 24.0)
}
