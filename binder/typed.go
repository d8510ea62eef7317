package binder

import (
	"encoding/json"
	"net/http"
)

// A Type says what the text of a value stands for. Most databases compare by it: to SQLite and
// MySQL the text true is not the truth value.
type Type uint8

const (
	TextType   Type = iota // text, and whatever no type is known of
	BoolType               // true or false, or another word that [Bool] takes
	NumberType             // a decimal number with all its digits
	BytesType              // bytes as [Bytes] takes them
	TimeType               // a time with its zone as [Timestamp] takes it
)

// A Bound is what a request gives for some fields, in their order.
type Bound struct {
	Values  []any  // as [Bind] returns them
	Types   []Type // of those values that are text
	Present []bool // false for an optional field that is absent
}

// BindTyped is [Bind] for databases that do not convert a text to the type of its parameter. It
// also returns what each text is: by its field, or for a field that takes any value by how the
// source has it, such as a number of JSON.
func BindTyped(
	r *http.Request, fields []Field, given map[string]any, sources []Source,
) (Bound, error) {
	b := binding{request: r, fields: fields, Bound: newBound(len(fields))}
	if err := b.bind(given, sources); err != nil {
		return Bound{}, err
	}
	for i := range fields {
		if r := fields[i].rules; r != nil && r.typed {
			b.Types[i] = r.valueType
		}
	}
	return b.Bound, nil
}

// newBound returns a Bound for n fields, in one piece of memory if they are few.
func newBound(n int) Bound {
	const most = 4
	if n > most {
		return Bound{make([]any, n), make([]Type, n), make([]bool, n)}
	}
	few := new(struct {
		values  [most]any
		types   [most]Type
		present [most]bool
	})
	return Bound{few.values[:n:n], few.types[:n:n], few.present[:n:n]}
}

// typeOf returns the type of a value that a source has, and its text. The number and the truth
// value of a program's own source stay what they are.
func typeOf(value any) (any, Type) {
	switch v := value.(type) {
	case literal:
		return string(v), jsonType(string(v))
	case json.Number:
		return value, NumberType
	case bool:
		return value, BoolType
	}
	return value, TextType
}

// A literal is a JSON value other than null and a string, as sent.
type literal string

// untyped returns a value with the text of a literal as a string.
func untyped(value any) any {
	if v, ok := value.(literal); ok {
		return string(v)
	}
	return value
}

// jsonType returns the type of a JSON value by its first byte.
func jsonType(raw string) Type {
	switch c := raw[0]; {
	case c == 't', c == 'f':
		return BoolType
	case c == '-', '0' <= c && c <= '9':
		return NumberType
	}
	return TextType
}

// Type returns what the text of [Arg.Value] stands for: the type of a JSON value, and otherwise
// [TextType], since a query and a form have nothing but text.
func (a Arg) Type() Type {
	if !a.JSON {
		return TextType
	}
	return jsonType(a.Values[0])
}
