package main

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A terminal runs a command in a pseudo-terminal.
type terminal struct {
	*command
	file *os.File
}

// openTerminal starts the built command in a terminal of a width. What the terminal shows is in
// stdout, with the newlines of programs.
func openTerminal(
	t *testing.T, width uint16, environ []string, name string, args ...string,
) *terminal {
	t.Helper()
	c := &command{t: t, process: exec.Command(name, args...), stdout: newOutput(),
		stderr: newOutput(), temp: t.TempDir(), done: make(chan struct{})}
	c.process.Env = append(environ, "TERM=xterm", "TMPDIR="+c.temp, "GORACE=atexit_sleep_ms=0")
	file, err := pty.StartWithSize(c.process, &pty.Winsize{Rows: 24, Cols: width})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		io.Copy(withoutReturns{c.stdout}, file) // ends with EIO when the command has
		c.process.Wait()
		close(c.done)
	}()
	t.Cleanup(func() {
		c.process.Process.Kill()
		<-c.done
		file.Close()
	})
	return &terminal{c, file}
}

// withoutReturns leaves out the carriage returns that a terminal adds.
type withoutReturns struct{ io.Writer }

func (w withoutReturns) Write(p []byte) (int, error) {
	_, err := w.Writer.Write(bytes.ReplaceAll(p, []byte("\r"), nil))
	return len(p), err
}

func (c *terminal) types(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.file, text); err != nil {
		c.t.Fatal(err)
	}
}

// widths returns the widths of the lines of a text as a terminal shows them, by the tables of the C
// library.
func widths(t *testing.T, text string) (list []int) {
	t.Helper()
	for line := range strings.Lines(text) {
		wc := exec.Command("wc", "-L")
		wc.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
		wc.Stdin = strings.NewReader(strings.TrimSuffix(line, "\n"))
		out, err := wc.Output()
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

// Values that are wide, long, absent, empty or dangerous.
const strange = `CREATE SCHEMA api;
	CREATE FUNCTION api.strange() RETURNS TABLE ("名前" text, n numeric, t text) LANGUAGE sql STABLE
	AS $$ VALUES ('東京タワー', 1.50, NULL), ('é', 22.5, 'NULL'), ('', -1, ''),
		('x', NULL, E'\x1b[31mred\nline\u202e'), ('y', 0, repeat('long ', 40)) $$;
	CREATE FUNCTION api.one(OUT a int, OUT long text) LANGUAGE sql STABLE
	AS $$ SELECT 1, repeat('long ', 40) $$`

func TestCallDrawsATableOnATerminal(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), strange)
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	in := append(environ(), "MORESQL_DATABASE_URI="+uri, "MORESQL_SCHEMA=api", "NO_COLOR=1")
	c := openTerminal(t, 60, in, path, "call", "strange")
	if status := c.wait(); status != 0 {
		t.Fatalf("exit status %d: %s", status, c.stdout)
	}
	text := c.stdout.String()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 8 || lines[7] != "(5 rows)" {
		t.Fatalf("%q", lines)
	}
	for i, want := range [][]string{
		{"名前", "n", "t"}, nil, {"東京タワー", "1.50", "NULL"}, {"é", "22.5", `"NULL"`},
		{"", "-1", ""},
		{"x", "NULL", `\u001b[31mred\nline\u202e`},
	} {
		cells := strings.Split(lines[i], "│")
		for j := range want {
			if strings.TrimSpace(cells[j]) != want[j] {
				t.Errorf("line %d is %q, want the values %q", i+1, lines[i], want)
			}
		}
		// What is before a separator has the same width on every line.
		before := strings.Join(cells[:max(len(cells)-1, 1)], "│")
		if got := widths(t, before)[0]; want != nil && got != widths(t, "東京タワー │ 22.5 ")[0] {
			t.Errorf("the separators of %q are at %d", lines[i], got)
		}
	}
	if !strings.HasSuffix(lines[6], "…") {
		t.Errorf("%q does not end with …", lines[6])
	}
	for i, width := range widths(t, text) {
		if width > 60 {
			t.Errorf("line %d has %d columns of 60", i+1, width)
		}
	}

	// A terminal that is too narrow for the columns shows each on a line, whole.
	c = openTerminal(t, 20, in, path, "call", "strange")
	c.wait()
	second := "── 2 ──\n名前 │ é\nn    │ 22.5\n"
	if text := c.stdout.String(); !strings.Contains(text, second) ||
		!strings.Contains(text, strings.TrimSpace(strings.Repeat("long ", 40))) {
		t.Errorf("%s", text)
	}
	// So is one row, as an object is.
	c = openTerminal(t, 60, in, path, "call", "one")
	c.wait()
	if text := c.stdout.String(); !strings.HasPrefix(text, "a    │ 1\nlong │ long long") {
		t.Errorf("%s", text)
	}
	// NULL is dim, and names are bold.
	c = openTerminal(t, 60, in[:len(in)-1], path, "call", "strange")
	c.wait()
	if text := c.stdout.String(); !strings.Contains(text, "\x1b[2mNULL\x1b[0m") ||
		!strings.HasPrefix(text, "\x1b[1m名前\x1b[0m") || strings.Contains(text, "\x1b[31m") {
		t.Errorf("%q", text)
	}
	c = openTerminal(t, 60, in, path, "call", "strange", "-o", "arrow")
	if c.wait() != 2 || !strings.Contains(c.stdout.String(), "write them to a file by > file") {
		t.Errorf("%s", c.stdout)
	}
	c = openTerminal(t, 60, in, path, "call", "one", "-o", "csv")
	if c.wait() != 0 || !strings.HasPrefix(c.stdout.String(), "a,long\n1,") {
		t.Errorf("%s", c.stdout)
	}
	calls := filepath.Join(t.TempDir(), "calls")
	if err := os.WriteFile(calls, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	inJSON := `{"名前":"x","n":null,"t":"\u001b[31mred\nline\u202e"}`
	for _, test := range []struct{ reason, args, want string }{
		{"a newline of a value is one of CSV", "-o csv", "x,,\"\\u001b[31mred\nline\\u202e\"\ny,0,"},
		{"JSON, in which it is the same value", "-o json", inJSON + ","},
		{"lines of it", "-o ndjson", "\n" + inJSON + "\n"},
		{"those of many calls", "-each " + calls, inJSON + ","},
		{"and of one transaction", "-atomic -each " + calls, inJSON + ","},
	} {
		c = openTerminal(t, 60, in, path, append([]string{"call", "strange"},
			strings.Fields(test.args)...)...)
		if c.wait() != 0 || !strings.Contains(c.stdout.String(), test.want) {
			t.Errorf("%s: %q, want %q", test.reason, c.stdout, test.want)
		}
	}
}

// Ctrl-C ends the query on the server, too.
func TestCallIsInterruptedByControlC(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE FUNCTION api.nap() RETURNS text LANGUAGE sql
		AS $$ SELECT 'slept' FROM pg_sleep(600) $$`)
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	napping := func() int {
		return count(t, db, `SELECT count(*) FROM pg_stat_activity
			WHERE state = 'active' AND wait_event = 'PgSleep' AND datname = current_database()`)
	}
	c := openTerminal(t, 80, append(environ(), "MORESQL_DATABASE_URI="+uri), path,
		"call", "-schema", "api", "nap")
	eventually(t, "the query runs", func() bool { return napping() == 1 })
	began := time.Now()
	c.types("\x03")
	status, text := c.wait(), c.stdout.String()
	if status != 1 || !strings.Contains(text, "moresql: interrupted") {
		t.Errorf("exit status %d: %s", status, text)
	}
	eventually(t, "the query is cancelled", func() bool { return napping() == 0 })
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Ctrl-C ends what waits for a line that somebody has not typed yet.
func TestInputIsInterruptedByControlC(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cars.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "CREATE TABLE cars (id int)")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ args, first, want string }{
		{"call get_films -", "", "moresql: interrupted"},
		{"call get_films -", "{\n", "moresql: interrupted"},
		{"call get_films -each -", "", "moresql: interrupted"},
		{"call get_films -each -", "{\"title\":\"Bull\"}\n", "interrupted, after "},
		{"call get_films -each - -atomic", "", "interrupted"},
		{"import - -into cars -db " + file, "", "moresql: stopped"},
		{"import - -into cars -db " + file, "id\n1\n", "moresql: stopped"},
	} {
		in := &waitingInput{first: strings.NewReader(test.first), waits: make(chan bool)}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-in.waits
			cancel()
		}()
		var out, stderr bytes.Buffer
		status := process{stdin: in, stdout: &out, stderr: &stderr}.run(ctx, strings.Fields(test.args))
		if status != 1 || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%s: exit status %d, %s", test.args, status, &stderr)
		}
	}
}

// A waitingInput is that of somebody who types a part, and then nothing.
type waitingInput struct {
	first io.Reader
	waits chan bool // closed when the part has been read
}

func (w *waitingInput) Read(p []byte) (int, error) {
	if n, err := w.first.Read(p); err == nil {
		return n, nil
	}
	close(w.waits)
	select {}
}
