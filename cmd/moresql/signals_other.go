//go:build !unix

package main

import (
	"os"
	"syscall"
)

// hangups are the signals that have the configuration read again. Where there is no signal nothing
// sends it.
var hangups = []os.Signal{syscall.SIGHUP}
