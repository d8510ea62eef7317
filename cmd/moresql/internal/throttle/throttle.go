// Package throttle limits how many requests a second each client may make.
package throttle

import (
	"container/list"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Limiter has a token bucket for each of the clients that have been seen last. It is safe for
// concurrent use.
type Limiter struct {
	rate    rate.Limit
	burst   int
	clients int              // at most
	now     func() time.Time // time.Now but in tests

	mu     sync.Mutex
	byName map[string]*list.Element
	order  list.List // of *bucket, the one that was used last in front
}

type bucket struct {
	name    string
	limiter *rate.Limiter
}

// New returns a Limiter that lets each client make burst requests at once, and perSecond in the
// long run. It remembers clients at most; of more it forgets the one that has been silent for
// longest, which may then make a burst again.
func New(perSecond float64, burst, clients int) *Limiter {
	return &Limiter{
		rate: rate.Limit(perSecond), burst: burst, clients: clients, now: time.Now,
		byName: map[string]*list.Element{},
	}
}

// Take counts a request of a client. It returns 0, or else how long the client has to wait; such a
// request does not count.
func (l *Limiter) Take(client string) time.Duration {
	now := l.now()
	r := l.bucket(client).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *Limiter) bucket(client string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byName[client]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*bucket).limiter
	}
	if l.order.Len() >= l.clients {
		last := l.order.Back()
		delete(l.byName, l.order.Remove(last).(*bucket).name)
	}
	b := &bucket{client, rate.NewLimiter(l.rate, l.burst)}
	l.byName[client] = l.order.PushFront(b)
	return b.limiter
}

// Address names the client of a request by its address, or by the last one in the header field,
// which a proxy of one's own has added, unless that is "". A network of IPv6 counts as one client,
// since it has 2^64 addresses (RFC 4291, 2.5.1).
func Address(r *http.Request, field string) string {
	text := r.RemoteAddr
	if values := r.Header.Values(field); field != "" && len(values) > 0 {
		text = values[len(values)-1]
		text = strings.TrimSpace(text[strings.LastIndexByte(text, ',')+1:])
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		var address netip.Addr
		if address, err = netip.ParseAddr(strings.Trim(text, "[]")); err != nil {
			return "" // of a Unix socket, or what no proxy writes: one client for all
		}
		at = netip.AddrPortFrom(address, 0)
	}
	address := at.Addr().Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, err := address.Prefix(64)
	if err != nil {
		return address.String()
	}
	return network.String()
}
