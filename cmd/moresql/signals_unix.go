//go:build unix

package main

import (
	"os"
	"syscall"
)

// hangups are the signals that have the configuration read again. PostgREST reads its catalog again
// after SIGUSR1 and its configuration after SIGUSR2, which would end a process that ignores them:
// what sends them must not end the program that has taken PostgREST's place.
var hangups = []os.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}
