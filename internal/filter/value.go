package filter

import "strings"

// truth reads what is compares with.
func (r *reader) truth() (string, error) {
	start := r.pos
	word := strings.ToLower(strings.Trim(r.value(), " \t"))
	switch word {
	case "null", "not_null", "true", "false", "unknown":
		return word, nil
	}
	return "", r.fail(start, "the value is none of null, not_null, true, false and unknown", "write is.null, or eq.value for other values")
}

// value reads a value: all the rest, or within parentheses one in double quotes, an array in braces, or what goes as far as a comma
// or parenthesis.
func (r *reader) value() string {
	if r.depth == 0 {
		text := r.text[r.pos:]
		r.pos = len(r.text)
		return text
	}
	if text, ok := r.element(); ok {
		return text
	}
	if end := r.braces(); end > r.pos {
		text := r.text[r.pos:end]
		r.pos = end
		return text
	}
	return r.until(",)")
}

// braces returns where an array that begins here ends, or 0.
func (r *reader) braces() int {
	depth, quoted := 0, false
	for i := r.pos; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
		if depth == 0 {
			if i == r.pos {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// list reads the values of in. One that is empty without quotes is none.
func (r *reader) list() (list []string, err error) {
	start := r.pos
	if !r.takeSpaced("(") {
		return nil, r.fail(start, "an opening parenthesis is missing", "write in.(1,2,3)")
	}
	if r.takeSpaced(")") {
		return nil, nil
	}
	for {
		if r.values++; r.values > maxValues {
			return nil, r.failMost(r.pos, maxValues, "values in lists")
		}
		start := r.pos
		text, ok := r.element()
		if !ok {
			text = r.until(",)")
		}
		if err := r.checkLength(start, text); err != nil {
			return nil, err
		}
		list = append(list, text)
		switch {
		case r.take(","):
		case r.takeSpaced(")"):
			return list, nil
		default:
			return nil, r.fail(r.pos, "the closing parenthesis is missing", "write in.(1,2,3)")
		}
	}
}

// element takes a value in double quotes, if it is followed by a comma, a parenthesis or the end: other quotes are text.
func (r *reader) element() (text string, ok bool) {
	start := r.pos
	if r.has(`"`) {
		if text, ok = r.quoted(); ok && (r.end() || r.has(",") || r.has(")")) {
			return text, true
		}
	}
	r.pos = start
	return "", false
}
