package row

import (
	"errors"
	"strings"
)

// A Token is one step of an ArrayReader through an array.
type Token uint8

const (
	Open    Token = iota // a dimension begins
	Close                // a dimension ends
	Element              // an element, which ArrayReader.Value returns
	End                  // the end of the array
)

// ErrArray reports that a value is not a valid PostgreSQL array.
var ErrArray = errors.New("not the text of a PostgreSQL array")

// An ArrayReader walks the text of a PostgreSQL array (manual, 8.15.6): {1,2},
// {{a,b},{"c,d",NULL}}, [0:1]={1,2}. It ignores lower bounds, as to_json does. The zero ArrayReader
// is ready for Reset. It is not safe for concurrent use.
type ArrayReader struct {
	array  string // the text
	pos    int    // in the text
	depth  int    // dimensions that are open
	delim  byte   // between elements
	after  bool   // an element or dimension has just ended: a delimiter or } must follow
	column Column // of the elements
	value  Value  // the last element
	plain  []byte // its text without backslashes
	scanner
}

// Array returns a reader of an Array. For any other kind its Next returns ErrArray.
func (v Value) Array() *ArrayReader {
	a := new(ArrayReader)
	a.Reset(v)
	return a
}

// Reset starts over with another array, and keeps the reader's memory.
func (a *ArrayReader) Reset(v Value) {
	a.array, a.pos, a.depth, a.after = "", 0, 0, false
	if v.Kind() != Array {
		return
	}
	a.column.Kind, a.delim = v.Elem()
	a.column.single = a.column.Kind == Float32
	a.column.Elem, a.column.delim = Kind(v.num>>16), ' ' // int2vector and oidvector
	a.array = v.data
	if a.delim == ' ' { // int2vector and oidvector have no braces
		a.array = "{" + v.data + "}"
	}
}

// Value returns the element of the last Next that returned Element. It is valid until the next call
// of Next or Reset.
func (a *ArrayReader) Value() Value { return a.value }

// Next returns the next token. After the end it returns End again, and after an ErrArray that
// error.
func (a *ArrayReader) Next() (Token, error) {
	token, err := a.next()
	if err != nil {
		a.array, a.pos, a.depth, a.after = "", 0, 0, false // an empty text is an error again
	}
	return token, err
}

func (a *ArrayReader) next() (Token, error) {
	if a.pos == 0 {
		a.pos = a.skipBounds()
	} else if a.depth == 0 {
		if a.pos != len(a.array) {
			return End, ErrArray
		}
		return End, nil
	}
	if a.after && a.peek() == a.delim {
		a.pos++
		a.after = false
		if a.peek() == '}' {
			return End, ErrArray
		}
	} else if a.after && a.peek() != '}' {
		return End, ErrArray
	}
	switch c := a.peek(); {
	case c == '{':
		a.pos++
		a.depth++
		return Open, nil
	case a.depth == 0 || c == a.delim || c == 0 && a.pos == len(a.array):
		return End, ErrArray
	case c == '}':
		a.pos++
		a.depth--
		a.after = true
		return Close, nil
	}
	a.after = true
	return Element, a.readElement()
}

func (a *ArrayReader) peek() byte {
	if a.pos < len(a.array) {
		return a.array[a.pos]
	}
	return 0
}

// skipBounds returns the position after bounds such as [0:1][-2:3]=, or 0 if there are none.
func (a *ArrayReader) skipBounds() int {
	if a.peek() == '[' {
		for i := range len(a.array) {
			c := a.array[i]
			if c == '=' {
				return i + 1
			}
			if strings.IndexByte("[0123456789:-+]", c) < 0 {
				break
			}
		}
	}
	return 0
}

// readElement reads one element into a.value. PostgreSQL quotes an element that is empty, is the
// word NULL, or contains a delimiter, a brace, a quote, a backslash or white space.
func (a *ArrayReader) readElement() error {
	quoted := a.array[a.pos] == '"'
	if quoted {
		a.pos++
	}
	start := a.pos // of the text that has not been copied to a.plain
	a.plain = a.plain[:0]
scan:
	for ; ; a.pos++ {
		if a.pos == len(a.array) {
			return ErrArray
		}
		switch c := a.array[a.pos]; {
		case c == '\\':
			a.plain = append(a.plain, a.array[start:a.pos]...)
			a.pos++
			if a.pos == len(a.array) {
				return ErrArray
			}
			start = a.pos
		case quoted:
			if c == '"' {
				break scan
			}
		case c == a.delim || c == '}':
			break scan
		case c == '{' || c == '"':
			return ErrArray
		}
	}
	element := a.array[start:a.pos]
	if a.array[start-1] == '\\' {
		a.plain = append(a.plain, element...)
		element = stringOf(a.plain)
	}
	if quoted {
		a.pos++
	}
	a.value = a.element(element, quoted)
	return nil
}

// element makes the value of an element's text.
func (a *ArrayReader) element(text string, quoted bool) Value {
	a.made = a.made[:0]
	switch {
	case !quoted && len(text) == len("null") && strings.EqualFold(text, "null"):
		return Value{}
	case a.column.Kind == Bytes:
		return a.hex(text)
	}
	return a.scanner.text(text, a.column.Kind, &a.column)
}

// List returns an Array as a []any, nested for several dimensions, of what convert makes of each
// element. Its argument is valid until convert returns. For any other kind List returns ErrArray.
func (v Value) List(convert func(Value) any) ([]any, error) {
	var open [][]any // the dimensions that have begun
	a := v.Array()
	for {
		token, err := a.Next()
		if err != nil {
			return nil, err
		}
		switch token {
		case Open:
			open = append(open, []any{})
		case Element:
			last := len(open) - 1
			open[last] = append(open[last], convert(a.Value()))
		case Close:
			last := len(open) - 1
			if last == 0 {
				_, err := a.Next() // nothing may follow
				return open[0], err
			}
			open[last-1] = append(open[last-1], open[last])
			open = open[:last]
		}
	}
}
