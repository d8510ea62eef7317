package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Two calls that wait for each other end with -j 2. What nextval does others see at once
// (PostgreSQL manual, "Sequence Manipulation Functions").
func TestCallsOfAFileRunAtOnce(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE SEQUENCE api.arrived;
		CREATE FUNCTION api.meet(guest int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
			PERFORM nextval('api.arrived');
			WHILE (SELECT last_value FROM api.arrived) < 2 LOOP PERFORM pg_sleep(0.01); END LOOP;
			RETURN guest;
		END $$`)
	stdout, stderr, status := called(t, uri, "guest\n1\n2\n", nil,
		"call", "-schema", "api", "-timeout", patience.String(), "meet", "-each", "-", "-j", "2")
	if status != 0 || stdout != "1\n2\n" {
		t.Errorf("exit status %d, %q %s", status, stdout, stderr)
	}
}

// An interruption leaves no call without a word: what has been done is printed, also after one that
// has been cancelled, and what has not been begun follows it in the file.
func TestAnInterruptionReportsAllCallsThatHaveBegun(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.done (id int);
		CREATE FUNCTION api.work(id int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
			IF id = 2 THEN PERFORM pg_sleep(1000); END IF;
			INSERT INTO api.done VALUES (id); RETURN id; END $$`)
	failures := filepath.Join(t.TempDir(), "failures")
	var stdout, stderr bytes.Buffer
	ctx, interrupt := context.WithCancel(t.Context())
	p := process{[]string{"MORESQL_DATABASE_URI=" + uri}, strings.NewReader("id\n1\n2\n3\n4\n5\n6\n"),
		&stdout, &stderr}
	ended := make(chan int)
	go func() {
		ended <- p.run(ctx, []string{"call", "work", "-schema", "api", "-each", "-", "-j", "3",
			"-failures", failures})
	}()
	eventually(t, "the calls around the one that waits", func() bool {
		return count(t, db, "SELECT count(*) FROM api.done") == 3
	})
	interrupt()
	status := <-ended
	text, err := os.ReadFile(failures)
	if err != nil {
		t.Fatal(err)
	}
	if status != 1 || stdout.String() != "1\n3\n4\n" ||
		stderr.String() != "moresql: interrupted, after 4 calls, of which 1 failed\n" ||
		string(text) != `{"line":3,"arguments":{"id":"2"},"reason":"interrupted: it may have had its `+
			`effect before"}`+"\n" {
		t.Errorf("exit status %d, %q %s, failures %s", status, &stdout, &stderr, text)
	}
}

// Each line of a file is one call, on every database; those that fail do not end the others.
func TestCallEachLineOfAFile(t *testing.T) {
	uri, _ := newKinds(t)
	failures := filepath.Join(t.TempDir(), "failures")
	calls := write(t, "calls", `{"a": 40, "b": 2}
{"a": "x", "b": 1}
{"a": 1, "b": 1, "c": 1}
`)
	for _, jobs := range []string{"1", "8"} {
		stdout, stderr, status := called(t, uri, "", nil, "call", "-schema", "api", "add",
			"-each", calls, "-j", jobs, "-failures", failures)
		text, err := os.ReadFile(failures)
		if err != nil {
			t.Fatal(err)
		}
		if status != 1 || stdout != "42\n3\n" || stderr != "moresql: 1 of 3 calls failed\n" ||
			!strings.HasPrefix(string(text), `{"line":2,"arguments":{"a":"x","b":1},"reason":"`) ||
			!strings.Contains(string(text), "22P02") || strings.Count(string(text), "\n") != 1 {
			t.Errorf("-j %s: exit status %d, %q %s, failures %s", jobs, status, stdout, stderr, text)
		}
	}
	stdout, stderr, status := called(t, uri, "a,b\n1,2\n3,y\n", nil,
		"call", "-schema", "api", "add", "-each", "-")
	if status != 1 || stdout != "3\n" || !strings.HasPrefix(stderr, "moresql: line 3: invalid input") {
		t.Errorf("exit status %d, %q %s", status, stdout, stderr)
	}
	stdout, stderr, status = called(t, "", "title,limit\nthe,1\nBull,1\n", nil,
		"call", "get_films", "-each", "-")
	if status != 0 || stderr != "" || stdout != `[{"id":2,"title":"The Love Bug","year":1968}]`+"\n"+
		`[{"id":1,"title":"Bullitt","year":1968}]`+"\n" {
		t.Errorf("SQLite: exit status %d, %q %s", status, stdout, stderr)
	}
	stdout, stderr, status = called(t, uri, "a,b,a\n1,2,3\n", nil,
		"call", "-schema", "api", "add", "-each", "-")
	if status != 1 || stdout != "" ||
		!strings.HasPrefix(stderr, "moresql: line 2: a is given several times") {
		t.Errorf("a column twice: exit status %d, %q %s", status, stdout, stderr)
	}
	for args, want := range map[string]string{
		"add -j 2":                 "-j, -failures and -atomic are for the calls of -each",
		"add -atomic":              "-j, -failures and -atomic are for the calls of -each",
		"add -each - -atomic -j 2": "leave -j and -failures out",
		"add -each - a=1":          "the arguments from its file",
		"-each -":                  "the name of a routine",
		"add -each - -j 0":         "-j must be at least 1",
		"add -each - -o csv":       "leave -o out",
		"add -each /none/of/it":    "/none/of/it: no such file",
	} {
		_, stderr, status := called(t, "", "", nil,
			append([]string{"call"}, strings.Fields(args)...)...)
		if status == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d, %s", args, status, stderr)
		}
	}
}
