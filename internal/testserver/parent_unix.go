//go:build unix && !linux

package testserver

import "syscall"

// endWithParent does nothing: only Linux has the parent-death signal. Elsewhere a
// server outlives tests that are killed, and only those.
func endWithParent(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	return attr
}
