package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// preferences are what a request prefers (RFC 7240) of what PostgREST has (its documentation,
// "Prefer Header"). Of two that contradict each other the first one counts.
type preferences struct {
	handling string // strict or lenient, "" if it does not say
	count    bool   // of the rows of the whole
	estimate string // planned or estimated, of the same without counting all of them
	affected int64  // the most rows that a result may have, or unknown
	timezone string
	keyset   bool // pages begin after a row and not after a number of rows

	// Of what is written.
	returns    string // minimal, headers-only or representation
	resolution string // merge-duplicates or ignore-duplicates
	missing    string // default or null
	tx         string // commit or rollback

	others []string // that are not understood, or cannot be kept
}

// preferencesOf reads the fields Prefer.
func preferencesOf(h http.Header) preferences {
	p := preferences{affected: unknown}
	for text := range strings.SplitSeq(strings.Join(h.Values("Prefer"), ","), ",") {
		text = strings.TrimSpace(text)
		preference, _, _ := strings.Cut(text, ";") // its parameters
		name, value, _ := strings.Cut(preference, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !p.take(name, strings.Trim(value, `"`)) && text != "" {
			p.others = append(p.others, text)
		}
	}
	return p
}

// take takes a preference, and reports whether it can be kept.
func (p *preferences) take(name, value string) bool {
	switch name {
	case "handling":
		if value != "strict" && value != "lenient" {
			return false
		}
		setIf(&p.handling, value, p.handling == "")
	case "count":
		switch value {
		case "exact":
			p.count = p.count || p.estimate == ""
		case "planned", "estimated":
			setIf(&p.estimate, value, p.estimate == "" && !p.count)
		default:
			return false
		}
	case "max-affected":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return false
		}
		setIf(&p.affected, n, p.affected == unknown)
	case "timezone":
		setIf(&p.timezone, value, p.timezone == "")
	case "return":
		return takeWord(&p.returns, value, "minimal", "headers-only", "representation")
	case "resolution":
		return takeWord(&p.resolution, value, "merge-duplicates", "ignore-duplicates")
	case "missing":
		return takeWord(&p.missing, value, "default", "null")
	case "pagination":
		p.keyset = p.keyset || value == "keyset"
		return value == "keyset"
	case "tx":
		return takeWord(&p.tx, value, "commit", "rollback")
	default:
		return false
	}
	return true
}

// takeWord takes a preference that is one of some words, unless it has been taken before.
func takeWord(place *string, value string, words ...string) bool {
	is := slices.Contains(words, value)
	setIf(place, value, is && *place == "")
	return is
}

// leave leaves out a preference that cannot be kept here.
func (p *preferences) leave(name string, value *string) {
	if *value != "" {
		p.others = append(p.others, name+"="+*value)
	}
	*value = ""
}

func setIf[T any](place *T, value T, is bool) {
	if is {
		*place = value
	}
}

// limit returns the most rows that a result may have, or unknown: only a strict request means it.
func (p preferences) limit() int64 {
	if p.handling == "strict" {
		return p.affected
	}
	return unknown
}

// applied returns the field Preference-Applied of a response (RFC 7240, 3).
func (p preferences) applied(counted bool) string {
	var list []string
	for _, word := range [][2]string{
		{"resolution=", p.resolution}, {"missing=", p.missing}, {"return=", p.returns},
	} {
		if word[1] != "" {
			list = append(list, word[0]+word[1])
		}
	}
	if counted {
		list = append(list, "count=exact")
	}
	if p.estimate != "" {
		list = append(list, "count="+p.estimate)
	}
	if p.tx != "" {
		list = append(list, "tx="+p.tx)
	}
	if p.handling != "" {
		list = append(list, "handling="+p.handling)
	}
	if p.timezone != "" {
		list = append(list, "timezone="+p.timezone)
	}
	if p.keyset {
		list = append(list, "pagination=keyset")
	}
	if n := p.limit(); n != unknown {
		list = append(list, "max-affected="+strconv.FormatInt(n, 10))
	}
	return strings.Join(list, ", ")
}

// hasZone reports whether a request may prefer a time zone: on PostgreSQL, and where the call runs
// in a transaction in any case.
func (q *viewing) hasZone() bool {
	traits, ok := q.Traits()
	return isCatalog(q.Resource) && ok && spec(traits.Dialect).Settings() != nil
}
