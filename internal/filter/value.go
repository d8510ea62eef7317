package filter

import "strings"

// truth parses the value of Is.
func (p *parser) truth() (string, error) {
	start := p.pos
	word := strings.ToLower(strings.Trim(p.value(), " \t"))
	switch word {
	case "null", "not_null", "true", "false", "unknown":
		return word, nil
	}
	message := "the value is none of null, not_null, true, false and unknown"
	return "", p.fail(start, message, "write is.null, or eq.value for other values")
}

// value parses a value. It is the whole remainder; in parentheses it is a text in double quotes, an
// array in braces, or the text up to a comma or the closing parenthesis.
func (p *parser) value() string {
	if p.depth == 0 {
		text := p.text[p.pos:]
		p.pos = len(p.text)
		return text
	}
	if text, ok := p.element(); ok {
		return text
	}
	if end := p.braces(); end > p.pos {
		text := p.text[p.pos:end]
		p.pos = end
		return text
	}
	return p.until(",)")
}

// braces returns the end of the array that begins here, or 0.
func (p *parser) braces() int {
	depth, quoted := 0, false
	for i := p.pos; i < len(p.text); i++ {
		switch c := p.text[i]; {
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
			if i == p.pos {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// list parses the values of In. Empty parentheses are an empty list.
func (p *parser) list() (list []string, err error) {
	start := p.pos
	if !p.takeSpaced("(") {
		return nil, p.fail(start, "an opening parenthesis is missing", "write in.(1,2,3)")
	}
	if p.takeSpaced(")") {
		return nil, nil
	}
	for {
		if p.values++; p.values > maxValues {
			return nil, p.failMost(p.pos, maxValues, "values in lists")
		}
		start := p.pos
		text, ok := p.element()
		if !ok {
			text = p.until(",)")
		}
		if err := p.checkLength(start, text); err != nil {
			return nil, err
		}
		list = append(list, text)
		switch {
		case p.take(","):
		case p.takeSpaced(")"):
			return list, nil
		default:
			return nil, p.fail(p.pos, "the closing parenthesis is missing", "write in.(1,2,3)")
		}
	}
}

// element takes a value in double quotes if a comma, a parenthesis or the end follows. Other quotes
// are text.
func (p *parser) element() (text string, ok bool) {
	start := p.pos
	if p.has(`"`) {
		if text, ok = p.quoted(); ok && (p.end() || p.has(",") || p.has(")")) {
			return text, true
		}
	}
	p.pos = start
	return "", false
}
