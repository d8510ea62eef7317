// Package systemd speaks with the service manager that has started the process, if one has: it
// takes sockets from it (sd_listen_fds(3)) and reports the state of the service (sd_notify(3)).
package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Listeners returns the sockets that the manager has opened under a name (FileDescriptorName=). The
// name "" takes all whose name is not one of others. One that nobody served would accept clients,
// and leave them without a response.
func Listeners(name string, others ...string) (all []net.Listener, err error) {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	count, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil {
		return nil, nil
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	for i := range count {
		own := ""
		if i < len(names) {
			own = names[i]
		}
		if own != name && (name != "" || slices.Contains(others, own)) {
			continue
		}
		const first = 3 // SD_LISTEN_FDS_START
		file := os.NewFile(uintptr(first+i), "LISTEN_FD_"+strconv.Itoa(first+i))
		listener, err := net.FileListener(file)
		file.Close() // FileListener has a copy
		if err != nil {
			return nil, fmt.Errorf("socket %d of systemd cannot be served (%w): name it by ListenStream=",
				i+1, errors.Unwrap(err))
		}
		all = append(all, listener)
	}
	return all, nil
}

// The states of a service.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
	reload   = "RELOADING=1"
	alive    = "WATCHDOG=1"
)

// NotifyReload reports that a reload begins, which ends when Ready is reported.
func NotifyReload() { Notify(reloading()) }

// Notify reports a state. Without a manager that wants to know it does nothing.
func Notify(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	conn.Write([]byte(state))
}

// Watch reports that the process is alive, twice as often as the manager wants (WatchdogSec=),
// until ctx is done.
func Watch(ctx context.Context) {
	limit, err := strconv.Atoi(os.Getenv("WATCHDOG_USEC"))
	if pid := os.Getenv("WATCHDOG_PID"); err != nil || limit < 2 ||
		pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return
	}
	tick := time.NewTicker(time.Duration(limit) * time.Microsecond / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			Notify(alive)
		}
	}
}
