//go:build !linux

package systemd

// reloading is what reports that a reload begins. There is no systemd that would need to know when.
func reloading() string { return reload }
