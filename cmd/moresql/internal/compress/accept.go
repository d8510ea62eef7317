package compress

import (
	"net/http"
	"strconv"
	"strings"
)

// codings are what responses may have, the best first.
var codings = []string{"zstd", "gzip"}

// choose returns the coding that a client prefers (RFC 9110, 12.5.3), "" for none.
func choose(fields []string) (best string) {
	weights := map[string]float64{}
	for field := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		name, parameter, _ := strings.Cut(field, ";")
		weight := 1.0
		parameter = strings.ToLower(strings.ReplaceAll(parameter, " ", ""))
		if _, q, found := strings.Cut(parameter, "q="); found {
			var err error
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				weight = 0
			}
		}
		weights[strings.ToLower(strings.TrimSpace(name))] = weight
	}
	most := weights["identity"] // zero if it is not named: anything that is accepted is better
	for _, coding := range codings {
		weight, named := weights[coding]
		if !named {
			weight = weights["*"]
		}
		if weight > 0 && weight >= most && (best == "" || weight > most) {
			best, most = coding, weight
		}
	}
	return best
}

// tag marks a strong entity tag as that of a coding: the bytes are others (RFC 9110, 8.8.3.3).
func tag(h http.Header, coding string) {
	if t := h.Get("Etag"); strings.HasPrefix(t, `"`) && strings.HasSuffix(t, `"`) && len(t) > 1 {
		h.Set("Etag", t[:len(t)-1]+"-"+coding+`"`)
	}
}

// untag takes that mark from the entity tags of a request, whose rows are the same. It returns the
// coding, "" for none.
func untag(h http.Header) (tagged string) {
	for _, name := range []string{"If-Match", "If-None-Match"} {
		for i, field := range h[name] {
			for _, coding := range codings {
				if plain := strings.ReplaceAll(field, "-"+coding+`"`, `"`); plain != field {
					h[name][i], field, tagged = plain, plain, coding
				}
			}
		}
	}
	return tagged
}
