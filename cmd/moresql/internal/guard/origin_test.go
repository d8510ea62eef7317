package guard

import (
	"net"
	"testing"
)

func TestHostsAreNamesOnLoopbackOnly(t *testing.T) {
	const addr = "db.internal:80"
	if names := HostNames(nil, addr, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}); names != nil {
		t.Errorf("%q", names)
	}
	names := HostNames(nil, addr, &net.TCPAddr{IP: net.IPv6loopback})
	if !isHost(addr, names) || isHost("evil.example", names) {
		t.Errorf("%q", names)
	}
}
