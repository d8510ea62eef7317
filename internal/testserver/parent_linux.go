package testserver

import "syscall"

// endWithParent makes the kernel end the program when the thread that started it
// ends, even by a SIGKILL, which leaves no time to clean up.
func endWithParent(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	attr.Pdeathsig = abort
	return attr
}
