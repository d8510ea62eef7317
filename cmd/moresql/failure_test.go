package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// secret is a password, which must never be printed.
const secret = "hunter2"

// refuse runs a command that cannot start, on a free port unless args name one, and checks that it
// says why in one line.
func refuse(t *testing.T, want, uri string, args ...string) {
	t.Helper()
	launch(t, uri, append([]string{"-addr", "localhost:0"}, args...)...).refused(want)
}

// refused waits for a command that cannot start to end, and checks its one line on stderr.
func (c *command) refused(want string) {
	t := c.t
	t.Helper()
	status, line := c.wait(), c.stderr.String()
	if status != 1 || strings.Count(line, "\n") != 1 ||
		!strings.HasPrefix(line, "moresql: ") || !strings.Contains(line, want) {
		t.Errorf("exit status %d, want one line with %q, got:\n%s", status, want, line)
	}
	if out := c.stdout.String() + line; strings.Contains(out, secret) {
		t.Errorf("the password is printed:\n%s", out)
	}
	if left, err := os.ReadDir(c.temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

func TestCommandSaysWhyItCannotStart(t *testing.T) {
	busy, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const postgres = "postgres://me:" + secret + "@127.0.0.1:1/db"
	const mysql = "mysql://me:" + secret + "@127.0.0.1:1/db"
	for _, test := range []struct {
		reason, uri string
		args        []string
		want        string
	}{
		{
			reason: "the port is taken",
			args:   []string{"-addr", busy.Addr().String()},
			want:   "is in use: stop what listens there, or choose another port with -addr",
		},
		{
			reason: "the address has no port",
			args:   []string{"-addr", "8080"},
			want:   "missing port in address",
		},
		{
			reason: "the folder is a file",
			args:   []string{"-data", file},
			want:   "choose another with -data",
		},
		{
			reason: "an unknown scheme",
			uri:    "mongodb://me:" + secret + "@localhost/db",
			want:   "must begin with postgres://",
		},
		{
			reason: "a DSN in the notation of a driver",
			uri:    "me:" + secret + "@tcp(localhost:3306)/db",
			want:   "must begin with postgres://",
		},
		{
			reason: "a malformed URI",
			uri:    "postgres://me:" + secret + "%zz@localhost/db",
			want:   "is malformed: write it as postgres://",
		},
		{
			reason: "an unreachable port of PostgreSQL",
			uri:    postgres,
			want:   "PostgreSQL at 127.0.0.1:1 cannot be reached (connection refused): start it",
		},
		{
			reason: "an unreachable port of MySQL",
			uri:    mysql,
			want:   "MySQL at 127.0.0.1:1 cannot be reached (connection refused): start it",
		},
		{
			reason: "an unknown host",
			uri:    "postgres://me:" + secret + "@moresql.invalid/db",
			want:   "correct host and port in MORESQL_DATABASE_URI",
		},
		{
			reason: "a folder for a server",
			uri:    postgres,
			args:   []string{"-data", "x"},
			want:   "leave one of them out",
		},
		{
			reason: "settings for SQLite",
			args:   []string{"-http-settings"},
			want:   "-http-settings is for PostgreSQL: the calls of SQLite have no settings",
		},
		{
			reason: "settings for MySQL",
			uri:    mysql,
			args:   []string{"-http-settings"},
			want:   "-http-settings is for PostgreSQL",
		},
		{
			reason: "a superuser of SQLite",
			args:   []string{"-superuser"},
			want:   "-superuser is for PostgreSQL and MySQL: files have no users",
		},
		{
			reason: "pages of MySQL's sample",
			uri:    mysql,
			args:   []string{"-max-rows", "9"},
			want:   "-max-rows limits nothing of the sample on MySQL: name a -schema",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			refuse(t, test.want, test.uri, test.args...)
		})
	}
}

func TestCommandSaysWhatTheServerRefuses(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		refuse(t, "run moresql -init, which installs it", server.URI())
		refuse(t, `has no database "nowhere": create it`,
			replace(t, server.URI(), "postgres", "/nowhere"))
		refuse(t, "does not encrypt connections",
			strings.Replace(server.URI(), "sslmode=disable", "sslmode=require", 1))
		refuse(t, "does not encrypt connections", // which is required by default
			strings.Replace(server.URI(), "sslmode=disable", "", 1))

		db := connect(t, server.URI())
		var hba string
		if err := db.QueryRow("SHOW hba_file").Scan(&hba); err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, "CREATE USER guest PASSWORD 'right'")
		mustExec(t, db, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
		uri := replace(t, server.URI(), "guest", "/postgres")
		refuse(t, "does not allow it (pq: permission denied for schema public", uri, "-init")
		mustExec(t, db, "COPY (SELECT 'host all all 127.0.0.1/32 scram-sha-256') TO '"+hba+"'")
		mustExec(t, db, "SELECT pg_reload_conf()")
		eventually(t, "the server requires passwords", func() bool {
			return connect(t, uri).Ping() != nil
		})
		refuse(t, "refuses the login (", uri)
	})
	t.Run("MariaDB", func(t *testing.T) {
		uri := newMariaDB(t)
		refuse(t, "run moresql -init, which installs it", uri)
		refuse(t, `has no database "nowhere": create it`, replace(t, uri, "", "/nowhere"))
		refuse(t, "it names no database", replace(t, uri, "guest", ""))

		db := connect(t, uri)
		const guest, author = "moresql_guest", "moresql_author"
		t.Cleanup(func() { db.Exec("DROP USER IF EXISTS " + guest + "@'%', " + author + "@'%'") })
		mustExec(t, db, "CREATE OR REPLACE USER "+guest+"@'%' IDENTIFIED BY 'right'")
		mustExec(t, db, "CREATE OR REPLACE USER "+author+"@'%' IDENTIFIED BY '"+secret+"'")
		mustExec(t, db, "GRANT SELECT, CREATE, INSERT ON *.* TO "+author+"@'%'")
		refuse(t, "refuses the login (", replace(t, uri, guest, "/test"))
		u, _ := url.Parse(uri)
		refuse(t, "does not allow it (", replace(t, uri, author, u.Path), "-init")
	})
}

// replace returns a URI with another path and, unless user is "", another user, whose password is
// secret.
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

// The sample's own data is kept too, when -init is repeated.
func TestInitKeepsWhatIsNotItsOwn(t *testing.T) {
	for _, database := range databases[1:] {
		t.Run(database.name, func(t *testing.T) {
			uri := database.uri(t)
			db := connect(t, uri)
			mustExec(t, db, "CREATE TABLE users (who integer)")
			refuse(t, "has users of its own, where the sample's would go", uri, "-init")
			mustExec(t, db, "DROP TABLE users")

			start(t, uri, "-init").stop()
			mustExec(t, db, "UPDATE cars SET doors = 5 WHERE id = 1")
			mustExec(t, db, "DELETE FROM cars WHERE id = 2")
			start(t, uri, "-init").stop()
			c := start(t, uri)
			if _, _, body := c.request("GET", "/cars/1", "", ""); !strings.Contains(body, `"doors":5`) {
				t.Errorf("car 1 is %s", body)
			}
			if status, _, body := c.request("GET", "/cars/2", "", ""); status != 404 {
				t.Errorf("car 2 is %s", body)
			}
			c.stop()

			// The sample's procedures are not those of this version, which -init repairs.
			kind := "FUNCTION"
			if strings.HasPrefix(uri, "mysql") {
				kind = "PROCEDURE"
			}
			mustExec(t, db, "DROP "+kind+" get_films")
			refuse(t, "is not this version's, run moresql -init: "+
				"moresql: handler 7, get_films: the catalog has no such "+strings.ToLower(kind), uri)
			start(t, uri, "-init").stop()
		})
	}
}

// The signal arrives in the middle of a request's body.
func TestTerminationFinishesRequestsInFlight(t *testing.T) {
	c := start(t, "")
	address := strings.TrimPrefix(c.url(), "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := "name=Lancia&model=Fulvia&doors=2"
	fmt.Fprintf(conn, "POST /cars HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
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
	c.await(response, "100 Continue") // sent when the handler begins to read

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
