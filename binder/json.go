package binder

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const space = " \t\r\n" // the whitespace of RFC 8259, section 2

// The members of a JSON object, each value as it was written.
type members []member

type member struct{ key, raw string }

// openJSON parses a JSON object.
func openJSON(text string) (content, error) {
	object, err := parseObject(text)
	if err != nil {
		return nil, err
	}
	return object, nil
}

func (m members) lookup(name string) (any, bool, error) {
	i := slices.IndexFunc(m, func(one member) bool { return one.key == name })
	if i < 0 {
		return nil, false, nil
	}
	value, err := jsonValue(name, m[i].raw)
	return value, err == nil, err
}

func (m members) args() ([]Arg, error) {
	args := make([]Arg, len(m))
	for i, one := range m {
		args[i] = one.arg()
	}
	return args, nil
}

func (m member) arg() Arg { return Arg{Name: m.key, Values: []string{m.raw}, JSON: true} }

// parseObject returns the members of a JSON object, in their order.
//
// The syntax is left to encoding/json. What that accepts silently is refused here: duplicate keys,
// of which it takes the last, and invalid UTF-8 and unpaired surrogates, which it replaces.
func parseObject(text string) (members, error) {
	if strings.HasPrefix(text, "\ufeff") {
		return nil, &Error{
			Status:  http.StatusBadRequest,
			Message: "the JSON body starts with a byte order mark",
			Hint:    "Send it without the mark, as RFC 8259 section 8.1 says.",
		}
	}
	if offset := invalidUTF8(text); offset >= 0 {
		return nil, errorAt(text, offset, "the JSON body is not valid UTF-8")
	}
	begin := len(text) - len(strings.TrimLeft(text, space))
	if !strings.HasPrefix(text[begin:], "{") {
		return nil, &Error{
			Status:  http.StatusBadRequest,
			Message: "the JSON body is not an object",
			Hint:    "Send an object of arguments by their names.",
		}
	}
	if !json.Valid(unsafeBytes(text)) { // which only reads it
		return nil, syntaxError(text)
	}
	w := walker{text: text, pos: begin, members: make(members, 0, 8)} // few objects have more
	err := w.object()
	return w.members, err
}

// invalidUTF8 returns the offset of the first invalid byte, or -1.
func invalidUTF8(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return -1
}

// syntaxError returns what is wrong with a text that is not valid. It does not use the messages of
// encoding/json, which quote the character at fault.
func syntaxError(text string) error {
	end, err := decode(text)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		rest := strings.TrimLeft(text[end:], space)
		return errorAt(text, len(text)-len(rest), "the JSON body goes on after the object")
	case !errors.As(err, &syntax):
		refusal := errorAt(text, len(text), "the JSON body ends too early")
		refusal.Err = err
		return refusal
	}
	offset := int(syntax.Offset)
	if _, err := decode(text[:offset]); errors.As(err, new(*json.SyntaxError)) {
		offset-- // encoding/json counts the byte at fault, except with GOEXPERIMENT=jsonv2
	}
	refusal := errorAt(text, offset, "malformed JSON body")
	refusal.Err = err
	if strings.HasPrefix(text[offset:], "{") || strings.HasPrefix(text[offset:], "[") {
		refusal.Hint = "It may be nested up to 10,000 levels deep."
	}
	return refusal
}

// decode parses the value at the start of text and returns its end. A Decoder returns no
// SyntaxError for a text that is merely cut off.
func decode(text string) (end int64, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	err = decoder.Decode(new(json.RawMessage))
	return decoder.InputOffset(), err
}

// errorAt returns an error with its place in the text: the offset in bytes, and the line and column
// (in characters) from 1, as editors count them.
func errorAt(text string, offset int, message string) *Error {
	before := text[:offset]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	message = fmt.Sprintf("%s at offset %d (line %d, column %d)", message, offset, line, column)
	return &Error{Status: http.StatusBadRequest, Message: message}
}

// A walker walks a text that is known to be valid: it need not look for the end of the text, and
// its recursion is no deeper than the nesting that encoding/json allows.
type walker struct {
	text    string
	pos     int
	depth   int     // of objects
	members members // of the outermost one
}

// object walks the object at pos.
func (w *walker) object() error {
	keys := map[string]bool{}
	w.depth++
	w.pos++ // {
	for w.next() != '}' {
		if w.text[w.pos] == ',' {
			w.pos++
			w.next()
		}
		start := w.pos
		w.string()
		key, ok := unquote(w.text[start:w.pos])
		if !ok {
			message := "a key of the JSON body holds half of a surrogate pair"
			return errorAt(w.text, start, message)
		}
		if keys[key] {
			message := fmt.Sprintf("the JSON body has the key %.64q twice in one object:", key)
			return errorAt(w.text, start, message)
		}
		w.next()
		w.pos++ // :
		w.next()
		value, err := w.value()
		if err != nil {
			return err
		}
		keys[key] = true
		if w.depth == 1 {
			w.members = append(w.members, member{key, value})
		}
	}
	w.pos++
	w.depth--
	return nil
}

// array walks the array at pos.
func (w *walker) array() error {
	w.pos++ // [
	for w.next() != ']' {
		if w.text[w.pos] == ',' {
			w.pos++
			w.next()
		}
		if _, err := w.value(); err != nil {
			return err
		}
	}
	w.pos++
	return nil
}

// value walks the value at pos and returns its text.
func (w *walker) value() (raw string, err error) {
	start := w.pos
	switch w.text[w.pos] {
	case '{':
		err = w.object()
	case '[':
		err = w.array()
	case '"':
		w.string()
	default: // a number, true, false or null, which the enclosing object or array delimits
		w.pos += strings.IndexAny(w.text[w.pos:], ",]}"+space)
	}
	return w.text[start:w.pos], err
}

// string walks the string at pos.
func (w *walker) string() {
	for w.pos++; w.text[w.pos] != '"'; w.pos++ {
		if w.text[w.pos] == '\\' {
			w.pos++
		}
	}
	w.pos++
}

// next advances to the next token and returns its first byte.
func (w *walker) next() byte {
	for strings.IndexByte(space, w.text[w.pos]) >= 0 {
		w.pos++
	}
	return w.text[w.pos]
}

// unquote returns the text of a valid JSON string, a part of it where nothing is escaped; ok is
// false if the text is not valid Unicode (RFC 8259, section 8.2): one of \ud800 to \udfff is not
// part of a pair.
func unquote(raw string) (text string, ok bool) {
	rest := raw[1 : len(raw)-1]
	i := strings.IndexByte(rest, '\\')
	if i < 0 {
		return rest, true
	}
	var b strings.Builder
	b.Grow(len(rest)) // no escape is shorter than its text
	for ; i >= 0; i = strings.IndexByte(rest, '\\') {
		b.WriteString(rest[:i])
		c := rest[i+1]
		rest = rest[i+len(`\n`):]
		if c != 'u' {
			b.WriteByte(unescaped(c))
			continue
		}
		r := hex4(rest)
		rest = rest[len("1234"):]
		if utf16.IsSurrogate(r) {
			if !strings.HasPrefix(rest, `\u`) {
				return "", false
			}
			if r = utf16.DecodeRune(r, hex4(rest[len(`\u`):])); r == utf8.RuneError {
				return "", false
			}
			rest = rest[len(`\u1234`):]
		}
		b.WriteRune(r)
	}
	b.WriteString(rest)
	return b.String(), true
}

// unescaped returns the character that a letter stands for after a backslash.
func unescaped(c byte) byte {
	if i := strings.IndexByte("bfnrt", c); i >= 0 {
		return "\b\f\n\r\t"[i]
	}
	return c
}

// hex4 returns the value of the four hexadecimal digits at the start of s.
func hex4(s string) rune {
	n, _ := strconv.ParseUint(s[:4], 16, 16)
	return rune(n)
}
