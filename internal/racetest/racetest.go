// Package racetest has tests compute less where the race detector makes computation ten times as
// slow: it finds nothing more in the same code with other values. What a test leaves out there,
// .ci/test or .ci/test-postgres runs without the detector.
package racetest

import (
	"runtime/debug"
	"slices"
)

// Enabled reports whether this program has the race detector.
func Enabled() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// Sized returns how many values a test computes with: full, or small with the race detector.
func Sized(full, small int) int {
	if Enabled() {
		return small
	}
	return full
}
