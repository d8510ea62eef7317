package testserver

import (
	"os/exec"
	"path/filepath"
)

// Lookup returns the path of the first of the named programs that exists, or "".
// It looks for each in the folders and then in PATH.
func Lookup(folders []string, names ...string) string {
	for _, name := range names {
		for _, folder := range folders {
			// LookPath does not search PATH for a name with a slash.
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
