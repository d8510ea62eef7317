// Package naming reads the names of tables and routines that users write.
package naming

import "strings"

// Split separates a schema, "" if there is none, from a name. Each may be in quotes, as in SQL.
func Split(text string) (schema, name string) {
	first, rest := unquoted(text)
	if name, dotted := strings.CutPrefix(rest, "."); dotted {
		if last, rest := unquoted(name); rest == "" {
			name = last
		}
		return first, name
	}
	if rest == "" {
		return "", first
	}
	return "", text
}

// unquoted returns what a text begins with, up to a dot or in quotes, and the rest.
func unquoted(text string) (first, rest string) {
	if text == "" || text[0] != '"' && text[0] != '`' {
		if i := strings.IndexByte(text, '.'); i >= 0 {
			return text[:i], text[i:]
		}
		return text, ""
	}
	quote := text[:1]
	for at := 1; ; {
		i := strings.Index(text[at:], quote)
		switch {
		case i < 0:
			return text, ""
		case strings.HasPrefix(text[at+i+1:], quote):
			at += i + 2
			continue
		}
		return strings.ReplaceAll(text[1:at+i], quote+quote, quote), text[at+i+1:]
	}
}
