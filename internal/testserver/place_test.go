//go:build unix

package testserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMakeDirAvoidsUnusableTemporaryFolders(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", maxDir))
	closed := filepath.Join(t.TempDir(), "y")
	for _, parent := range []string{long, closed} {
		if err := os.Mkdir(parent, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	self := &account{uid: os.Getuid(), gid: os.Getgid()}
	for _, test := range []struct {
		name, parent string
		user         *account
	}{
		{"too long for a socket", long, nil},
		{"closed to the server's user", closed, self},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("TMPDIR", test.parent)
			dir, err := makeDir(test.user)
			if err != nil {
				t.Fatal(err)
			}
			defer os.Remove(dir)
			if strings.HasPrefix(dir, test.parent) || len(dir) > maxDir {
				t.Errorf("the folder is %s", dir)
			}
		})
	}
}
