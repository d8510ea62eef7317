package testserver

import "syscall"

// endWithParent has the kernel end the program when the thread that started it
// ends, also when that comes from a SIGKILL that leaves no time to clean up.
func endWithParent(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	attr.Pdeathsig = abort
	return attr
}
