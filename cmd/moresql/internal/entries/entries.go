// Package entries reads and writes the lines of configuration files.
package entries

import (
	"strconv"
	"strings"
)

// An Entry is one line of a configuration file: name = value.
type Entry struct {
	Name, Value string
	Line        int
}

// Parse parses lines of a name, = and a value, which is a bare word or a text in double
// quotes, as PostgREST has them; # begins a comment. It returns the number of the first line that
// is something else, or 0: an error would quote a line that may hold a password.
func Parse(content string) (list []Entry, wrong int) {
	line := 0
	for text := range strings.SplitSeq(content, "\n") {
		line++
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		name, value, found := strings.Cut(text, "=")
		value, ok := parseValue(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !found || !ok || name == "" {
			return nil, line
		}
		list = append(list, Entry{name, value, line})
	}
	return list, 0
}

// parseValue parses what follows the = of an entry.
func parseValue(text string) (value string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		value, _, _ = strings.Cut(text, "#")
		value = strings.TrimSpace(value)
		return value, value != "" && !strings.ContainsAny(value, " \t\"")
	}
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", false
	}
	after := strings.TrimSpace(text[len(quoted):])
	value, err = strconv.Unquote(quoted)
	return value, err == nil && (after == "" || after[0] == '#')
}

// Quote returns a value as parseValue reads it.
func Quote(value string) string {
	if bare, ok := parseValue(value); ok && bare == value {
		return value
	}
	return strconv.Quote(value)
}
