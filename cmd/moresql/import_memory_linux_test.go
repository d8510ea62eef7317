package main

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"
)

var peakMark = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// A million rows take the process no more memory than a fifth of them, whether they are new, are
// compared with those that are there, or are sorted before.
func TestImportKeepsMemoryFlat(t *testing.T) {
	t.Setenv("GOGC", "25") // of the command: what it keeps shows better with less garbage
	p := importPlaces(t, "import_flat", importColumns)[0]
	peak := func(rows int) (mib float64) {
		ordered := writeFile(t, "cars.csv", manyRows(rows))
		reversed := writeFile(t, "reversed.csv", backwards(manyRows(rows)))
		keyed := []string{"-key", "id", "-existing", "update"}
		for _, run := range []struct {
			empties bool // the table is emptied before
			file    string
			args    []string
		}{{true, ordered, nil}, {false, ordered, keyed}, {true, reversed, keyed}} {
			if run.empties {
				mustExec(t, p.db, "TRUNCATE import_flat")
			}
			args := append([]string{"import", run.file, "-into", p.table}, run.args...)
			c := launchPlainly(t, p.uri, args...)
			mib = max(mib, c.lastPeak())
			if status := c.wait(); status != 0 {
				t.Fatalf("%s %v: exit status %d, %s", run.file, run.args, status, c.stderr)
			}
			n := 0
			err := p.db.QueryRow("SELECT count(*) FROM import_flat").Scan(&n)
			if err != nil || n != rows {
				t.Errorf("%s %v: %d rows, want %d; %v", run.file, run.args, n, rows, err)
			}
		}
		return mib
	}
	checkFlat(t, peak, 200_000, 1_000_000, 8)
}

// lastPeak is peak for a process that ends by itself, as it was last seen. It leaves the machine to
// the process in between.
func (c *command) lastPeak() (mib float64) {
	c.t.Helper()
	file := fmt.Sprintf("/proc/%d/status", c.process.Process.Pid)
	for ; ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(file)
		match := peakMark.FindSubmatch(text)
		if err != nil || match == nil {
			return mib
		}
		fmt.Sscan(string(match[1]), &mib)
		mib /= 1024
	}
}
