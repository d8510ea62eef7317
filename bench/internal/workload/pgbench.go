package workload

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/internal/testserver"
)

// findClient returns the path of a client of PostgreSQL, the newest if there are several, or "".
// Debian has it in a folder of its version; that in PATH chooses among them, which takes time.
func findClient(name string) string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.Reverse(folders)
	return testserver.Lookup(folders, name)
}

// pgbench lets PostgreSQL's own client call the function of W7 with nothing in between, as often
// as the server can. It measures whole seconds, and more of them where a busy machine has ended no
// call in the first.
func (b *Bench) pgbench(program string) measure.Subject {
	script := fmt.Sprintf("\\set a random(1, %d)\nSELECT * FROM one(:a);\n", b.Scale.Customers)
	seconds := int(math.Ceil(b.Scale.Slice.Seconds()))
	return measure.Subject{
		Name: contender.PGBench,
		Measure: func(ctx context.Context) (float64, error) {
			for duration := seconds; ; duration *= 2 {
				command := exec.CommandContext(ctx, program, "-n", "-M", "prepared", "-f", "/dev/stdin",
					"-c", strconv.Itoa(clients), "-j", "2", "-T", strconv.Itoa(duration), b.URI)
				command.Stdin = strings.NewReader(script)
				out, err := command.CombinedOutput()
				if err != nil {
					return 0, fmt.Errorf("%w: %s", err, out)
				}
				if none := "actually processed: 0\n"; !strings.Contains(string(out), none) {
					return transactions(string(out))
				}
			}
		},
	}
}

// transactions returns the transactions a second that pgbench reports.
func transactions(out string) (perSecond float64, err error) {
	_, rest, found := strings.Cut(out, "\ntps = ")
	if n, err := fmt.Sscan(rest, &perSecond); !found || n != 1 {
		return 0, fmt.Errorf("no tps in %q: %v", out, err)
	}
	return perSecond, nil
}
