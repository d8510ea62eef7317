package dbtest

import (
	"runtime/debug"
	"slices"
)

// sized returns how many values a test computes with: full, or small with the race detector, which
// makes computation slow and finds nothing more in the same code with other values.
// .ci/test-postgres runs such tests in full.
func sized(full, small int) int {
	race := debug.BuildSetting{Key: "-race", Value: "true"}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, race) {
		return small
	}
	return full
}
