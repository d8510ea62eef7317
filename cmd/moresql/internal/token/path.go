package token

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// A path leads to the claim that names the role, as PostgREST's jwt-role-claim-key does (its
// documentation, "JWT Role Extraction"): $.role, .role, ."a name", ['a name'], [0] and, for the
// elements of an array, [?(@ == 'text')] with ==, !=, ^== (begins with), ==^ (ends with) and *==
// (contains). The form with $, which is that of RFC 9535, has [-1], [1:], and [?search(@, '^a')]
// too. Of several values the first one counts.
type path []step

// A step leads from a value to one within it.
type step func(value any) (any, bool)

var (
	nameStep   = regexp.MustCompile(`^\.([\pL\pN_$@-]+)`)
	quotedStep = regexp.MustCompile(`^\."([^"]+)"`)
	memberStep = regexp.MustCompile(`^\[(?:'([^'\\]+)'|"([^"\\]+)")\]`)
	indexStep  = regexp.MustCompile(`^\[(\d{1,6})\]`)
	fromEnd    = regexp.MustCompile(`^\[(-\d{1,6})\]`)
	sliceStep  = regexp.MustCompile(
		`^\[\s*(-?\d{1,6})?\s*:\s*(-?\d{1,6})?\s*(?::\s*(-?\d{1,6})?\s*)?\]$`)
	filterStep = regexp.MustCompile(
		`^\[\?\(?\s*@\s*(==\^|\^==|\*==|==|!=)\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\)?\]$`)
	searchStep = regexp.MustCompile(
		`^\[\?\(?\s*search\(\s*@\s*,\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\)\s*\)?\]$`)
)

// parsePath parses a path. Of RFC 9535 only these steps are understood, and what may lead to
// several values at the end alone: what else there is is refused.
func parsePath(text string) (path, error) {
	var p path
	rest, standard := strings.CutPrefix(text, "$")
	for rest != "" {
		var s step
		var m []string
		if m = nameStep.FindStringSubmatch(rest); m != nil {
			s = member(m[1])
		} else if m = quotedStep.FindStringSubmatch(rest); m != nil {
			s = member(m[1])
		} else if m = memberStep.FindStringSubmatch(rest); m != nil {
			s = member(m[1] + m[2])
		} else if m = indexStep.FindStringSubmatch(rest); m != nil {
			s = element(integer(m[1], 0))
		} else if m = filterStep.FindStringSubmatch(rest); m != nil {
			s = filter(m[1], m[2]+m[3])
		} else if standard {
			s, m = standardStep(rest)
		}
		if s == nil {
			return nil, errors.New("the path to the role is not understood: write it as $.role, " +
				"$.app.roles[0], $['a name'] or $.roles[?(@ == 'text')]")
		}
		p, rest = append(p, s), rest[len(m[0]):]
	}
	if len(p) == 0 {
		return nil, errors.New("the path to the role is empty: write it as $.role")
	}
	return p, nil
}

// standardStep returns the step of RFC 9535 that a text begins with, nil for none, and its match.
func standardStep(text string) (s step, m []string) {
	if m = fromEnd.FindStringSubmatch(text); m != nil {
		return element(integer(m[1], 0)), m
	}
	if m = sliceStep.FindStringSubmatch(text); m != nil {
		return slice(m[1], m[2], m[3]), m
	}
	if m = searchStep.FindStringSubmatch(text); m != nil {
		if pattern, err := regexp.Compile(m[1] + m[2]); err == nil {
			return first(pattern.MatchString), m
		}
	}
	return nil, nil
}

// integer returns what digits say, which are few, or what it is without them.
func integer(digits string, without int) int {
	if digits == "" {
		return without
	}
	i, _ := strconv.Atoi(digits)
	return i
}

func member(name string) step {
	return func(value any) (any, bool) {
		object, _ := value.(map[string]any)
		value, ok := object[name]
		return value, ok
	}
}

func element(i int) step {
	return func(value any) (any, bool) {
		array, _ := value.([]any)
		i := i
		if i < 0 { // from the end
			i += len(array)
		}
		if i < 0 || i >= len(array) {
			return nil, false
		}
		return array[i], true
	}
}

// slice leads to the first element of a slice of an array (RFC 9535, section 2.3.4.2).
func slice(start, end, by string) step {
	return func(value any) (any, bool) {
		array, _ := value.([]any)
		n, by := len(array), integer(by, 1)
		bound := func(digits string, without, least, most int) int {
			i := integer(digits, without)
			if i < 0 && digits != "" {
				i += n
			}
			return min(max(i, least), most)
		}
		from, to := bound(start, 0, 0, n), bound(end, n, 0, n)
		if by < 0 {
			from, to = bound(start, n-1, -1, n-1), bound(end, -1, -1, n-1)
		}
		if by == 0 || by > 0 && from >= to || by < 0 && from <= to {
			return nil, false
		}
		return array[from], true
	}
}

// filter leads to the first text of an array that compares to another.
func filter(operator, text string) step {
	compare := map[string]func(a, b string) bool{
		"==":  func(a, b string) bool { return a == b },
		"!=":  func(a, b string) bool { return a != b },
		"^==": strings.HasPrefix, "==^": strings.HasSuffix, "*==": strings.Contains,
	}[operator]
	return first(func(s string) bool { return compare(s, text) })
}

// first leads to the first text of an array for which something holds.
func first(holds func(text string) bool) step {
	return func(value any) (any, bool) {
		array, _ := value.([]any)
		for _, v := range array {
			if s, ok := v.(string); ok && holds(s) {
				return s, true
			}
		}
		return nil, false
	}
}

// role returns the role that claims name, "" for none.
func (p path) role(claims map[string]any) (string, error) {
	var value any = claims
	for _, s := range p {
		var ok bool
		if value, ok = s(value); !ok {
			return "", nil
		}
	}
	role, ok := value.(string)
	if n, isNumber := value.(json.Number); isNumber {
		role, ok = n.String(), true
	}
	if !ok || !IsRole(role) {
		return "", errors.New("the claim of the role is not the name of one")
	}
	return role, nil
}

// IsRole reports whether a text can be the name of a role. To PostgreSQL none is the role that is
// connected, which no request may have, and no role has the name (its manual, SET ROLE).
func IsRole(name string) bool {
	return name != "" && name != "none" && !strings.Contains(name, "\x00")
}
