package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

// triggers returns the SQL by which the documentation installs and removes the event triggers.
func triggers(t *testing.T) (install, remove string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/reload.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "```")
	if len(parts) != 5 ||
		!strings.HasPrefix(parts[1], "sql\n") || !strings.HasPrefix(parts[3], "sql\n") {
		t.Fatal("docs/reload.md does not have its two blocks of SQL")
	}
	return strings.TrimPrefix(parts[1], "sql\n"), strings.TrimPrefix(parts[3], "sql\n")
}

// becomes waits until a GET has the status and, unless it is "", the body.
func (c *command) becomes(path string, status int, body string) {
	c.t.Helper()
	last := ""
	eventually(c.t, fmt.Sprintf("GET %s is %d %s", path, status, body), func() bool {
		s, _, b := c.request("GET", path, "", "")
		if now := fmt.Sprint(s, b); now != last {
			c.t.Log(path, s, b)
			last = now
		}
		return s == status && (body == "" || b == body)
	})
}

// listening waits until the command listens on the channel, and returns the pid of its server
// process, other than not.
func listening(t *testing.T, db *sql.DB, channel string, not int) (pid int) {
	t.Helper()
	eventually(t, "the command listens", func() bool {
		err := db.QueryRow(`SELECT pid FROM pg_stat_activity
			WHERE datname = current_database() AND query = $1 AND pid <> $2`,
			`LISTEN "`+channel+`"`, not).Scan(&pid)
		return err == nil
	})
	return pid
}

// The event triggers are those of the documentation.
func TestReloadFollowsTheDatabase(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	install, remove := triggers(t)
	mustExec(t, db, install)
	mustExec(t, db, install) // may be repeated
	mustExec(t, db, "CREATE SCHEMA api")
	c := start(t, uri, "-schema", "api")
	c.becomes("/rpc/f", 404, "")
	mustExec(t, db, "CREATE FUNCTION api.f(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a + 1'")
	c.becomes("/rpc/f?a=1", 200, "2")
	mustExec(t, db, `CREATE FUNCTION api.f(a int, b int) RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT 'two' $$`)
	c.becomes("/rpc/f?a=1&b=2", 200, `"two"`)
	mustExec(t, db, "ALTER FUNCTION api.f(int) RENAME TO g")
	c.becomes("/rpc/g?a=1", 200, "2")
	mustExec(t, db, `ALTER FUNCTION api.g(int) RENAME TO f; ALTER FUNCTION api.f(int) VOLATILE`)
	c.becomes("/rpc/f?a=1", 200, "2")
	mustExec(t, db, "DROP FUNCTION api.f(int)")
	c.becomes("/rpc/f?a=1", 404, "")
	mustExec(t, db, `DROP FUNCTION api.f(int, int);
		CREATE FUNCTION api.f(a int) RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT a'`)
	c.becomes("/rpc/f?a=1", 200, "[1]")

	// The type of a result changes.
	mustExec(t, db, `CREATE TYPE api.pair AS (a int);
		CREATE FUNCTION api.pair() RETURNS api.pair LANGUAGE plpgsql STABLE
			AS $$ DECLARE p api.pair; BEGIN p.a := NULL; RETURN p; END $$`)
	c.becomes("/rpc/pair", 200, `{"a":null}`)
	mustExec(t, db, "ALTER TYPE api.pair ADD ATTRIBUTE b date")
	c.becomes("/rpc/pair", 200, `{"a":null,"b":null}`)

	// A function does not exist before the commit.
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	const later = "CREATE FUNCTION api.later() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'"
	if _, err := tx.Exec(later); err != nil {
		t.Fatal(err)
	}
	c.becomes("/rpc/later", 404, "")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	c.becomes("/rpc/later", 200, "1")

	// Temporary tables send no notification.
	l := pq.NewListener(uri, time.Second, time.Second, nil)
	defer l.Close()
	if err := l.Listen("moresql"); err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, `CREATE TEMPORARY TABLE t (a int); ALTER TABLE t ADD b int; DROP TABLE t;
		NOTIFY moresql, 'the end'`)
	if n := <-l.Notify; n.Extra != "the end" {
		t.Errorf("a temporary table notifies: %v", n)
	}
	mustExec(t, db, remove)
	mustExec(t, db, "DROP FUNCTION api.later(); NOTIFY moresql, 'the second end'")
	if n := <-l.Notify; n.Extra != "the second end" {
		t.Errorf("a trigger is left: %v", n)
	}
	c.stop()
}

// Nobody notifies of the function that is created together with the end of the connection.
func TestReloadCatchesUpAfterALostConnection(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE SCHEMA api")
	c := start(t, replace(t, uri, "postgres", "/"+databaseOf(uri)),
		"-schema", "api", "-channel", "Other one")
	pid := listening(t, db, "Other one", 0)
	c.await(c.stderr, "reason=listening ")
	mustExec(t, db, fmt.Sprintf(`
		CREATE FUNCTION api.missed() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		SELECT pg_terminate_backend(%d)`, pid))
	c.becomes("/rpc/missed", 200, "1")
	c.await(c.stderr, `reason="listening again"`)
	listening(t, db, "Other one", pid)
	mustExec(t, db, `CREATE FUNCTION api.notified() RETURNS int LANGUAGE sql STABLE AS 'SELECT 2';
		NOTIFY "Other one"`)
	c.becomes("/rpc/notified", 200, "2")
	c.stop()
	log := c.stderr.String()
	if strings.Count(log, "the listener has no connection") != 1 || strings.Contains(log, secret) {
		t.Errorf("the log is\n%s", log)
	}
}

// A few reloads serve many notifications.
func TestReloadGathersNotifications(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE SCHEMA api")
	c := start(t, uri, "-schema", "api")
	c.await(c.stderr, "reason=listening ")
	began := time.Now()
	for i := range 200 {
		mustExec(t, db, fmt.Sprintf(`
			CREATE FUNCTION api.f%d() RETURNS int LANGUAGE sql STABLE AS 'SELECT %d';
			NOTIFY moresql`, i, i))
	}
	c.becomes("/rpc/f199", 200, "199")
	reloads := strings.Count(c.stderr.String(), "reason=notification")
	if most := int(time.Since(began)/settle) + 1; reloads > most {
		t.Errorf("%d reloads, want %d at most", reloads, most)
	}
	c.stop()
}

// The signal needs no channel, and a reload that fails leaves the routes as they were.
func TestReloadAfterSIGHUP(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api;
		CREATE FUNCTION api.f() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`)
	c := start(t, uri, "-schema", "api", "-channel", "")
	hangUp := func() {
		t.Helper()
		if err := c.process.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	mustExec(t, db, "ALTER SCHEMA api RENAME TO away")
	hangUp()
	c.await(c.stderr, "the routes stay as they were")
	log := c.stderr.String()
	if strings.Count(log, "level=ERROR") != 1 ||
		!strings.Contains(log, `there is no schema \"api\"`) {
		t.Errorf("the log is\n%s", log)
	}
	mustExec(t, db, `ALTER SCHEMA away RENAME TO api;
		CREATE FUNCTION api.g() RETURNS int LANGUAGE sql STABLE AS 'SELECT 2'`)
	c.becomes("/rpc/f", 200, "1") // as before
	hangUp()
	c.becomes("/rpc/g", 200, "2")
	listeners := count(t, db, `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	if listeners != 0 {
		t.Errorf("%d listeners", listeners)
	}
	c.stop()
}

// The states are those of its listener.
func TestReloaderStopsInEveryState(t *testing.T) {
	server := pgtest.Start(t)
	mute, err := net.Listen("tcp", "localhost:0") // accepts and sends nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	for _, test := range []struct {
		reason string
		uri    string
		then   func(db *database.DB)
	}{
		{"listening", server.URI(), func(db *database.DB) { listening(t, db.Pool, "moresql", 0) }},
		{"not connected yet", server.URI(), func(*database.DB) {}},
		{"the server has stopped", server.URI(), func(db *database.DB) {
			listening(t, db.Pool, "moresql", 0)
			server.Stop()
		}},
		{"the server never ran", server.URI(), func(*database.DB) {}},
		{"the server does not respond", "postgres://me@" + mute.Addr().String() + "/db?sslmode=disable",
			func(*database.DB) {
				if conn, err := mute.Accept(); err == nil { // the listener has connected and waits
					t.Cleanup(func() { conn.Close() })
				}
			}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			leaktest.Check(t)
			where, err := database.Locate("uri", test.uri)
			if err != nil {
				t.Fatal(err)
			}
			db, err := where.Open("", database.PoolSize)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			log := newOutput()
			r := newReloader(&api{cat: catalog.Of(), db: db}, slog.New(slog.NewTextHandler(log, nil)))
			stop := r.start(context.Background(), "moresql", nil)
			test.then(db)
			stop()
			if strings.Contains(log.String(), "level=ERROR") {
				t.Error(log)
			}
		})
	}
}
