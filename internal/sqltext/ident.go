package sqltext

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// QuoteName spells a procedure's name, qualified or not, as d reads it. The parts stand between
// dots. A part that begins with a double quote is a quoted identifier in SQL's notation, whatever
// the dialect: it ends at the closing quote, and "" inside it stands for one. Any other part is
// taken literally, so GetUser is the procedure of exactly that name.
func (d Dialect) QuoteName(name string) (string, error) {
	parts, err := SplitName(name)
	if err != nil {
		return "", err
	}
	for i, part := range parts {
		if parts[i], err = d.QuoteIdent(part); err != nil {
			return "", fmt.Errorf("name %q: %w", name, err)
		}
	}
	if most := d.maxParts(); len(parts) > most {
		return "", fmt.Errorf("name %q: %s allows %d parts, not %d; put a part that has dots of its own in double quotes",
			name, d, most, len(parts))
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

// JoinName returns the name that SplitName splits into these parts.
func JoinName(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
	}
	return strings.Join(quoted, ".")
}

// cutPart takes the first part off a name; more says that a dot follows it, and so another part.
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
				return "", "", false, fmt.Errorf("after the closing double quote only a dot can follow, not %q; write \"\" for a double quote inside", rest)
			}
			return b.String(), rest, more, nil
		}
		b.WriteByte('"')
		rest = after[1:]
	}
}

// QuoteIdent spells one identifier, taken literally. A name that is safe as it stands stays bare, so
// that a statement reads as people write it; any other is quoted.
func (d Dialect) QuoteIdent(name string) (string, error) {
	if !d.NeedsQuotes(name) {
		if err := d.checkIdent(name); err != nil {
			return "", err
		}
		return name, nil
	}
	return d.Quote(name)
}

// Quote spells one identifier, taken literally, in quotes.
func (d Dialect) Quote(name string) (string, error) {
	if err := d.checkIdent(name); err != nil {
		return "", err
	}
	switch d {
	case MySQL:
		return "`" + strings.ReplaceAll(name, "`", "``") + "`", nil
	case SQLServer:
		return "[" + strings.ReplaceAll(name, "]", "]]") + "]", nil
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`, nil
}

// NeedsQuotes reports whether name as it stands would not be read as the identifier name: it is a
// keyword, or not made of lower-case letters, digits and underscores alone.
func (d Dialect) NeedsQuotes(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || c == '_' || '0' <= c && c <= '9' && i > 0) {
			return true
		}
	}
	// _utf8 and its like announce the character set of a string in MySQL; which ones exist depends on the server.
	return name == "" || d == MySQL && name[0] == '_' || d.isKeyword(name)
}

// checkIdent refuses what d would not take for an identifier, or would silently change.
func (d Dialect) checkIdent(name string) error {
	switch {
	case name == "":
		return errors.New("an identifier is empty")
	case !utf8.ValidString(name):
		return fmt.Errorf("identifier %q is not valid UTF-8", name)
	case strings.ContainsRune(name, 0):
		return fmt.Errorf("identifier %q has a NUL character in it", name)
	}
	switch d {
	case PostgreSQL:
		// Section 4.1.1 of the manual: "The system uses no more than NAMEDATALEN-1 bytes of an identifier".
		if len(name) > 63 {
			return fmt.Errorf("identifier %q has %d bytes: PostgreSQL would silently cut it to 63 (manual, section 4.1.1); shorten it", name, len(name))
		}
	case MySQL:
		return checkMySQL(name)
	case SQLServer:
		// A name is stored as sysname, an nvarchar(128), which counts UTF-16 code units.
		if n := len(utf16.Encode([]rune(name))); n > 128 {
			return fmt.Errorf("identifier %q has %d characters: SQL Server allows 128; shorten it", name, n)
		}
	}
	return nil
}

// checkMySQL follows the manual's "Schema Object Names" and "Identifier Length Limits". MariaDB has
// the same rules, with errors 1458, 1300 and 1059.
func checkMySQL(name string) error {
	if strings.HasSuffix(name, " ") {
		return fmt.Errorf("identifier %q ends with a space, which MySQL does not allow (manual, section \"Schema Object Names\")", name)
	}
	if i := strings.IndexFunc(name, func(r rune) bool { return r > 0xFFFF }); i >= 0 {
		return fmt.Errorf("identifier %q has a character beyond U+FFFF, which MySQL does not allow (manual, section \"Schema Object Names\")", name)
	}
	if n := utf8.RuneCountInString(name); n > 64 {
		return fmt.Errorf("identifier %q has %d characters: MySQL allows 64; shorten it", name, n)
	}
	return nil
}

// maxParts is how many parts a procedure's name can have.
func (d Dialect) maxParts() int {
	if d == SQLServer {
		return 4 // server.database.schema.procedure
	}
	return 3 // database.schema.function, or database.package.procedure in MariaDB
}
