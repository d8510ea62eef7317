// Package negotiate picks the media type of an answer by the Accept fields of the request (RFC 9110, section 12.5.1).
//
// The package mediatype of github.com/go-openapi/runtime/server-middleware parses the fields. It could choose too, but lets */* bring
// back what text/csv;q=0 excludes, and takes an offer of text/html for a range of text/html;level=1.
package negotiate

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/go-openapi/runtime/server-middleware/mediatype"
)

// Accept returns which of the offered media types answers a request best, and whether any does; index is 0 when none does.
// Header is all the request's Accept fields, http.Header.Values("Accept"). Offered are media types as Content-Type says them,
// "text/csv; charset=utf-8; header=present", in the order in which the server prefers them. It may be called concurrently.
//
// An offer weighs what the most specific media range that matches it says: one with parameters comes before type/subtype,
// that before type/*, and */* last. 0 excludes the offer. The heaviest offer wins, the first of those that weigh the same.
// Beyond the RFC:
//
//   - A field without anything in it counts as none: everything is acceptable.
//   - A member that cannot be parsed is left out. When that leaves none, nothing is acceptable.
//   - A weight may have more or fewer digits than the RFC allows, such as Java's "q=.2". One above 1 counts as 1, one below 0 as 0,
//     one that is no number as 1.
//   - A range matches an offer that has all its parameters, with the same values in any case. Further ones of the offer do
//     not matter.
//   - An offer that names no charset has utf-8. Clients ask for "application/json; charset=utf-8", though JSON has no such
//     parameter (RFC 8259, section 11).
//   - Of ranges that are equally specific the one that weighs least counts, so that what is excluded stays so.
//   - An offer that cannot be parsed is passed over.
func Accept(header, offered []string) (index int, ok bool) {
	ranges := parse(header)
	best := 0.0
	for i, text := range offered {
		offer, err := mediatype.Parse(text)
		if err != nil {
			continue
		}
		if q := weight(ranges, offer); q > best {
			best, index, ok = q, i, true
		}
	}
	return index, ok
}

// parse returns the media ranges of the fields. Each field is parsed by itself, so that a quote left open ends with it.
func parse(header []string) mediatype.Set {
	var ranges mediatype.Set
	empty := true
	for _, field := range header {
		empty = empty && strings.Trim(field, ", \t") == ""
		ranges = append(ranges, mediatype.ParseAccept(field)...)
	}
	if empty {
		return mediatype.ParseAccept("*/*")
	}
	return slices.DeleteFunc(ranges, func(r mediatype.MediaType) bool { // what the library lets through
		return r.Type == "*" && r.Subtype != "*" || math.IsNaN(r.Q)
	})
}

// weight returns that of the most specific range that matches the offer, 0 when there is none.
func weight(ranges mediatype.Set, offer mediatype.MediaType) float64 {
	var best *mediatype.MediaType
	q := 0.0
	for i := range ranges {
		r := &ranges[i]
		if !matches(*r, offer) {
			continue
		}
		order := 1
		if best != nil {
			order = cmp.Or(cmp.Compare(r.Specificity(), best.Specificity()), cmp.Compare(len(r.Params), len(best.Params)))
		}
		switch {
		case order > 0:
			best, q = r, r.Q
		case order == 0:
			q = min(q, r.Q)
		}
	}
	return q
}

func matches(r, offer mediatype.MediaType) bool {
	if !offer.StripParams().Matches(r) { // without parameters it compares types
		return false
	}
	for name, want := range r.Params {
		value, named := offer.Params[name]
		if !named && name == "charset" {
			value = "utf-8"
		}
		if !strings.EqualFold(value, want) {
			return false
		}
	}
	return true
}
