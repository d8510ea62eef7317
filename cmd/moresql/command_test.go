package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/internal/racetest"
)

// patience limits every wait of these tests, generously for a busy machine.
const patience = time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Stop()
	mariadbtest.Stop()
	if buildDir != "" {
		os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

var buildDir string

// built builds the command once, with the race detector if the tests run with it.
var built = sync.OnceValues(func() (path string, err error) {
	if buildDir, err = os.MkdirTemp("", "moresql-command"); err != nil {
		return "", err
	}
	path = filepath.Join(buildDir, "moresql")
	args := []string{"build", "-o", path}
	if racetest.Enabled() {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// A command is a running moresql.
type command struct {
	t              *testing.T
	process        *exec.Cmd
	stdout, stderr *output
	temp           string        // the folder for its temporary folder
	done           chan struct{} // closed when it has ended
}

// launch runs the command on the database at uri, "" for SQLite. It adds -superuser, since the user
// of the tests' servers is one.
func launch(t *testing.T, uri string, args ...string) *command {
	t.Helper()
	if uri != "" {
		args = append([]string{"-superuser"}, args...)
	}
	return launchPlainly(t, uri, args...)
}

// launchPlainly runs the command with args and nothing else.
func launchPlainly(t *testing.T, uri string, args ...string) *command {
	t.Helper()
	return launchIn(t, append(environ(), "MORESQL_DATABASE_URI="+uri), args...)
}

// launchIn runs the command with args in an environment.
func launchIn(t *testing.T, environ []string, args ...string) *command {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	c := &command{
		t:       t,
		process: exec.Command(path, args...),
		stdout:  newOutput(),
		stderr:  newOutput(),
		temp:    t.TempDir(),
		done:    make(chan struct{}),
	}
	c.process.Env = append(environ, "TMPDIR="+c.temp, "GORACE=atexit_sleep_ms=0")
	c.process.Stdout, c.process.Stderr = c.stdout, c.stderr
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		c.process.Wait() // ProcessState has the result
		close(c.done)
	}()
	t.Cleanup(func() {
		c.process.Process.Kill()
		<-c.done
		if strings.Contains(c.stderr.String(), "DATA RACE") {
			t.Errorf("the command has a race:\n%s", c.stderr)
		}
	})
	return c
}

// environ returns the environment without the variables that could configure the command.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MORESQL_") ||
			strings.HasPrefix(v, "DATABASE_URL=") || strings.HasPrefix(v, "PG")
	})
}

// start launches the command on a free port and waits until it listens.
func start(t *testing.T, uri string, args ...string) *command {
	t.Helper()
	c := launch(t, uri, append([]string{"-addr", "localhost:0"}, args...)...)
	c.await(c.stdout, "listening on ")
	return c
}

// url returns the URL that the command has printed.
func (c *command) url() string {
	_, after, _ := strings.Cut(c.stdout.String(), "listening on ")
	return strings.TrimSpace(after)
}

// curls returns the curl lines that the command has printed.
func (c *command) curls() []string {
	var lines []string
	for line := range strings.Lines(c.stdout.String()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "curl ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// await waits until the output contains a text.
func (c *command) await(o *output, text string) {
	c.t.Helper()
	deadline := time.After(patience)
	for ended := false; ; {
		got, changed := o.read()
		if strings.Contains(got, text) {
			return
		}
		if ended {
			c.t.Fatalf("the command ended without printing %q:\n%s%s", text, c.stdout, c.stderr)
		}
		select {
		case <-changed:
		case <-c.done:
			ended = true
		case <-deadline:
			c.t.Fatalf("the command does not print %q:\n%s%s", text, c.stdout, c.stderr)
		}
	}
}

// wait waits for the command to end and returns its exit status.
func (c *command) wait() int {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		c.t.Fatalf("the command does not end:\n%s", c.stderr)
	}
	return c.process.ProcessState.ExitCode()
}

// stop terminates the command, which must exit with status 0 and leave no temporary files.
func (c *command) stop() {
	c.t.Helper()
	c.terminate()
	if status := c.wait(); status != 0 {
		c.t.Errorf("exit status %d:\n%s", status, c.stderr)
	}
	left, err := os.ReadDir(c.temp)
	if err != nil || len(left) > 0 {
		c.t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

func (c *command) terminate() {
	c.t.Helper()
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
}

// An output records what a command prints.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed by the next Write
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.text.Write(p)
}

func (o *output) read() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.changed
}

func (o *output) String() string {
	text, _ := o.read()
	return text
}

// databases are those that the sample runs on. Each call of uri creates an empty one; SQLite's has
// no URI.
var databases = []struct {
	name string
	uri  func(t *testing.T) string
}{
	{"SQLite", func(*testing.T) string { return "" }},
	{"PostgreSQL", newPostgreSQL},
	{"MariaDB", newMariaDB},
}

// newPostgreSQL creates an empty database and returns its URI.
func newPostgreSQL(t *testing.T) string {
	t.Helper()
	return newDatabase(t, pgtest.URI(t), "WITH (FORCE)")
}

// newMariaDB creates an empty database and returns its URI.
func newMariaDB(t *testing.T) string {
	t.Helper()
	return newDatabase(t, mariadbtest.URI(t), "")
}

// newDatabase creates an empty database on the server at uri, and drops it with the option force
// when the test ends.
func newDatabase(t *testing.T, uri, force string) string {
	t.Helper()
	db, name := connect(t, uri), fmt.Sprintf("moresql_%d", rand.Uint32())
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Exec("DROP DATABASE " + name + " " + force) })
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// connect returns the test's own pool for the server at uri.
func connect(t *testing.T, uri string) *sql.DB {
	t.Helper()
	p, err := database.Locate("uri", uri)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(p.Connector)
	t.Cleanup(func() { db.Close() })
	return db
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.After(patience); !condition(); {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("timed out waiting until %s", what)
		}
	}
}
