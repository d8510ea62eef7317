package testserver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// freePort returns a port of 127.0.0.1 that is free at the moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// maxDir limits the path of a server's folder, in bytes, so that a socket's name
// can follow: a Unix socket's path has at most 103 bytes on macOS, 107 on Linux.
const maxDir = 80

// makeDir creates a folder for one server. The user, if not nil, owns it and can
// reach it.
func makeDir(user *account) (string, error) {
	parent := os.TempDir()
	if len(parent) > maxDir-len("/moresql0123456789") || user != nil && !openToAll(parent) {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "moresql")
	if err != nil {
		return "", err
	}
	if user != nil {
		if err := os.Chown(dir, user.uid, user.gid); err != nil {
			os.RemoveAll(dir)
			return "", fmt.Errorf("handing %s to an unprivileged user: %w", dir, err)
		}
	}
	return dir, nil
}

// openToAll reports whether every user may traverse dir and all folders above it.
func openToAll(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}
