package sqltemplate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moresql/moresql/internal/dialect"
)

// kind is what a token means to a Template.
type kind uint8

const (
	other     kind = iota // part of the statement, left as it is
	blank                 // space or a comment
	parameter             // a colon and a name
	semicolon
)

const spaces = " \t\n\v\f\r"

// A lexer cuts text into tokens. It knows strings, quoted identifiers, comments and words, and
// takes everything else one character at a time: what those characters mean is up to the server.
type lexer struct {
	*dialect.Lexing
	database string // its name, for errors
	text     string
}

// checkText refuses what no database takes as text.
func (l lexer) checkText() error {
	if i := strings.IndexByte(l.text, 0); i >= 0 {
		return l.errorAt(i, "a NUL character")
	}
	for i, r := range l.text {
		if r == utf8.RuneError && !strings.HasPrefix(l.text[i:], "\uFFFD") {
			return l.errorAt(i, "not valid UTF-8; save the file as UTF-8")
		}
	}
	return nil
}

// errorAt makes an Error about the text at pos.
func (l lexer) errorAt(pos int, reason string) error {
	before := l.text[:pos]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return &Error{
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(line) + 1,
		Reason: reason,
	}
}

// next returns the kind of the token that begins at pos, and where it ends.
func (l lexer) next(pos int) (k kind, end int, err error) {
	c := l.text[pos]
	switch {
	case strings.IndexByte(spaces, c) >= 0:
		return blank, pos + 1, nil
	case c == ';':
		return semicolon, pos + 1, nil
	case l.lineComment(pos):
		return blank, l.lineEnd(pos), nil
	case l.has(pos, "/*"):
		end, err = l.blockComment(pos)
		return blank, end, err
	case c == '\'' || c == '"':
		end, err = l.quoted(pos, c, l.BackslashStrings)
	case c == '`' && l.Backticks:
		end, err = l.quoted(pos, '`', false)
	case c == '[' && l.Brackets:
		end, err = l.quoted(pos, ']', false)
	case c == ':':
		return l.colon(pos)
	case l.Placeholder(l.text[pos:]):
		err = l.errorAt(pos, "a placeholder in the notation of "+l.database+
			": give the parameter a name, as in :name")
	case c == '$' && l.DollarStrings:
		end, err = l.dollarQuoted(pos)
	case l.WordByte(c):
		end, err = l.word(pos)
	default:
		end = pos + 1
	}
	return other, end, err
}

func (l lexer) has(pos int, prefix string) bool { return strings.HasPrefix(l.text[pos:], prefix) }

// lineComment reports whether a comment to the end of the line begins at pos. In MySQL, -- is two
// minus signs unless space, a control character or the end of the text follows.
func (l lexer) lineComment(pos int) bool {
	if !l.HashComments {
		return l.has(pos, "--")
	}
	rest, dashes := strings.CutPrefix(l.text[pos:], "--")
	return dashes && (rest == "" || rest[0] <= ' ' || rest[0] == 0x7F) || l.has(pos, "#")
}

// lineEnd returns where the line ends. In PostgreSQL a carriage return ends one too.
func (l lexer) lineEnd(pos int) int {
	if n := strings.IndexAny(l.text[pos:], l.LineEnds); n >= 0 {
		return pos + n
	}
	return len(l.text)
}

// blockComment returns the end of the /* comment at start.
func (l lexer) blockComment(start int) (int, error) {
	runs := func(beginning string) bool { return l.has(start, beginning) }
	if slices.ContainsFunc(l.Executed, runs) {
		return 0, l.errorAt(start, "the server executes this comment: write it as plain SQL")
	}
	for pos, depth := start+2, 1; pos < len(l.text); pos++ {
		switch {
		case l.NestedComments && l.has(pos, "/*"):
			depth++
			pos++
		case l.has(pos, "*/"):
			depth--
			pos++
			if depth == 0 {
				return pos + 1, nil
			}
		}
	}
	return 0, l.errorAt(start, "a comment does not end: */ is missing")
}

// quoted returns the end of the string or identifier whose opening quote is at start. The closing
// quote stands for itself when doubled, and after a backslash if escapes is set.
func (l lexer) quoted(start int, closing byte, escapes bool) (int, error) {
	for pos := start + 1; pos < len(l.text); pos++ {
		switch c := l.text[pos]; {
		case escapes && c == '\\':
			pos++
		case c != closing:
		case pos+1 < len(l.text) && l.text[pos+1] == closing:
			pos++
		default:
			return pos + 1, nil
		}
	}
	reason := fmt.Sprintf("a string or name does not end: the closing %c is missing", closing)
	return 0, l.errorAt(start, reason)
}

// escapeString returns the end of PostgreSQL's E'…' whose quote is at start. The string can go on
// after a newline, without another E, and backslashes escape there too (manual, 4.1.2.1).
func (l lexer) escapeString(start int) (end int, err error) {
	for start >= 0 && err == nil {
		end, err = l.quoted(start, '\'', true)
		start = l.continuation(end)
	}
	return end, err
}

// continuation returns where the string that ended before pos goes on, or -1.
func (l lexer) continuation(pos int) int {
	for newline := false; pos < len(l.text); {
		switch c := l.text[pos]; {
		case c == '\'' && newline:
			return pos
		case l.has(pos, "--"):
			pos = l.lineEnd(pos)
		case strings.IndexByte(spaces, c) >= 0:
			newline = newline || c == '\n' || c == '\r'
			pos++
		default:
			return -1
		}
	}
	return -1
}

// dollarQuoted returns the end of the $tag$…$tag$ string at start. A tag is an identifier without
// dollar signs, or nothing; a dollar sign that begins no string is only a character.
func (l lexer) dollarQuoted(start int) (int, error) {
	body := start + 1
	for body < len(l.text) && l.text[body] != '$' && l.WordByte(l.text[body]) {
		body++
	}
	if !l.has(body, "$") {
		return start + 1, nil
	}
	body++
	tag := l.text[start:body]
	n := strings.Index(l.text[body:], tag)
	if n < 0 {
		return 0, l.errorAt(start, "a string does not end: the closing "+tag+" is missing")
	}
	return body + n + len(tag), nil
}

// word returns the end of the keyword, name or number at start, and of the string it announces.
func (l lexer) word(start int) (int, error) {
	end := start + len(l.Word(l.text[start:]))
	if l.EscapeStrings && l.has(end, "'") && strings.EqualFold(l.text[start:end], "e") {
		return l.escapeString(end)
	}
	return end, nil
}

// colon reads a parameter, or a colon that means something else.
//
// Directly after a word a colon begins no parameter: a[i:n] would become a[i$1], and i$1 is a
// name. For the same reason nothing that continues a word can follow the parameter.
func (l lexer) colon(start int) (kind, int, error) {
	end := start + 1
	for l.has(end, ":") {
		end++
	}
	name := l.name(end)
	switch {
	case end == start+1 && name != "" && !l.afterValue(start):
		end += len(name)
		if end < len(l.text) && l.WordByte(l.text[end]) {
			return 0, 0, l.errorAt(end, "parameter :"+name+" is followed by a character "+
				"that cannot be in its name; put a space between")
		}
		return parameter, end, nil
	case l.Colons || l.has(end, "="):
		return other, end, nil
	}
	return 0, 0, l.errorAt(start, "a colon that begins no parameter: write one as :name, "+
		"with a space before the colon if it follows a word")
}

// name returns the longest parameter name at pos: letters of any script, digits and underscores.
func (l lexer) name(pos int) string {
	rest := l.text[pos:]
	for i, r := range rest {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return rest[:i]
		}
	}
	return rest
}

// afterValue reports whether a word, string, name or closing bracket ends right before pos.
func (l lexer) afterValue(pos int) bool {
	if pos == 0 {
		return false
	}
	c := l.text[pos-1]
	return l.WordByte(c) || strings.IndexByte("'\"`])", c) >= 0
}
