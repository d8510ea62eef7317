package dialect

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// QuoteName spells a procedure's name, qualified or not, as d reads it. The parts stand between
// dots. A part that begins with a double quote is a quoted identifier in SQL's notation, whatever
// the dialect: it ends at the closing quote, and "" inside it stands for one. Any other part is
// taken literally, so GetUser is the procedure of exactly that name.
func (d *Dialect) QuoteName(name string) (string, error) {
	parts, err := SplitName(name)
	if err != nil {
		return "", err
	}
	for i, part := range parts {
		if parts[i], err = d.QuoteIdent(part); err != nil {
			return "", fmt.Errorf("name %q: %w", name, err)
		}
	}
	if len(parts) > d.maxParts {
		return "", fmt.Errorf("name %q: %s allows %d parts, not %d; "+
			"put a part that has dots of its own in double quotes", name, d, d.maxParts, len(parts))
	}
	return strings.Join(parts, "."), nil
}

// SplitName returns the parts of a procedure's name, as QuoteName reads it, unquoted.
func SplitName(name string) (parts []string, err error) {
	for rest, more := name, true; more; {
		var part string
		if part, rest, more, err = cutPart(rest); err != nil {
			return nil, fmt.Errorf("name %q: %w", name, err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// JoinName returns the name that SplitName splits into these parts. A part of letters, digits and
// underscores stays bare, for hooks and logs: api.get_cars.
func JoinName(parts ...string) string {
	joined := make([]string, len(parts))
	for i, part := range parts {
		joined[i] = part
		if part == "" || strings.ContainsFunc(part, isSpecial) {
			joined[i] = `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
		}
	}
	return strings.Join(joined, ".")
}

func isSpecial(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }

// cutPart takes the first part off a name; more reports whether a dot, and so another part,
// follows it.
func cutPart(name string) (part, rest string, more bool, err error) {
	if !strings.HasPrefix(name, `"`) {
		part, rest, more = strings.Cut(name, ".")
		return part, rest, more, nil
	}
	var b strings.Builder
	for rest = name[1:]; ; {
		text, after, closed := strings.Cut(rest, `"`)
		if !closed {
			return "", "", false, errors.New("the closing double quote is missing")
		}
		b.WriteString(text)
		if !strings.HasPrefix(after, `"`) {
			rest, more = strings.CutPrefix(after, ".")
			if rest != "" && !more {
				return "", "", false, fmt.Errorf("after the closing double quote only a dot can "+
					"follow, not %q; write \"\" for a double quote inside", rest)
			}
			return b.String(), rest, more, nil
		}
		b.WriteByte('"')
		rest = after[1:]
	}
}

// QuoteIdent spells one identifier, taken literally. A name that is safe as it stands stays bare,
// so that a statement reads as people write it; any other is quoted.
func (d *Dialect) QuoteIdent(name string) (string, error) {
	if !d.NeedsQuotes(name) {
		if err := d.checkName(name); err != nil {
			return "", err
		}
		return name, nil
	}
	return d.Quote(name)
}

// Quote spells one identifier, taken literally, in quotes. It fails on a name that the database
// would not take for an identifier, or would silently change.
func (d *Dialect) Quote(name string) (string, error) {
	b, err := d.appendQuoted(nil, name)
	return string(b), err
}

// appendQuoted is Quote for the text of a statement.
func (d *Dialect) appendQuoted(b []byte, name string) ([]byte, error) {
	if err := d.checkName(name); err != nil {
		return nil, err
	}
	b = append(b, d.openQuote...)
	for {
		part, rest, found := strings.Cut(name, d.closeQuote)
		b = append(b, part...)
		if !found {
			return append(b, d.closeQuote...), nil
		}
		b, name = append(append(b, d.closeQuote...), d.closeQuote...), rest
	}
}

// NeedsQuotes reports whether name as it stands would not be read as the identifier name: it is a
// keyword, or not made of lower-case letters, digits and underscores alone.
func (d *Dialect) NeedsQuotes(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || c == '_' || isDigit(c) && i > 0) {
			return true
		}
	}
	return name == "" || d.isReserved != nil && d.isReserved(name) || d.isKeyword(name)
}

// isKeyword reports whether name, in lower case, is a word that the grammar takes for itself. A
// list is one constant, searched as it stands, with a space on either side of every word: names
// are quoted once, when a call is set up, so a set would cost more to build than it saves.
func (d *Dialect) isKeyword(name string) bool {
	return strings.Contains(d.keywords, " "+name+" ")
}

// checkName refuses a name that the database would not take for an identifier, or would change.
func (d *Dialect) checkName(name string) error {
	switch {
	case name == "":
		return errors.New("an identifier is empty")
	case !utf8.ValidString(name):
		return fmt.Errorf("identifier %q is not valid UTF-8", name)
	case strings.ContainsRune(name, 0):
		return fmt.Errorf("identifier %q has a NUL character in it", name)
	case d.checkIdent == nil:
		return nil
	}
	return d.checkIdent(name)
}
