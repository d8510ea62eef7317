package main

import "golang.org/x/sys/windows"

// What sockets of Windows report has numbers of its own, which package syscall does not have.
const (
	addressInUse      = windows.WSAEADDRINUSE
	connectionRefused = windows.WSAECONNREFUSED
	connectionReset   = windows.WSAECONNRESET
)
