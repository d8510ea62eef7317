package catalog

import (
	"strconv"
	"strings"
)

// An origin is the column of a relation that a view's column shows, by OID and number; the zero
// origin is none.
type origin struct {
	relation uint32
	column   int64
}

// origins returns what the columns of a view show, in their order, by the view's rule as
// pg_rewrite.ev_action has it: the tree of a query in the text of src/backend/nodes/outfuncs.c.
// What belongs to a subquery is nested deeper than what belongs to the view.
func origins(action string) []origin {
	var list []origin
	var field string
	depth, target := 0, -1 // target is the depth within the view's targetList
	for token := range nodeTokens(action) {
		switch token {
		case "{", "(":
			depth++
			if token == "(" && field == ":targetList" && depth == 3 { // of ({QUERY
				target = depth + 1
			}
			if token == "{" && depth == target {
				list = append(list, origin{})
			}
		case "}", ")":
			if depth--; depth < target-1 {
				target = -1
			}
		default:
			if depth == target && len(list) > 0 {
				list[len(list)-1].take(field, token)
			}
		}
		field = token
	}
	return list
}

// take takes the value of a field of a TARGETENTRY.
func (o *origin) take(field, value string) {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil:
	case field == ":resorigtbl":
		o.relation = uint32(n)
	case field == ":resorigcol":
		o.column = n
	}
}

// nodeTokens ranges over the parentheses, braces and words of a tree's text. A backslash escapes
// the character after it.
func nodeTokens(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for text != "" {
			n := strings.IndexAny(text, " \n\\(){}")
			switch {
			case n < 0:
				n = len(text)
			case n == 0 && (text[0] == ' ' || text[0] == '\n'):
				text = text[1:]
				continue
			case n == 0 && text[0] != '\\':
				n = 1
			default:
				for n < len(text) && !strings.ContainsRune(" \n(){}", rune(text[n])) {
					if text[n] == '\\' {
						n++
					}
					n++
				}
				n = min(n, len(text))
			}
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}
