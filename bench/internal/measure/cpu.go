package measure

import "syscall"

// CPU returns the processor time that this process has taken so far, in seconds, the kernel's on
// its behalf included.
func CPU() (float64, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, nil
}
