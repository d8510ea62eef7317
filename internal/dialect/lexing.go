package dialect

import "strings"

// Lexing says how a database cuts the text of a statement into tokens, as a server with default
// settings does. Standard strings, quoted identifiers and comments are the same everywhere.
type Lexing struct {
	// BackslashStrings: a backslash escapes in every string. EscapeStrings: it does in E'…', which
	// can go on in the next line. DollarStrings: $tag$…$tag$ is a string.
	BackslashStrings, EscapeStrings, DollarStrings bool

	Backticks, Brackets bool // `name` and [name] are quoted identifiers

	// NestedComments: /* */ nest. HashComments: # begins a comment, and -- only one if space, a
	// control character or the end of the text follows, else it is two minus signs.
	NestedComments, HashComments bool

	LineEnds string   // the characters that end a comment with the line
	Executed []string // how a comment begins whose text the server runs

	Colons    bool   // a colon that begins no parameter is part of the language: casts, slices
	WordBytes string // what is part of words besides letters, digits, _, $ and all beyond ASCII

	// Placeholder reports whether a text that is not empty begins with a parameter in the
	// notation of the database itself.
	Placeholder func(text string) bool
}

// WordByte reports whether c can be part of a word. What is not ASCII counts as a letter, as it
// does in PostgreSQL, MySQL and SQLite.
func (l *Lexing) WordByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c), c == '_', c == '$', c >= 0x80:
		return true
	}
	return strings.IndexByte(l.WordBytes, c) >= 0
}

// Word returns the longest word at the beginning of text.
func (l *Lexing) Word(text string) string {
	for i := range len(text) {
		if !l.WordByte(text[i]) {
			return text[:i]
		}
	}
	return text
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isQuestionMark is Lexing.Placeholder where placeholders are question marks.
func isQuestionMark(text string) bool { return text[0] == '?' }
