package response

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// ParseSettings reads what a function has said of the answer by PostgREST's convention: response.status, and response.headers as a JSON array
// of objects or one object, name to value. "" is nothing.
func ParseSettings(status, headers string) (int, http.Header, error) {
	code := 0
	if status != "" {
		var err error
		if code, err = strconv.Atoi(status); err != nil || code < 200 || code > 599 {
			return 0, nil, errors.New("the function has set response.status to what is no status: set it to one of 200 to 599")
		}
	}
	if headers == "" {
		return code, nil, nil
	}
	var list []map[string]string
	if strings.HasPrefix(strings.TrimSpace(headers), "{") {
		headers = "[" + headers + "]"
	}
	if err := json.Unmarshal([]byte(headers), &list); err != nil {
		return 0, nil, errors.New(`the function has set response.headers to what is no list of headers: set it to a JSON array such as [{"Cache-Control": "no-store"}]`)
	}
	h := http.Header{}
	for _, object := range list {
		for name, value := range object {
			key := textproto.CanonicalMIMEHeaderKey(name)
			if !validName(name) || strings.ContainsAny(value, "\r\n\x00") || slices.Contains(framing, key) {
				return 0, nil, fmt.Errorf("the function has set a header in response.headers that it cannot: %.64q", name)
			}
			h.Add(key, value)
		}
	}
	return code, h, nil
}

// framing are the headers that tell where an answer ends and how it is sent, which is net/http's to say.
var framing = []string{"Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade", "Keep-Alive"}

// validName reports whether a name is a token (RFC 9110, 5.6.2).
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}
