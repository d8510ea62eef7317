package pgtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/internal/testserver"
)

// programs returns those in the folder that folderVariable names, without checking
// that they are there: a test on a named version fails without it. Without
// the variable they are the newest that the machine has.
func programs() (testserver.Programs, bool) {
	if folder := os.Getenv(folderVariable); folder != "" {
		return testserver.Programs{
			Install: filepath.Join(folder, "initdb"),
			Serve:   filepath.Join(folder, "postgres"),
		}, true
	}
	return find(packaged())
}

// packaged returns the folders of PostgreSQL's Debian packages, which are not in
// PATH, the newest version first.
func packaged() []string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.SortFunc(folders, func(a, b string) int {
		// As numbers: 9.6 comes before 15.
		if version(a) < version(b) {
			return 1
		}
		return -1
	})
	return folders
}

// version returns the version in a folder's name, /usr/lib/postgresql/15/bin.
func version(folder string) float64 {
	v, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(folder)), 64) // else 0, the oldest
	return v
}

// find looks for both programs in the given folders, then in the one that
// pg_config reports and in PATH. In a folder both must be there, since their
// versions have to agree.
func find(folders []string) (testserver.Programs, bool) {
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	for _, folder := range folders {
		initdb, err1 := exec.LookPath(filepath.Join(folder, "initdb"))
		postgres, err2 := exec.LookPath(filepath.Join(folder, "postgres"))
		if err1 == nil && err2 == nil {
			return testserver.Programs{Install: initdb, Serve: postgres}, true
		}
	}
	p := testserver.Programs{
		Install: testserver.Lookup(nil, "initdb"),
		Serve:   testserver.Lookup(nil, "postgres"),
	}
	return p, p.Install != "" && p.Serve != ""
}
