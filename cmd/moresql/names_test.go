package main

import (
	"fmt"
	"strings"
	"testing"
)

// Names that a URL has another meaning for, each of a function, a table and a channel. The printed
// lines have them as clients must write them.
func TestNamesThatPathsHaveAMeaningFor(t *testing.T) {
	uri := newPostgreSQL(t)
	names := []string{".", "..", "a//b", "a/../b", "a/b", "..."}
	args := []string{"-schema", "odd", "-tables"}
	create := "CREATE SCHEMA odd;"
	for i, name := range names {
		create += fmt.Sprintf("CREATE FUNCTION odd.%q() RETURNS int LANGUAGE sql STABLE AS 'SELECT %d';"+
			"CREATE TABLE odd.%q (id int PRIMARY KEY);", name, i, name)
		args = append(args, "-events", name)
	}
	mustExec(t, connect(t, uri), create)
	c := start(t, uri, args...)
	shell := newShell(t)
	found := map[string]int{}
	for _, line := range c.curls() {
		if strings.Contains(line, "/events/") { // which does not end
			_, path, _ := strings.Cut(strings.Trim(line, "'"), c.url())
			if status, _, body := c.send("HEAD", path); status != 200 {
				t.Errorf("%s: %d %s", path, status, body)
			}
			continue
		}
		status, body := shell(line)
		if status != 200 {
			t.Errorf("%s: %d %s", line, status, body)
		}
		found[body]++
	}
	for i, name := range names {
		if found[fmt.Sprint(i)] != 1 {
			t.Errorf("%d calls of %s", found[fmt.Sprint(i)], name)
		}
	}
	if found["[]"] != len(names) {
		t.Errorf("%d tables are read", found["[]"])
	}
	status, _, document := c.get("/openapi.json")
	for _, path := range []string{`"/rpc/%2E%2E"`, `"/%2E%2E"`, `"/rpc/%2E"`} {
		if status != 200 || !strings.Contains(document, path) {
			t.Errorf("the document has no %s", path)
		}
	}
	c.stop()
}
