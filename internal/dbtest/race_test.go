package dbtest

import (
	"runtime/debug"
	"slices"
)

// sized returns the size of a test whose cost is computation by one goroutine: full, or small with
// the race detector, which takes ten times as long for it and has seen all of its code by then.
// .ci/test-postgres runs such tests in full.
func sized(full, small int) int {
	race := debug.BuildSetting{Key: "-race", Value: "true"}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, race) {
		return small
	}
	return full
}
