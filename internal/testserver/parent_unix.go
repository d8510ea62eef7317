//go:build unix && !linux

package testserver

import "syscall"

// endWithParent does nothing: there is no such thing outside Linux, so a server
// there outlives tests that are killed, and only those.
func endWithParent(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	return attr
}
