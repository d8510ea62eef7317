// Package negotiate picks the media type of a response by the Accept fields of its request
// (RFC 9110, section 12.5.1).
package negotiate

import (
	"cmp"
	"maps"
	"math"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// Accept returns the index of the offered media type that suits a request best. ok is false, and
// index 0, if the request accepts none of them.
//
// Accept is all the request's Accept fields, http.Header.Values("Accept"). Offered are media types
// as Content-Type has them, "text/csv; charset=utf-8; header=present", in the server's order of
// preference. Accept may be called concurrently.
//
// The weight of an offer is that of the most specific media range that matches it: a range with
// parameters precedes type/subtype, which precedes type/*, and */* is last. A weight of 0 excludes
// the offer. The heaviest offer wins, the first of those of equal weight. Beyond the RFC:
//
//   - A field without content counts as none: everything is acceptable.
//   - A malformed member is ignored. If no other is left, nothing is acceptable.
//   - A weight may have more or fewer digits than the RFC allows, such as Java's "q=.2". One above
//     1 counts as 1, one below 0 as 0, and one that is not a number as 1.
//   - A range matches an offer that has all its parameters with the same values, in upper or lower
//     case. Other parameters of the offer do not matter.
//   - An offer without a charset has utf-8. Clients request "application/json; charset=utf-8",
//     although JSON has no such parameter (RFC 8259, section 11).
//   - Of equally specific ranges the lightest counts, so that what is excluded stays excluded.
//   - A malformed offer is ignored.
func Accept(accept, offered []string) (index int, ok bool) {
	return pick(parseAccept(accept), parseOffers(offered))
}

// acceptLoosely is Accept without the parameters that no offer has, such as version=1, for a
// request that would otherwise get nothing: a server may disregard the field (RFC 9110, 12.4.1).
func acceptLoosely(accept, offered []string) (index int, ok bool) {
	ranges, offers := parseAccept(accept), parseOffers(offered)
	for _, r := range ranges {
		maps.DeleteFunc(r.params, func(name, _ string) bool {
			return name != "charset" && !slices.ContainsFunc(offers, func(offer mediaType) bool {
				_, has := offer.params[name]
				return has
			})
		})
	}
	return pick(ranges, offers)
}

// pick returns the offer of the greatest weight, the first of several.
func pick(ranges, offers []mediaType) (index int, ok bool) {
	best := 0.0
	for i, offer := range offers {
		if offer.name == "" { // malformed
			continue
		}
		if q := weight(ranges, offer); q > best {
			best, index, ok = q, i, true
		}
	}
	return index, ok
}

// parseOffers parses media types; a malformed one has no name.
func parseOffers(offered []string) []mediaType {
	offers := make([]mediaType, len(offered))
	for i, text := range offered {
		if offer, valid := parse(text); valid {
			offers[i] = offer
		}
	}
	return offers
}

// A mediaType is a media type, or a media range with its weight.
type mediaType struct {
	name, subtype string // in lower case, as the names of the parameters
	params        map[string]string
	q             float64
}

// parse parses a media type or a media range without its weight.
func parse(text string) (m mediaType, ok bool) {
	full, params, err := mime.ParseMediaType(text)
	if err != nil {
		return mediaType{}, false
	}
	m.params = params
	m.name, m.subtype, ok = strings.Cut(full, "/")
	return m, ok
}

// parseAccept returns the media ranges of the fields. Each field is parsed by itself, so that a
// quotation mark that is never closed affects no other field.
func parseAccept(fields []string) []mediaType {
	var ranges []mediaType
	empty := true
	for _, field := range fields {
		empty = empty && strings.Trim(field, ", \t") == ""
		for _, member := range split(field) {
			if r, ok := parseRange(member); ok {
				ranges = append(ranges, r)
			}
		}
	}
	if empty {
		return []mediaType{{name: "*", subtype: "*", q: 1}}
	}
	return ranges
}

// split splits a list at the commas outside quoted strings (RFC 9110, sections 5.6.1 and 5.6.4).
func split(field string) []string {
	var members []string
	start, quoted := 0, false
	for i := 0; i < len(field); i++ {
		switch c := field[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++ // the next character, even a quotation mark, is text
		case c == ',' && !quoted:
			members, start = append(members, field[start:i]), i+1
		}
	}
	return append(members, field[start:])
}

// parseRange parses a media range with its weight.
func parseRange(member string) (r mediaType, ok bool) {
	r, ok = parse(member)
	if !ok || r.name == "*" && r.subtype != "*" { // the RFC has no range for a subtype of any type
		return mediaType{}, false
	}
	r.q = 1
	if text, weighted := r.params["q"]; weighted {
		delete(r.params, "q")
		if q, err := strconv.ParseFloat(text, 64); err == nil {
			r.q = min(max(q, 0), 1)
		}
	}
	return r, !math.IsNaN(r.q) // ParseFloat reads the text NaN, which has no place in an order
}

// weight returns the weight of the most specific range that matches the offer, 0 if none does.
func weight(ranges []mediaType, offer mediaType) float64 {
	_, q := best(ranges, offer)
	return q
}

// names reports whether Accept fields want a media type by another range than */*.
func names(accept []string, mediaType string) bool {
	offer, ok := parse(mediaType)
	r, q := best(parseAccept(accept), offer)
	return ok && q > 0 && r.wildcards() < 2
}

// namesWhole reports whether Accept fields name a media type with all its parameters.
func namesWhole(accept []string, name string) bool {
	offer, ok := parse(name)
	return ok && slices.ContainsFunc(parseAccept(accept), func(r mediaType) bool {
		for param := range offer.params {
			if _, has := r.params[param]; !has {
				return false
			}
		}
		return r.wildcards() == 0 && r.matches(offer)
	})
}

// best returns the most specific range that matches the offer, nil if none does, and its weight.
func best(ranges []mediaType, offer mediaType) (best *mediaType, q float64) {
	for i := range ranges {
		r := &ranges[i]
		if !r.matches(offer) {
			continue
		}
		order := 1
		if best != nil {
			order = r.compare(*best)
		}
		switch {
		case order > 0:
			best, q = r, r.q
		case order == 0:
			q = min(q, r.q)
		}
	}
	return best, q
}

// compare returns a positive number if r is more specific than other, and 0 if it is as specific.
func (r mediaType) compare(other mediaType) int {
	return cmp.Or(
		cmp.Compare(other.wildcards(), r.wildcards()),
		cmp.Compare(len(r.params), len(other.params)),
	)
}

// wildcards returns how many wildcards a range has: 2 for */*, 1 for type/*.
func (r mediaType) wildcards() int {
	switch {
	case r.name == "*":
		return 2
	case r.subtype == "*":
		return 1
	}
	return 0
}

// matches reports whether a range includes an offer.
func (r mediaType) matches(offer mediaType) bool {
	if r.name != "*" && r.name != offer.name || r.subtype != "*" && r.subtype != offer.subtype {
		return false
	}
	for name, want := range r.params {
		value, named := offer.params[name]
		if !named && name == "charset" {
			value = "utf-8"
		}
		if !strings.EqualFold(value, want) {
			return false
		}
	}
	return true
}
