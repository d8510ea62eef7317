package failure

import "golang.org/x/sys/windows"

// What sockets of Windows report has numbers of its own, which package syscall does not have.
const (
	AddressInUse      = windows.WSAEADDRINUSE
	ConnectionRefused = windows.WSAECONNREFUSED
	ConnectionReset   = windows.WSAECONNRESET
)
