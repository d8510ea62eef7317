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
// (contains).
type path []step

// A step leads from a value to one within it.
type step func(value any) (any, bool)

var (
	nameStep   = regexp.MustCompile(`^\.([\pL\pN_$@-]+)`)
	quotedStep = regexp.MustCompile(`^\."([^"]+)"`)
	memberStep = regexp.MustCompile(`^\[(?:'([^'\\]+)'|"([^"\\]+)")\]`)
	indexStep  = regexp.MustCompile(`^\[(\d{1,6})\]`)
	filterStep = regexp.MustCompile(
		`^\[\?\(?\s*@\s*(==\^|\^==|\*==|==|!=)\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\)?\]`)
)

// parsePath parses a path. The form $ is that of RFC 9535, of which only these steps are
// understood: what else there is, search() among it, is refused.
func parsePath(text string) (path, error) {
	var p path
	for rest := strings.TrimPrefix(text, "$"); rest != ""; {
		var s step
		var m []string
		if m = nameStep.FindStringSubmatch(rest); m != nil {
			s = member(m[1])
		} else if m = quotedStep.FindStringSubmatch(rest); m != nil {
			s = member(m[1])
		} else if m = memberStep.FindStringSubmatch(rest); m != nil {
			s = member(m[1] + m[2])
		} else if m = indexStep.FindStringSubmatch(rest); m != nil {
			i, _ := strconv.Atoi(m[1]) // digits
			s = element(i)
		} else if m = filterStep.FindStringSubmatch(rest); m != nil && len(m[0]) == len(rest) {
			s = filter(m[1], m[2]+m[3])
		} else {
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
		if i >= len(array) {
			return nil, false
		}
		return array[i], true
	}
}

// filter leads to the first text of an array that compares to another.
func filter(operator, text string) step {
	compare := map[string]func(a, b string) bool{
		"==":  func(a, b string) bool { return a == b },
		"!=":  func(a, b string) bool { return a != b },
		"^==": strings.HasPrefix, "==^": strings.HasSuffix, "*==": strings.Contains,
	}[operator]
	return func(value any) (any, bool) {
		array, _ := value.([]any)
		for _, v := range array {
			if s, ok := v.(string); ok && compare(s, text) {
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
