package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Peak returns the peak resident memory of a process in bytes. It works on Linux only, as do
// ResetPeak and Listener.
func Peak(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return peakIn(string(status))
}

func peakIn(status string) (float64, error) {
	for line := range strings.Lines(status) {
		var kilobytes float64
		if n, err := fmt.Sscanf(line, "VmHWM: %g kB", &kilobytes); n == 1 && err == nil {
			return kilobytes * 1024, nil
		}
	}
	return 0, fmt.Errorf("no VmHWM in the process's status")
}

// ResetPeak lets the peak of a process begin anew with the memory that it has now (proc(5),
// clear_refs).
func ResetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// Listener returns the process that listens on a port of this machine, if it is the user's own.
func Listener(port int) (pid int, err error) {
	sockets, err := listening(port)
	if err != nil {
		return 0, err
	}
	descriptors, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0, err
	}
	for _, name := range descriptors {
		// A descriptor that cannot be read has been closed, or is somebody else's.
		if target, err := os.Readlink(name); err == nil && sockets[target] {
			return strconv.Atoi(strings.Split(name, "/")[2])
		}
	}
	return 0, fmt.Errorf("no process of this user listens on port %d", port)
}

// listening returns the sockets that listen on a port, as links to them look.
func listening(port int) (map[string]bool, error) {
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		lines, err := os.ReadFile(table)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(lines)) {
			const local, state, inode, listen = 1, 3, 9, "0A" // proc(5)
			fields := strings.Fields(line)
			if len(fields) > inode && fields[state] == listen &&
				strings.HasSuffix(fields[local], fmt.Sprintf(":%04X", port)) {
				sockets["socket:["+fields[inode]+"]"] = true
			}
		}
	}
	return sockets, nil
}
