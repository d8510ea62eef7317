package main

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// A kind says what a token is.
type kind int

const (
	word kind = iota
	text
	number
	symbol
	quasi // [json| … |], [str| … |]
)

// A token is one of a Haskell source.
type token struct {
	kind kind
	text string // of a text the value
	name string // of a quasi the name before the bar
	line int
	top  bool // it begins a line
}

// A lexer cuts a Haskell source into tokens, as far as the specification needs it.
type lexer struct {
	source string
	at     int
	line   int
	tokens []token
}

// lex returns the tokens of a source, without comments.
func lex(source string) []token {
	l := &lexer{source: source, line: 1}
	for l.at < len(l.source) {
		l.next()
	}
	return l.tokens
}

// quasiquotes are the names of the quotes that the specification uses.
var quasiquotes = []string{"json", "str", "r"}

func (l *lexer) next() {
	rest := l.source[l.at:]
	switch c := rest[0]; {
	case c == '\n':
		l.line++
		l.at++
	case c == ' ' || c == '\t' || c == '\r':
		l.at++
	case strings.HasPrefix(rest, "--"):
		l.at += lineLength(rest)
	case c == '#' && l.begins():
		l.at += lineLength(rest)
	case strings.HasPrefix(rest, "{-"):
		l.skip(strings.Index(rest, "-}") + 2)
	case c == '"':
		l.text(rest)
	case c == '[' && l.quote(rest):
	case strings.IndexByte("()[]{},`;", c) >= 0:
		l.add(token{kind: symbol, text: rest[:1]}, 1)
	case '0' <= c && c <= '9':
		l.add(token{kind: number}, length(rest, isDigit))
	case c == '_' || unicode.IsLetter([]rune(rest)[0]):
		l.add(token{kind: word}, length(rest, isWord))
	default:
		l.add(token{kind: symbol}, max(1, length(rest, isSymbol)))
	}
}

func lineLength(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

// length returns how many bytes at the beginning of s are of a class.
func length(s string, of func(rune) bool) int {
	for i, r := range s {
		if !of(r) {
			return i
		}
	}
	return len(s)
}

func isDigit(r rune) bool { return r == '_' || unicode.IsDigit(r) }

func isWord(r rune) bool {
	return r == '_' || r == '\'' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func isSymbol(r rune) bool { return strings.ContainsRune("!#$%&*+./<=>?@\\^|-~:", r) }

// begins reports whether the next token is the first of its line, in its first column.
func (l *lexer) begins() bool { return l.at == 0 || l.source[l.at-1] == '\n' }

func (l *lexer) add(t token, length int) {
	if t.text == "" && t.kind != text && t.kind != quasi {
		t.text = l.source[l.at : l.at+length]
	}
	t.line, t.top = l.line, l.begins()
	l.tokens = append(l.tokens, t)
	l.skip(length)
}

func (l *lexer) skip(length int) {
	l.line += strings.Count(l.source[l.at:l.at+length], "\n")
	l.at += length
}

// quote reads a quasiquote, if there is one.
func (l *lexer) quote(rest string) bool {
	for _, name := range quasiquotes {
		if begin := "[" + name + "|"; strings.HasPrefix(rest, begin) {
			end := strings.Index(rest, "|]")
			content := rest[len(begin):end]
			if name == "str" { // of Text.Heredoc, whose lines begin at a bar
				content = margin.ReplaceAllString(content, "\n")
				// The space before the end is none of it: the lengths in the specification say so.
				content = strings.TrimRight(content, " ")
			}
			l.add(token{kind: quasi, name: name, text: content}, end+2)
			return true
		}
	}
	return false
}

// text reads a string literal (Haskell 2010 report, section 2.6).
func (l *lexer) text(rest string) {
	var b strings.Builder
	i := 1
	for rest[i] != '"' {
		if rest[i] != '\\' {
			b.WriteByte(rest[i])
			i++
			continue
		}
		i++
		switch c := rest[i]; {
		case c == '&': // nothing
			i++
		case unicode.IsSpace(rune(c)): // a gap
			i += strings.IndexByte(rest[i:], '\\') + 1
		case '0' <= c && c <= '9':
			n := length(rest[i:], unicode.IsDigit)
			code, _ := strconv.Atoi(rest[i : i+n])
			b.WriteRune(rune(code))
			i += n
		default:
			b.WriteByte(escapes[c])
			i++
		}
	}
	l.add(token{kind: text, text: b.String()}, i+1)
}

var margin = regexp.MustCompile(`\n[ \t]*\|`)

var escapes = map[byte]byte{
	'n': '\n', 't': '\t', 'r': '\r', '"': '"', '\\': '\\', '\'': '\'', 'a': '\a', 'b': '\b', 'f': '\f',
	'v': '\v',
}
