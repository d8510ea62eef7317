package openapi

import (
	"iter"
	"regexp"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgoid"
)

// checks returns what JSON Schema can say of the constraints of a domain. PostgreSQL writes them in
// one form, whatever their author has written, so that the few forms here find many of them; of the
// others nothing is said.
func (s *schemas) checks(t *catalog.Type) (limits object) {
	schema := s.basicType(t)
	for _, check := range t.Checks {
		for _, condition := range conditions(check) {
			for _, m := range limit(schema, condition) {
				if limits.get(m.name) == nil {
					limits = append(limits, m)
				}
			}
		}
	}
	return limits
}

// basicType returns the type of a JSON value of the domain: string, integer, number, or "".
func (s *schemas) basicType(t *catalog.Type) string {
	u := t.Underlying()
	if u == nil || u.Kind != catalog.Base || u.Is(pgoid.Bytea) { // whose text is longer than it is
		return ""
	}
	name, _ := s.base(u).get("type").(string)
	return name
}

// conditions returns the conditions that are joined by AND, without the parentheses around each.
func conditions(check string) (list []string) {
	check = unwrap(check)
	start := 0
	for i, depth := range unquoted(check) {
		if depth == 0 && strings.HasPrefix(check[i:], " AND ") {
			list = append(list, conditions(check[start:i])...)
			start = i + len(" AND ")
		}
	}
	if start == 0 {
		return []string{check}
	}
	return append(list, conditions(check[start:])...)
}

// unwrap removes parentheses that are around the whole of an expression.
func unwrap(s string) string {
	for strings.HasPrefix(s, "(") {
		end := 0
		for i, depth := range unquoted(s) {
			if end == 0 && depth == 0 {
				end = i
			}
		}
		if end < len(s)-1 {
			return s
		}
		s = s[1:end]
	}
	return s
}

// unquoted returns the places in an expression that are outside of strings, each with how many
// parentheses are open after it.
func unquoted(s string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		depth, quoted := 0, false
		for i := range len(s) {
			switch c := s[i]; {
			case c == '\'':
				quoted = !quoted
			case quoted:
				continue
			case c == '(':
				depth++
			case c == ')':
				depth--
			}
			if !quoted && !yield(i, depth) {
				return
			}
		}
	}
}

const (
	value  = `\(?VALUE\)?(?:::[a-z ]+)?`
	number = `\(?\(?'?(-?\d+(?:\.\d+)?)'?(?:::[a-z ]+)?\)?(?:::[a-z ]+)?\)?`
)

var (
	compares = regexp.MustCompile(`^` + value + ` (>=|<=|>|<) ` + number + `$`)
	measures = regexp.MustCompile(`^(?:char_length|length|character_length)\(` + value +
		`\) (>=|<=|>|<|=) (\d+)$`)
	matches = regexp.MustCompile(`^` + value + ` ~ '((?:[^']|'')*)'::text$`)
	oneOf   = regexp.MustCompile(`^` + value + ` = ANY \(\(?ARRAY\[(.*?)\](?:\)?::[a-z ]+\[\])?\)$`)
	word    = regexp.MustCompile(`^\(?'((?:[^']|'')*)'::(?:text|character varying|bpchar)\)?` +
		`(?:::text)?$`)
)

var bounds = map[string]string{
	">": "exclusiveMinimum", ">=": "minimum", "<": "exclusiveMaximum", "<=": "maximum",
}

// limit returns the members of a schema that say the same as a condition.
func limit(schema, condition string) object {
	isNumber := schema == "integer" || schema == "number"
	if m := compares.FindStringSubmatch(condition); m != nil && isNumber {
		return object{{bounds[m[1]], raw(m[2])}}
	}
	if schema != "string" {
		return nil
	}
	if m := measures.FindStringSubmatch(condition); m != nil && len(m[2]) < 10 {
		return length(m[1], m[2])
	}
	if m := matches.FindStringSubmatch(condition); m != nil {
		if pattern := strings.ReplaceAll(m[1], "''", "'"); isCommon(pattern) {
			return object{{"pattern", pattern}}
		}
	}
	if m := oneOf.FindStringSubmatch(condition); m != nil {
		var words []string
		for _, element := range strings.Split(m[1], ", ") {
			text := word.FindStringSubmatch(element)
			if text == nil {
				return nil
			}
			words = append(words, strings.ReplaceAll(text[1], "''", "'"))
		}
		return object{{"enum", words}}
	}
	return nil
}

// length returns the limits of the length of a text.
func length(operator, n string) object {
	switch operator {
	case "=":
		return object{{"minLength", raw(n)}, {"maxLength", raw(n)}}
	case ">=":
		return object{{"minLength", raw(n)}}
	case "<=":
		return object{{"maxLength", raw(n)}}
	}
	return nil
}

// isCommon reports whether a regular expression means the same to PostgreSQL and to ECMA-262:
// characters, classes, groups, alternatives, quantifiers and anchors. Not \w, which to PostgreSQL
// are the letters of all languages.
func isCommon(pattern string) bool {
	return common.MatchString(pattern) && !strings.Contains(pattern, "(?")
}

var common = regexp.MustCompile(`^\^?(?:[A-Za-z0-9 _@/#%,:;=!<>'"&~-]|\\[.d*+?()\[\]{}|^$/\\-]|` +
	`\[\^?(?:[A-Za-z0-9 _.@/#%,:;=!<>'"&~+*?()$-]|\\[.d\\/\]-])+\]|[.*+?|()]|\{\d+,?\d*\})*\$?$`)
