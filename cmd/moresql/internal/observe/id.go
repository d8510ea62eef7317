package observe

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"
)

// identifier returns what identifies a request in logs: what the client or a proxy calls it, the
// trace that it belongs to (W3C Trace Context, 3.2), or something new.
func identifier(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && isPlain(id) {
		return id
	}
	if id := traceOf(r.Header.Get("Traceparent")); id != "" {
		return id
	}
	return rand.Text()
}

var traceParent = regexp.MustCompile(`^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(-.*)?$`)

// traceOf returns the trace that a header names, "" if it is not valid: a later version than 00 may
// have more fields, and ff is none.
func traceOf(header string) string {
	if header == "" { // as it is nearly always
		return ""
	}
	m := traceParent.FindStringSubmatch(header)
	if m == nil || m[1] == "ff" || m[1] == "00" && m[4] != "" ||
		strings.Trim(m[2], "0") == "" || strings.Trim(m[3], "0") == "" {
		return ""
	}
	return m[2]
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
