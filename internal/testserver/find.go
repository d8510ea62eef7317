package testserver

import (
	"os/exec"
	"path/filepath"
)

// Lookup returns the path of the first of the named programs, each sought in
// all of the folders and after them in PATH, or "" where there is none.
func Lookup(folders []string, names ...string) string {
	for _, name := range names {
		for _, folder := range folders {
			// A name with a slash is not sought in PATH, only checked.
			if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
				return path
			}
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
