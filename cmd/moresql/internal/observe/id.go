package observe

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// identifier returns what identifies a request in logs: what the client or a proxy calls it, the
// trace that it belongs to (W3C Trace Context, 3.2), or something new.
func identifier(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && isPlain(id) {
		return id
	}
	fields := strings.Split(r.Header.Get("Traceparent"), "-")
	if len(fields) >= 4 && len(fields[0]) == 2 && len(fields[1]) == 32 &&
		strings.Trim(fields[1], "0123456789abcdef") == "" && strings.Trim(fields[1], "0") != "" {
		return fields[1]
	}
	return rand.Text()
}

// isPlain reports whether an identifier is short and can garble no log.
func isPlain(id string) bool {
	if len(id) > 128 {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f {
			return false
		}
	}
	return true
}
