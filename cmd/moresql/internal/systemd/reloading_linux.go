package systemd

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// reloading is what reports that a reload begins: when, by the clock that systemd compares, to know
// whether it has caused the reload (Type=notify-reload).
func reloading() string {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return reload
	}
	return reload + "\nMONOTONIC_USEC=" + strconv.FormatInt(now.Nano()/1000, 10)
}
