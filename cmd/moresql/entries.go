package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// An entry is one line of a configuration file: name = value.
type entry struct {
	name, value string
	line        int
}

// readEntries reads a configuration file.
func readEntries(file string) ([]entry, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the configuration file %s cannot be read (%w)", file, cause(err))
	}
	list, line := parseEntries(string(content))
	if line > 0 {
		return nil, fmt.Errorf("line %d of %s is not understood: write name = value, or "+
			`name = "text" with a backslash before " and \`, line, file)
	}
	return list, nil
}

// parseEntries parses lines of a name, = and a value, which is a bare word or a text in double
// quotes, as PostgREST has them; # begins a comment. It returns the number of the first line that
// is something else, or 0: an error would quote a line that may hold a password.
func parseEntries(content string) (list []entry, wrong int) {
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
		list = append(list, entry{name, value, line})
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

// quoteEntry returns a value as parseValue reads it.
func quoteEntry(value string) string {
	if bare, ok := parseValue(value); ok && bare == value {
		return value
	}
	return strconv.Quote(value)
}
