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
	public := &net.TCPAddr{IP: net.IPv4zero}
	loopback := &net.TCPAddr{IP: net.IPv6loopback}
	if names := HostNames(nil, addr, loopback, public); names != nil {
		t.Errorf("%q, of a server that others reach at its second address", names)
	}
	if names := HostNames(nil, addr, &net.UnixAddr{}, loopback); !isHost("localhost", names) ||
		isHost("evil.example", names) {
		t.Errorf("%q, of a server with a Unix socket and a port of this machine", names)
	}
	names := HostNames(nil, addr, loopback)
	if !isHost(addr, names) || isHost("evil.example", names) {
		t.Errorf("%q", names)
	}
}
