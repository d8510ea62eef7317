package dbtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/internal/racetest"
)

// memoryChild is set in the processes that TestMemoryStaysFlat starts to measure their memory.
const memoryChild = "MORESQL_TEST_MEMORY_ROWS"

// TestMemoryStaysFlat checks that a million rows through Handler take at most 32 MiB more memory
// than a thousand.
func TestMemoryStaysFlat(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `CREATE OR REPLACE FUNCTION many(n int)
		RETURNS TABLE (id int, name text, price numeric, at timestamptz) LANGUAGE sql STABLE AS
		$$ SELECT i, 'name ' || i, i / 100.0, timestamptz 'epoch' + i * interval '1 minute'
		FROM generate_series(1, n) i $$`)
	rows := racetest.Sized(1_000_000, 50_000)
	few, many := peak(t, 1_000), peak(t, rows)
	t.Logf("peak memory of the process: %.1f MiB with 1,000 rows, %.1f MiB with %d", few, many, rows)
	if many-few > 32 {
		t.Errorf("%d rows take %.1f MiB more than 1,000", rows, many-few)
	}
}

// peak starts a process that serves a number of rows, and returns its peak memory in MiB.
func peak(t *testing.T, rows int) float64 {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), memoryChild+"="+strconv.Itoa(rows),
		"MORESQL_TEST_MEMORY_URI="+pgtest.URI(t))
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return peakOf(t, string(out))
}

// printPeak prints the peak memory of the process, as the kernel counts it since the program has
// begun. What wait(2) reports of it is at least the memory of the process that has started it.
func printPeak() {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fmt.Println(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "\n")
	fmt.Println("peak:", peak)
}

// peakOf returns what printPeak has printed, in MiB.
func peakOf(t *testing.T, output string) float64 {
	t.Helper()
	var kib float64
	_, peak, _ := strings.Cut(output, "peak:")
	if _, err := fmt.Sscan(peak, &kib); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return kib / 1024
}

// serveForMemory is the main function of that process.
func serveForMemory(rows string) int {
	db, err := sql.Open("postgres", os.Getenv("MORESQL_TEST_MEMORY_URI"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer db.Close()
	w := &discard{header: http.Header{}}
	moresql.New(db).Handler("many", moresql.Fields("n")).
		ServeHTTP(w, httptest.NewRequest("GET", "/?n="+rows, nil))
	if want, _ := strconv.Atoi(rows); w.status != 200 || w.bytes < want*50 {
		fmt.Println("status", w.status, "bytes", w.bytes)
		return 1
	}
	printPeak()
	return 0
}

// discard is a ResponseWriter that discards the body and counts its bytes.
type discard struct {
	header http.Header
	status int
	bytes  int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(s int)   { d.status = s }
func (d *discard) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}
