package guard

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
)

// local are the names of this machine that no other can take.
var local = []string{"localhost"}

// Hosts refuses requests for a host that the server does not have. A page of another site can
// give its own name the address of this server (DNS rebinding), which makes the browser let it read
// every response; the name is still in the request. An address cannot be taken so and always
// counts. names has the allowed names; none allows all.
func Hosts(names []string, next http.Handler) http.Handler {
	if len(names) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHost(r.Host, names) {
			next.ServeHTTP(w, r)
			return
		}
		failure.Respond(w, r, http.StatusMisdirectedRequest, // RFC 9110, 15.5.20
			"the server does not have the host that the request names",
			"whoever runs the server can allow it by the flag -host")
	})
}

// isHost reports whether the Host of a request is an address or has one of the names.
func isHost(host string, names []string) bool {
	if host == "" { // HTTP/1.0, which no browser sends
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	return slices.Contains(names, name) || strings.HasSuffix(name, ".localhost") // RFC 6761, 6.3
}

// HostNames returns the names by which the server may be called that listens at addresses, of which
// addr is one as a flag has it: those given, and where its ports are all on the loopback interface
// those of this machine. Without given ones any name leads to another address.
func HostNames(given []string, addr string, at ...net.Addr) []string {
	names := slices.Clone(given)
	if len(names) == 0 && !isOnLoopback(at) {
		return nil
	}
	if host, _, err := net.SplitHostPort(addr); err == nil && host != "" {
		names = append(names, strings.ToLower(host))
	}
	return append(names, local...)
}

// isOnLoopback reports whether a server has a port, and only such as this machine alone can reach.
func isOnLoopback(at []net.Addr) (is bool) {
	for _, addr := range at {
		if tcp, ok := addr.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			return false
		} else if ok {
			is = true
		}
	}
	return is
}

// SameOrigin refuses requests by which a page of another site would change something: a form can
// send one without a preflight request. The origins that may read responses may do that, too.
func SameOrigin(origins []string, next http.Handler) http.Handler {
	if slices.Contains(origins, "*") {
		return next
	}
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			panic(err) // OriginOf has made it
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		failure.Respond(w, r, http.StatusForbidden, "a page of another origin cannot do this",
			"whoever runs the server can allow its origin by the flag -cors")
	}))
	return protection.Handler(next)
}
