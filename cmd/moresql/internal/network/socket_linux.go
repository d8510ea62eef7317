package network

import "syscall"

// unsent is how much of a response the system holds of what it has not sent yet. By default it is
// megabytes, and the server would notice that a client reads only when a third of them have gone,
// which a slow one takes longer for than a block of a response may take.
const unsent = 16 << 10

const notSentLowAt = 25 // TCP_NOTSENT_LOWAT of tcp(7), which package syscall lacks

// showProgress has the connections of a listener report soon that their client reads.
func showProgress(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		// Without it, slow clients are cut off early, and nothing else is wrong.
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, notSentLowAt, unsent)
	})
}
