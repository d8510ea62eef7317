//go:build !unix

package testserver

import (
	"os"
	"os/exec"
)

// supported reports whether servers can be started on this system. Without Unix
// the tests use a server named by an environment variable, or are skipped.
const supported = false

var abort = os.Kill

func restrict(*exec.Cmd, *account) {}
