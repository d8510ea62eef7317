package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
)

// secret is the password that must never be printed.
const secret = "hunter2"

// refuse runs a command that cannot start and checks that it says so in one line.
func refuse(t *testing.T, want, uri string, args ...string) {
	t.Helper()
	launch(t, uri, args...).refused(want)
}

// refused waits for the end of a command that cannot start.
func (c *command) refused(want string) {
	t := c.t
	t.Helper()
	status, line := c.wait(), c.stderr.String()
	if status != 1 || strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "moresql: ") || !strings.Contains(line, want) {
		t.Errorf("exit status %d, want one line with %q, got:\n%s", status, want, line)
	}
	if out := c.stdout.String() + line; strings.Contains(out, secret) {
		t.Errorf("the password is printed:\n%s", out)
	}
	if left, err := os.ReadDir(c.temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

func TestFailures(t *testing.T) {
	busy, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason, uri string
		args        []string
		want        string
	}{
		{"the port is taken", "", []string{"-addr", busy.Addr().String()}, "is in use: stop what listens there, or choose another port with -addr"},
		{"no address", "", []string{"-addr", "8080"}, "missing port in address"},
		{"no folder", "", []string{"-data", file}, "choose another with -data"},
		{"another scheme", "mongodb://me:" + secret + "@localhost/db", nil, "must begin with postgres://"},
		{"a driver's own notation", "me:" + secret + "@tcp(localhost:3306)/db", nil, "must begin with postgres://"},
		{"a malformed URI", "postgres://me:" + secret + "%zz@localhost/db", nil, "is malformed: write it as postgres://"},
		{"an unreachable port", "postgres://me:" + secret + "@127.0.0.1:1/db", nil, "PostgreSQL at 127.0.0.1:1 cannot be reached (connection refused): start it"},
		{"an unreachable port", "mysql://me:" + secret + "@127.0.0.1:1/db", nil, "MySQL at 127.0.0.1:1 cannot be reached (connection refused): start it"},
		{"an unknown host", "postgres://me:" + secret + "@moresql.invalid/db", nil, "correct host and port in MORESQL_DATABASE_URI"},
		{"a folder for a server", "postgres://me:" + secret + "@127.0.0.1:1/db", []string{"-data", "x"}, "leave one of them out"},
		{"settings for SQLite", "", []string{"-http-settings"}, "-http-settings is for PostgreSQL: the calls of SQLite have no settings"},
		{"settings for MySQL", "mysql://me:" + secret + "@127.0.0.1:1/db", []string{"-http-settings"}, "-http-settings is for PostgreSQL"},
		{"a superuser of SQLite", "", []string{"-superuser"}, "-superuser is for PostgreSQL and MySQL: SQLite has no users"},
		{"pages for MySQL", "mysql://me:" + secret + "@127.0.0.1:1/db", []string{"-max-rows", "9"}, "-max-rows is for PostgreSQL and SQLite"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			refuse(t, test.want, test.uri, append([]string{"-addr", "localhost:0"}, test.args...)...)
		})
	}
}

// TestFailuresAtServer are those that a server tells of.
func TestFailuresAtServer(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		refuse(t, "run moresql -init, which installs it", server.URI(), "-addr", "localhost:0")
		refuse(t, `has no database "nowhere": create it`, replace(t, server.URI(), "postgres", "/nowhere"), "-addr", "localhost:0")
		refuse(t, "does not encrypt connections", strings.Replace(server.URI(), "sslmode=disable", "sslmode=require", 1), "-addr", "localhost:0")

		db := connect(t, server.URI())
		var hba string
		if err := db.QueryRow("SHOW hba_file").Scan(&hba); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			"CREATE USER guest PASSWORD 'right'",
			"REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		uri := replace(t, server.URI(), "guest", "/postgres")
		refuse(t, "does not allow it (pq: permission denied for schema public", uri, "-addr", "localhost:0", "-init")
		for _, statement := range []string{
			"COPY (SELECT 'host all all 127.0.0.1/32 scram-sha-256') TO '" + hba + "'",
			"SELECT pg_reload_conf()",
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "the server asks for passwords", func() bool { return connect(t, uri).Ping() != nil })
		refuse(t, "refuses the login (", uri, "-addr", "localhost:0")
	})
	t.Run("MariaDB", func(t *testing.T) {
		uri := newDatabase(t, mariadbtest.URI(t), "")
		refuse(t, "run moresql -init, which installs it", uri, "-addr", "localhost:0")
		refuse(t, `has no database "nowhere": create it`, replace(t, uri, "", "/nowhere"), "-addr", "localhost:0")
		refuse(t, "it names no database", replace(t, uri, "guest", ""), "-addr", "localhost:0")

		db := connect(t, uri)
		const guest, reader = "moresql_guest", "moresql_reader"
		t.Cleanup(func() { db.Exec("DROP USER IF EXISTS " + guest + "@'%', " + reader + "@'%'") })
		for _, statement := range []string{
			"CREATE OR REPLACE USER " + guest + "@'%' IDENTIFIED BY 'right'",
			"CREATE OR REPLACE USER " + reader + "@'%' IDENTIFIED BY '" + secret + "'",
			"GRANT SELECT, CREATE, INSERT ON *.* TO " + reader + "@'%'",
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		refuse(t, "refuses the login (", replace(t, uri, guest, "/test"), "-addr", "localhost:0")
		u, _ := url.Parse(uri)
		refuse(t, "does not allow it (", replace(t, uri, reader, u.Path), "-addr", "localhost:0", "-init")
	})
}

// replace returns a URI with another path and, unless it is "", another user, whose password is secret.
func replace(t *testing.T, uri, user, path string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	if u.Path = path; user != "" {
		u.User = url.UserPassword(user, secret)
	}
	return u.String()
}

// TestInitKeeps makes sure that -init leaves alone what is not its own, and its own data too.
func TestInitKeeps(t *testing.T) {
	for _, database := range databases[1:] {
		t.Run(database.name, func(t *testing.T) {
			uri := database.uri(t)
			db := connect(t, uri)
			exec := func(statement string) {
				t.Helper()
				if _, err := db.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			exec("CREATE TABLE users (who integer)")
			refuse(t, "has users of its own, where the sample's would go", uri, "-addr", "localhost:0", "-init")
			exec("DROP TABLE users")

			start(t, uri, "-init").stop()
			exec("UPDATE cars SET doors = 5 WHERE id = 1")
			exec("DELETE FROM cars WHERE id = 2")
			start(t, uri, "-init").stop()
			c := start(t, uri)
			if _, _, body := c.request("GET", "/cars/1", "", ""); !strings.Contains(body, `"doors":5`) {
				t.Errorf("car 1 is %s", body)
			}
			if status, _, body := c.request("GET", "/cars/2", "", ""); status != 404 {
				t.Errorf("car 2 is %s", body)
			}
			c.stop()

			// the sample's procedures are not those of this version, and -init mends it
			kind := map[bool]string{true: "PROCEDURE", false: "FUNCTION"}[strings.HasPrefix(uri, "mysql")]
			exec("DROP " + kind + " get_films")
			refuse(t, "is not this version's, run moresql -init: moresql: get_films: there is no such "+strings.ToLower(kind), uri, "-addr", "localhost:0")
			start(t, uri, "-init").stop()
		})
	}
}

// TestHealthWithout stops the database under a running command.
func TestHealthWithout(t *testing.T) {
	server := pgtest.Start(t)
	c := start(t, replace(t, server.URI(), "postgres", "/postgres"), "-init")
	if status, _, body := c.request("GET", "/health", "", ""); status != 200 || body != "It works." {
		t.Errorf("status %d: %s", status, body)
	}
	server.Stop()
	status, header, body := c.request("GET", "/health", "", "")
	if status != 503 || header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "cannot be reached (connection refused)") {
		t.Errorf("status %d, %v: %s", status, header, body)
	}
	if status, _, body := c.request("GET", "/cars", "", ""); status != 503 {
		t.Errorf("status %d: %s", status, body)
	}
	c.stop()
	if out := body + c.stdout.String() + c.stderr.String(); strings.Contains(out, secret) {
		t.Errorf("the password is told:\n%s", out)
	}
}

// TestTermination sends the signal in the middle of a request.
func TestTermination(t *testing.T) {
	c := start(t, "")
	address := strings.TrimPrefix(c.url(), "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := "name=Lancia&model=Fulvia&doors=2"
	fmt.Fprintf(conn, "POST /cars HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
		address, formType, len(body))
	response := newOutput()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		buf := make([]byte, 1<<10)
		for n := 0; err == nil; n, err = conn.Read(buf) {
			response.Write(buf[:n])
		}
	}()
	c.await(response, "100 Continue") // which the handler asks for when it reads

	c.terminate()
	c.await(c.stderr, "shutting down")
	eventually(t, "new connections are refused", func() bool {
		other, err := net.Dial("tcp", address)
		if err == nil {
			other.Close()
		}
		return err != nil
	})
	fmt.Fprint(conn, body)
	c.await(response, `"model":"Fulvia"`)
	<-closed
	if !strings.Contains(response.String(), "HTTP/1.1 201 Created") {
		t.Errorf("the response is %s", response)
	}
	if status := c.wait(); status != 0 {
		t.Errorf("exit status %d:\n%s", status, c.stderr)
	}
	if left, err := os.ReadDir(c.temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}
