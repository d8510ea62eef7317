package main

import (
	"syscall"
	"testing"
)

// What sends PostgREST a signal when its schema cache or its configuration has changed reaches the
// command as well, and does not end it (PostgREST's documentation, "Schema Cache Reloading" and
// "Configuration Reloading").
func TestSignalsOfPostgRESTReload(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE SCHEMA api")
	c := start(t, uri, "-schema", "api", "-channel", "")
	for name, signal := range map[string]syscall.Signal{
		"cache": syscall.SIGUSR1, "configuration": syscall.SIGUSR2,
	} {
		mustExec(t, db, "CREATE FUNCTION api."+name+
			"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'")
		if err := c.process.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		c.becomes("/rpc/"+name, 200, "1")
	}
	c.stop()
}
