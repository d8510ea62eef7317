package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// manyRows is CSV of n rows.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("id,name,price\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,car %d,1.50\n", i+1, i)
	}
	return b.String()
}

// backwards is CSV with its rows in the opposite order.
func backwards(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Reverse(lines[1:])
	return strings.Join(lines, "")
}

// SIGKILL ends the import between or within two batches: the same command again does the rest.
func TestImportGoesOnAfterItWasKilled(t *testing.T) {
	const rows = 6_000
	file := writeFile(t, "cars.csv", manyRows(rows))
	const columns = "(id int, name varchar(40), price decimal(10,2))"
	for _, p := range importPlaces(t, "import_killed", columns) {
		t.Cleanup(func() { p.db.Exec("DROP TABLE moresql_imports") })
		args := []string{"import", file, "-into", p.table, "-batch", "50"}
		c := launchPlainly(t, p.uri, args...)
		count := func() (n int) {
			if err := p.db.QueryRow("SELECT count(*) FROM " + p.table).Scan(&n); err != nil {
				t.Log(p.name, err) // SQLite may be busy
			}
			return n
		}
		eventually(t, "a batch is committed", func() bool { return count() > 0 })
		c.process.Process.Kill()
		<-c.done
		part := 0
		eventually(t, "the server has noticed", func() bool {
			part = count()
			return part > 0 && part%50 == 0
		})
		if part == rows {
			t.Logf("%s: all was imported before it could be killed", p.name)
		}
		status, out := p.run(t, "", args[1:]...)
		if status != 0 || count() != rows {
			t.Errorf("%s: status %d, %d rows after %d\n%s", p.name, status, count(), part, out)
		}
		var different int
		p.db.QueryRow("SELECT count(DISTINCT id) FROM " + p.table).Scan(&different)
		if different != rows {
			t.Errorf("%s: %d different rows", p.name, different)
		}
		if status, out = p.run(t, "", args[1:]...); status != 0 || count() != rows ||
			!strings.Contains(out, "Nothing to do") {
			t.Errorf("%s, once more: status %d\n%s", p.name, status, out)
		}
		if status, out = p.run(t, "", append(args[1:], "-again")...); status != 0 || count() != 2*rows {
			t.Errorf("%s, -again: status %d\n%s", p.name, status, out)
		}
	}
}

func TestImportReportsWhatDiffers(t *testing.T) {
	for _, p := range importPlaces(t, "import_report", importColumns) {
		if _, err := p.db.Exec("INSERT INTO " + p.table + " VALUES (1, 'old', 1)"); err != nil {
			t.Fatal(err)
		}
		file := writeFile(t, "cars.csv", "id,name,price\n1,new,1\n2,b,2\n")
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		args := []string{file, "-into", p.table, "-key", "id", "-existing", "report", "-rejects", rejects}
		_, would := p.run(t, "", append(args, "-dry-run")...)
		status, out := p.run(t, "", args...)
		if !strings.HasSuffix(would, out) {
			t.Errorf("%s, -dry-run:\n%swhat is done:\n%s", p.name, would, out)
		}
		text, err := os.ReadFile(rejects)
		if got := p.rows(t, "id, name"); got != "1|old\n2|b\n" || err != nil ||
			!strings.Contains(string(text), `the table has other values: name ""old"" → ""new""`) {
			t.Errorf("%s: status %d, %v\n%s%s%s", p.name, status, err, out, got, text)
		}
	}
}

// On a terminal a bar shows the rows, and none of it is left at the end. Rows that are sorted
// before they are written are shown twice.
func TestImportShowsItsProgressOnATerminal(t *testing.T) {
	const columns = "(id int PRIMARY KEY, name varchar(40), price decimal(10,2))"
	p := importPlaces(t, "import_shown", columns)[2]
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	rows := manyRows(50_000)
	for _, test := range []struct {
		name, text string
		sorted     bool
	}{
		{name: "in order", text: rows},
		{name: "in no order", text: backwards(rows), sorted: true},
	} {
		mustExec(t, p.db, "DELETE FROM "+p.table)
		file := writeFile(t, "cars.csv", test.text)
		again := exec.Command(path, "import", file, "-into", p.table, "-key", "id")
		again.Env = append(environ(), "MORESQL_DATABASE_URI="+p.uri, "TERM=xterm")
		terminal, err := pty.Start(again)
		if err != nil {
			t.Fatal(err)
		}
		defer terminal.Close()
		var shown strings.Builder
		block := make([]byte, 4096)
		terminal.SetReadDeadline(time.Now().Add(patience))
		for {
			n, err := terminal.Read(block)
			shown.Write(block[:n])
			if err != nil { // EIO when the command has ended
				break
			}
		}
		if err := again.Wait(); err != nil {
			t.Error(err)
		}
		if got := strings.Contains(shown.String(), "writing "); got != test.sorted {
			t.Errorf("%s: writing is shown: %t, want %t", test.name, got, test.sorted)
		}
		for _, text := range []string{"importing ", " rows", "%", "50,000  new in import_shown"} {
			if !strings.Contains(shown.String(), text) {
				t.Errorf("%s: no %q in %q", test.name, text, shown.String())
			}
		}
	}
}
