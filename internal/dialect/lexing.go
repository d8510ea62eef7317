package dialect

import "strings"

// Lexing says how a database cuts the text of a statement into tokens, as a server with default
// settings does. Standard strings, quoted identifiers and comments are the same everywhere.
type Lexing struct {
	BackslashStrings bool // a backslash escapes in every string
	EscapeStrings    bool // it does in E'…', which can continue on the next line
	DollarStrings    bool // $tag$…$tag$ is a string
	Backticks        bool // `name` is a quoted identifier
	Brackets         bool // [name] is a quoted identifier
	NestedComments   bool // block comments nest

	// HashComments is set if # begins a comment, and -- does only before space, a control character
	// or the end of the text; otherwise -- is two minus signs.
	HashComments bool

	LineEnds string   // the characters of which each ends a comment with the line
	Executed []string // the beginnings of comments that the server executes

	// Colons is set if a colon that begins no parameter is part of the language, as in casts and
	// slices.
	Colons bool

	// WordBytes are part of words besides letters, digits, _, $ and all that is not ASCII.
	WordBytes string

	// Placeholder reports whether text, which is not empty, begins with a parameter in the
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
