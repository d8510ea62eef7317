package measure

import (
	"fmt"
	"os"
	"strings"
)

// Peak returns the peak resident memory of this process in bytes. It works on Linux only.
func Peak() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
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
