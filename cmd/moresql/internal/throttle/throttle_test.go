package throttle

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestClientsWaitForTheirOwnTurn(t *testing.T) {
	now := time.Unix(0, 0)
	l := New(2, 3, 10)
	l.now = func() time.Time { return now }
	for i, test := range []struct {
		client string
		after  time.Duration
		wait   time.Duration
	}{
		{"a", 0, 0},
		{"a", 0, 0},
		{"a", 0, 0},
		{"a", 0, time.Second / 2}, // two a second
		{"b", 0, 0},
		{"a", time.Second / 4, time.Second / 4}, // what was refused does not count
		{"a", time.Second / 4, 0},
		{"a", 0, time.Second / 2},
		{"a", time.Hour, 0},
		{"a", 0, 0},
		{"a", 0, 0},
		{"a", 0, time.Second / 2}, // an hour saves no more than a burst
	} {
		now = now.Add(test.after)
		if wait := l.Take(test.client); wait != test.wait {
			t.Errorf("request %d, of %s: %v, want %v", i, test.client, wait, test.wait)
		}
	}
}

func TestClientsAreForgotten(t *testing.T) {
	now := time.Unix(0, 0)
	l := New(1, 1, 100)
	l.now = func() time.Time { return now }
	for i := range 10_000 {
		l.Take("busy")
		l.Take(fmt.Sprint(i))
	}
	if len(l.byName) != 100 || l.order.Len() != 100 {
		t.Errorf("%d and %d clients", len(l.byName), l.order.Len())
	}
	if l.Take("busy") == 0 {
		t.Error("a client that is there all the time is forgotten")
	}
}

func TestAddress(t *testing.T) {
	for _, test := range []struct{ remote, header, want string }{
		{"192.0.2.1:1234", "", "192.0.2.1"},
		{"[2001:db8:1:2:3::4]:1234", "", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:1234", "", "192.0.2.1"},
		{"[fe80::1%eth0]:1234", "", "fe80::/64"},
		{"@", "", ""},
		{"192.0.2.1:1234", "198.51.100.7", "198.51.100.7"},
		{"192.0.2.1:1234", "203.0.113.9, 198.51.100.7", "198.51.100.7"}, // a client wrote the first
		{"192.0.2.1:1234", "198.51.100.7:99", "198.51.100.7"},
		{"192.0.2.1:1234", "[2001:db8::1]", "2001:db8::/64"},
		{"192.0.2.1:1234", "unknown", ""},
	} {
		r := &http.Request{RemoteAddr: test.remote, Header: http.Header{}}
		if test.header != "" {
			r.Header.Set("X-Forwarded-For", test.header)
		}
		if got := Address(r, "X-Forwarded-For"); got != test.want {
			t.Errorf("%s, %s: %s, want %s", test.remote, test.header, got, test.want)
		}
		if got := Address(r, ""); test.header != "" && got != "192.0.2.1" {
			t.Errorf("without a proxy %s counts: %s", test.header, got)
		}
	}
}
