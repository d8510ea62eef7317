//go:build unix

package testserver

import (
	"os/exec"
	"syscall"
)

// supported reports whether servers can be started on this system.
const supported = true

// abort ends a server at once: an immediate shutdown of PostgreSQL, which still
// takes its children with it, and a plain one of MariaDB.
const abort = syscall.SIGQUIT

// restrict makes cmd run as user, unless that is nil, and end with its parent.
func restrict(cmd *exec.Cmd, user *account) {
	cmd.SysProcAttr = endWithParent(&syscall.SysProcAttr{})
	if user != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{
			Uid: uint32(user.uid),
			Gid: uint32(user.gid),
		}
	}
}
