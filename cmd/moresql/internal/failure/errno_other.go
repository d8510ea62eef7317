//go:build !windows

package failure

import "syscall"

const (
	AddressInUse      = syscall.EADDRINUSE
	ConnectionRefused = syscall.ECONNREFUSED
	ConnectionReset   = syscall.ECONNRESET
)
