package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// effects returns where a routine add, or a file of that name, adds a row that must not be there
// already, by database.
func effects(t *testing.T) map[string]func() (db *sql.DB, uri string, args []string) {
	const table = "CREATE TABLE effects (n int PRIMARY KEY)"
	return map[string]func() (*sql.DB, string, []string){
		"PostgreSQL": func() (*sql.DB, string, []string) {
			uri := newPostgreSQL(t)
			db := connect(t, uri)
			mustExec(t, db, table+`; CREATE FUNCTION add(n int) RETURNS int LANGUAGE sql
				AS 'INSERT INTO effects VALUES (n) RETURNING n';
				CREATE FUNCTION "in/add"(n int) RETURNS int LANGUAGE sql AS 'SELECT add(n)'`)
			return db, uri, nil
		},
		"MariaDB": func() (*sql.DB, string, []string) {
			uri := newMariaDB(t)
			db := connect(t, uri)
			mustExec(t, db, table)
			mustExec(t, db, `CREATE PROCEDURE ADD_ROW(n int) MODIFIES SQL DATA
				BEGIN INSERT INTO effects VALUES (n); SELECT n; END`)
			mustExec(t, db, "CREATE PROCEDURE `add`(n int) MODIFIES SQL DATA CALL ADD_ROW(n)")
			return db, uri, nil
		},
		"SQLite": func() (*sql.DB, string, []string) {
			file := filepath.Join(t.TempDir(), "effects.db")
			folder := filepath.Dir(writeFile(t, "add.sql",
				"INSERT INTO effects VALUES (CAST(:n AS INT)) RETURNING n"))
			db, err := sql.Open("sqlite", "file:"+file)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			mustExec(t, db, table)
			return db, "sqlite://" + file, []string{"-sql", folder}
		},
	}
}

// With -atomic either all calls of a file have their effects or none has, and the line at fault is
// named, also where results have been sent before.
func TestCallsOfAFileAreAtomic(t *testing.T) {
	for name, made := range effects(t) {
		t.Run(name, func(t *testing.T) {
			db, uri, args := made()
			args = append([]string{"call", "add"}, args...)
			checkAtomic(t, db, uri, args, "line 2502: ", noEffect)
		})
	}
	t.Run("a server", func(t *testing.T) {
		db, uri, _ := effects(t)["PostgreSQL"]()
		c := start(t, uri, "-schema", "public", "-limit-body", "0")
		checkAtomic(t, db, "", []string{"call", c.url() + "/rpc/add"}, "after line ", notKnown)
		mustExec(t, db, "DELETE FROM effects")
		_, stderr, status := called(t, "", "n\n1\n", nil,
			"call", c.url()+"/rpc/in/add", "-each", "-", "-atomic")
		if n := count(t, db, "SELECT count(*) FROM effects"); n != 1 || status != 0 {
			t.Errorf("a name with a slash: %d rows, exit status %d, %s", n, status, stderr)
		}
		mustExec(t, db, "DELETE FROM effects")
		_, stderr, status = called(t, "", "n\n1\n", nil,
			"call", c.url()+"/rpc/add?limit=0", "-each", "-", "-atomic")
		if n := count(t, db, "SELECT count(*) FROM effects"); n != 0 || status != 1 ||
			!strings.Contains(stderr, "no parameter limit") {
			t.Errorf("a part of the results: %d rows, exit status %d, %s", n, status, stderr)
		}
		c.stop()
	})
}

// What the command says of the effects of calls that have failed. A server that has begun to
// respond can only break off, which may be the network as well.
const (
	noEffect = "; no call has had an effect"
	notKnown = "; either all calls have had their effects or none, which is not known"
)

func checkAtomic(t *testing.T, db *sql.DB, uri string, args []string, late, effects string) {
	t.Helper()
	// The results are longer than the first block, compressed too: no number is like the one before.
	const before = 2_500
	var long strings.Builder
	long.WriteString("n\n")
	for n := range before {
		fmt.Fprintf(&long, "%d\n", 1<<30+n*40_503_013%(1<<30))
	}
	for _, test := range []struct {
		reason, text string
		results      []string // substrings of its lines, nil if they are not looked at
		rows         int
		complaint    string
	}{
		{reason: "no call", text: "", results: []string{}},
		{reason: "CSV", text: "n\n1\n2\n", results: []string{"1", "2"}, rows: 2},
		{
			reason: "NDJSON", text: "{\"n\":3}\n\n{\"n\":4}", results: []string{"3", "4"}, rows: 2,
		},
		{
			reason: "the last call fails", text: "{\"n\":5}\n\n{\"n\":6}\n{\"n\":5}\n",
			complaint: "line 4: ",
		},
		{reason: "a line is no call", text: "{\"n\":7}\n[8]\n", complaint: "line 2: the line is not"},
		{reason: "a line is too short", text: "n,m\n7,7\n8\n", complaint: "line 3: the line has not"},
		{
			reason: "many calls before one that fails", text: long.String() + fmt.Sprint(1<<30, "\n"),
			complaint: late,
		},
		{reason: "many calls", text: long.String(), rows: before},
	} {
		mustExec(t, db, "DELETE FROM effects")
		stdout, stderr, status := called(t, uri, test.text, nil,
			append(args, "-each", "-", "-atomic")...)
		if n := count(t, db, "SELECT count(*) FROM effects"); n != test.rows {
			t.Errorf("%s: there are %d rows, want %d", test.reason, n, test.rows)
		}
		wantStatus, says := 0, noEffect
		if test.complaint == late {
			says = effects
		}
		if test.complaint != "" {
			wantStatus = 1
		}
		if status != wantStatus || !strings.Contains(stderr, test.complaint) ||
			strings.Contains(stderr, says) != (status != 0) ||
			(stderr == "") != (status == 0) {
			t.Errorf("%s: exit status %d, %s", test.reason, status, stderr)
		}
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if test.results != nil && len(test.results) == 0 && stdout != "" {
			t.Errorf("%s: the results are %q", test.reason, stdout)
		}
		for i, want := range test.results {
			if len(lines) != len(test.results) || !strings.Contains(lines[i], want) {
				t.Errorf("%s: the results are %q", test.reason, stdout)
			}
		}
	}
}

// A value of CSV is the same in one transaction as in each of its own, although a batch is JSON, in
// which a text is a string. A server's types are not known, so that what may be either is refused.
func TestCallsOfAFileMeanTheSameInOneTransaction(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE TYPE api.pair AS (x int, y text);
		CREATE FUNCTION api.held(j jsonb, p api.pair, l int[], b bytea, t text) RETURNS text
			LANGUAGE sql AS $$ SELECT concat_ws(';', jsonb_typeof(j), j, p, l, b, t) $$`)
	const header = "j,p,l,b,t\n"
	const file = header + `"{""a"": [1]}","(1,z)","{1,2}",\x41,"{""a"": 1}"` + "\n" +
		`"[]","{""x"": 1, ""y"": ""z""}","[1,2]",a,[1]` + "\n" +
		`5,"(,)",7,,null` + "\n" + `"""s""","(,)",{},\\,"""s"""` + "\n"
	args := []string{"call", "-schema", "api", "held", "-each", "-"}
	each, stderr, status := called(t, uri, file, nil, args...)
	if status != 0 || strings.Count(each, "\n") != 4 {
		t.Fatalf("exit status %d, %s%s", status, each, stderr)
	}
	atomic, stderr, status := called(t, uri, file, nil, append(args, "-atomic")...)
	if status != 0 || atomic != each {
		t.Errorf("exit status %d, %s\n%s, want\n%s", status, stderr, atomic, each)
	}
	bad := header + `s,"(,)",{},,` + "\n"
	for _, more := range [][]string{nil, {"-atomic"}} {
		stdout, stderr, status := called(t, uri, bad, nil, append(args, more...)...)
		if status != 1 || stdout != "" || !strings.Contains(stderr, "line 2: ") {
			t.Errorf("%q: exit status %d, %s%s", more, status, stdout, stderr)
		}
	}
	c := start(t, uri, "-schema", "api")
	defer c.stop()
	server := []string{"call", c.url() + "/rpc/held", "-each", "-", "-atomic"}
	stdout, stderr, status := called(t, "", file, nil, server...)
	if status != 1 || stdout != "" || !strings.Contains(stderr, "line 2: the value of j may be") {
		t.Errorf("a server: exit status %d, %s%s", status, stdout, stderr)
	}
}

// Results that cannot be written are no reason to call what has been committed undone.
func TestCallsOfAFileHaveTheirEffectsWithoutAPlaceForResults(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	db, uri, _ := effects(t)["PostgreSQL"]()
	stderr := newOutput()
	status := process{
		environ: []string{"MORESQL_DATABASE_URI=" + uri}, stdin: strings.NewReader("n\n1\n2\n"),
		stdout: full, stderr: stderr,
	}.run(t.Context(), []string{"call", "add", "-each", "-", "-atomic"})
	if n := count(t, db, "SELECT count(*) FROM effects"); n != 2 || status != 1 ||
		!strings.Contains(stderr.String(), "; all calls have had their effects") {
		t.Errorf("exit status %d, %d rows, %s", status, n, stderr)
	}
}

// A terminal shows how many calls of a file have begun, and nothing of it is in the results.
func TestCallsOfAFileShowTheirProgress(t *testing.T) {
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"-j=2", "-atomic"} {
		file := writeFile(t, "calls.csv", "title\n"+strings.Repeat("the\n", 2000))
		results := filepath.Join(t.TempDir(), "results")
		c := openTerminal(t, 100, append(environ(), "NO_COLOR=1"), "sh", "-c",
			path+" call get_films -each "+file+" "+flag+" > "+results)
		if status := c.wait(); status != 0 {
			t.Fatalf("%s: exit status %d: %s", flag, status, c.stdout)
		}
		for _, want := range []string{"get_films ", " calls", "%"} {
			if !strings.Contains(c.stdout.String(), want) {
				t.Errorf("%s: no %q in %q", flag, want, c.stdout)
			}
		}
		text, err := os.ReadFile(results)
		if lines := strings.Count(string(text), "\n"); err != nil || lines != 2000 ||
			strings.Contains(string(text), "calls") {
			t.Errorf("%s: %v, %d bytes of results", flag, err, len(text))
		}
	}
}
