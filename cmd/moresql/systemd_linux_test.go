package main

import (
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// With Type=notify-reload systemd takes the beginning of a reload for the one that it has caused
// by the time that is told with it (sd_notify(3), MONOTONIC_USEC=).
func TestSystemdLearnsOfAReload(t *testing.T) {
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{
		Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	manager.SetReadDeadline(time.Now().Add(patience))
	state := func() string {
		text := make([]byte, 100)
		n, err := manager.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
	microseconds := func() (us int64) {
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
			t.Fatal(err)
		}
		return now.Nano() / 1000
	}
	environ := append(environ(), "NOTIFY_SOCKET="+manager.LocalAddr().String())
	c := launchIn(t, environ, "-addr", "localhost:0")
	if got := state(); got != "READY=1" {
		t.Errorf("the state is %q", got)
	}
	before := microseconds()
	if err := c.process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	text := state()
	var at int64
	n, err := fmt.Sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%d", &at)
	if err != nil || n != 1 || at < before || at > microseconds() {
		t.Errorf("the state is %q, and the time was %d: %v", text, before, err)
	}
	if got := state(); got != "READY=1" {
		t.Errorf("the state is %q", got)
	}
	c.terminate()
	if got := state(); got != "STOPPING=1" {
		t.Errorf("the state is %q", got)
	}
	c.wait()
}
