package pgtest

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/testserver"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Stop()
	os.Exit(code)
}

// settings queries the user and the settings that the tests rely on.
const settings = `SELECT current_user, current_setting('TimeZone'),
	current_setting('server_encoding'), current_setting('max_connections'), lower('É')`

func TestURIIsOfOneServerWithSettings(t *testing.T) {
	if os.Getenv(variable) != "" {
		t.Skipf("%s is set", variable)
	}
	leaktest.Check(t) // which knows that the shared server stays
	uri := URI(t)
	if !strings.HasPrefix(uri, "postgres://postgres@127.0.0.1:") ||
		!strings.HasSuffix(uri, "/postgres?sslmode=disable") {
		t.Errorf("URI = %q", uri)
	}
	if again := URI(t); again != uri {
		t.Errorf("a second call gives %q, the first gave %q", again, uri)
	}
	got := make([]string, 5)
	err := open(t, uri).QueryRow(settings).Scan(&got[0], &got[1], &got[2], &got[3], &got[4])
	if err != nil {
		t.Fatal(err)
	}
	if want := "postgres UTC UTF8 200 É"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestURIIsTakenFromEnvironment(t *testing.T) {
	t.Setenv(variable, "postgres://elsewhere/db")
	if got := URI(t); got != "postgres://elsewhere/db" {
		t.Errorf("URI = %q", got)
	}
}

func TestStopCutsConnections(t *testing.T) {
	s := Start(t)
	db := open(t, s.URI())
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}
	s.Stop() // with a connection open
	if err := db.Ping(); err == nil {
		t.Error("the server still responds after Stop")
	}
	s.Stop()
}

func TestRunAppliesSettings(t *testing.T) {
	if _, ok := programs(); !ok {
		Start(t) // skips, or fails where a server is required
	}
	s, err := Run("work_mem=7MB", "max_connections=20")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	var got string
	const query = "SELECT current_setting('work_mem') || ' ' || current_setting('max_connections')"
	if err := open(t, s.URI()).QueryRow(query).Scan(&got); err != nil || got != "7MB 20" {
		t.Errorf("settings = %q, %v", got, err)
	}
}

func TestReplicaIsReadOnlyAndResumes(t *testing.T) {
	primary := Start(t)
	replica, err := primary.Replica("work_mem=7MB")
	if err != nil {
		t.Fatal(err)
	}
	defer replica.Stop()
	if err := replica.Resume(); err == nil {
		t.Error("a running server is started twice")
	}
	replica.Halt()
	if err := replica.Resume(); err != nil {
		t.Fatal(err)
	}
	var got string
	const query = "SELECT current_setting('work_mem') || ' ' || pg_is_in_recovery()"
	if err := open(t, replica.URI()).QueryRow(query).Scan(&got); err != nil || got != "7MB true" {
		t.Errorf("the replica reports %q, %v", got, err)
	}
}

func TestFindReportsNothing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if p, ok := find(nil); ok {
		t.Errorf("found %+v in an empty folder", p)
	}
}

func TestServerIsOfTheProgramsFound(t *testing.T) {
	uri := Start(t).URI()
	p, _ := programs()
	out, err := exec.Command(p.Serve, "--version").Output() // postgres (PostgreSQL) 15.20
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := open(t, uri).QueryRow("SHOW server_version").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(string(out)); want != "postgres (PostgreSQL) "+got {
		t.Errorf("the server is %q, its program %q", got, want)
	}
}

func TestNamedProgramsMustBeThere(t *testing.T) {
	t.Setenv(testserver.Require, "")
	t.Setenv(folderVariable, "/nowhere")
	if p, ok := programs(); !ok || p.Install != "/nowhere/initdb" {
		t.Errorf("programs = %+v, %t", p, ok) // false would skip a test
	}
	if _, err := Run(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v, want that there is no program", err)
	}
}

func TestVersionsCompareAsNumbers(t *testing.T) {
	if version("/usr/lib/postgresql/9.6/bin") >= version("/usr/lib/postgresql/15/bin") {
		t.Error("9.6 counts as newer than 15")
	}
}

func open(t *testing.T, uri string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
