// Package pgliteral converts a JSON value to the text that PostgreSQL's input functions parse. The
// database itself converts the text, bound as a parameter, to the type of that.
//
// A value has the meaning that it has for json_to_record (PostgreSQL manual, section 9.16, with the
// rules at json_populate_record), whose code is in jsonfuncs.c. All functions may be called
// concurrently.
package pgliteral

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgoid"
)

const (
	maxDims = 6 // MAXDIM of PostgreSQL's array.h

	// An array or composite doubles the quotes and backslashes inside it, so a value can grow by two
	// to the power of the depth of its type. Hence these limits.
	maxDepth = 32      // of nested arrays and composites
	maxText  = 1 << 28 // bytes of all elements and fields, counted at each level
)

// Of returns the text of a JSON value for a type, as a string, or nil for NULL. JSON's null is NULL
// for every type, json and jsonb included, and inside arrays and composites. The text may be a part
// of value. By type:
//
//   - json, jsonb: the JSON as sent.
//   - an array: a JSON array. It has as many dimensions as opening brackets, [[1,2],[3,4]]; further
//     brackets belong to elements.
//   - a composite: a JSON object with the fields as members. Missing members are NULL, others are
//     ignored, and the last of a repeated name counts.
//   - a domain: as its base.
//   - any of these except json and jsonb: a JSON string is the text itself, {1,2} or (1,2).
//   - any other type, and a nil Type: the text of a JSON string, any other JSON as sent. The
//     database checks whether it is valid.
//
// Of returns an error if the value does not match the type, if it is not JSON in UTF-8 or has an
// unpaired surrogate in a string, and if the text would be nested too deeply or longer than
// 256 MiB. The error does not quote the value.
func Of(t *catalog.Type, value string) (text any, err error) {
	switch {
	case !utf8.ValidString(value):
		return nil, errors.New("the value is not valid UTF-8")
	case !json.Valid(unsafe.Slice(unsafe.StringData(value), len(value))): // which only reads it
		return nil, errors.New("the value is not valid JSON")
	}
	converted, isNull, err := new(writer).convert(t, strings.Trim(value, space))
	if err != nil || isNull {
		return nil, err
	}
	return converted, nil
}

// Shown returns PostgreSQL's text of a value in the form in which a response shows it, if that is
// JSON for the type: neither the text of an array nor that of a row begins like it. Any other text
// comes back as it is, for PostgreSQL to read, which says what is wrong with it.
func Shown(t *catalog.Type, text string) string {
	u := t.Underlying()
	isArray := u != nil && u.Kind == catalog.Array && strings.HasPrefix(text, "[")
	isRow := u != nil && u.Kind == catalog.Composite && strings.HasPrefix(text, "{")
	if isArray || isRow {
		if literal, err := Of(u, text); err == nil && literal != nil {
			return literal.(string)
		}
	}
	return text
}

// Array returns the text of an array whose elements have the given texts, none of them NULL. A nil
// Type is that of any array whose delimiter is a comma.
func Array(t *catalog.Type, texts []string) string {
	t = underlying(t)
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = inArray(t).quote(text)
	}
	return join(t, quoted)
}

const space = " \t\r\n" // the whitespace of RFC 8259, section 2

// A writer converts one value.
type writer struct {
	depth   int // of the open arrays and composites
	written int // bytes of their elements and fields
}

// convert is Of for a valid value without whitespace around it.
func (w *writer) convert(t *catalog.Type, value string) (text string, isNull bool, err error) {
	t = underlying(t)
	switch {
	case value == "null":
		return "", true, nil
	case t.Is(pgoid.JSON, pgoid.JSONB):
		return value, false, nil
	case value[0] == '"':
		text, err = unquote(value)
		return text, false, err
	case t.Kind != catalog.Array && t.Kind != catalog.Composite:
		return value, false, nil
	case w.depth == maxDepth:
		return "", false, fmt.Errorf("%s is more than %d types deep", t, maxDepth)
	}
	w.depth++
	defer func() { w.depth-- }()
	if t.Kind == catalog.Array {
		text, err = w.array(t, value)
	} else {
		text, err = w.composite(t, value)
	}
	return text, false, err
}

// underlying is Type.Underlying, with a scalar for an unknown type.
func underlying(t *catalog.Type) *catalog.Type {
	if t = t.Underlying(); t != nil {
		return t
	}
	return new(catalog.Type)
}

func (w *writer) composite(t *catalog.Type, value string) (string, error) {
	if value[0] != '{' {
		return "", fmt.Errorf("%s takes a JSON object, or a string with the text of a row", t)
	}
	members := make([]string, len(t.Fields)) // no text is NULL
	for key, member := range parts(value) {
		name, err := unquote(key)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(t.Fields, func(f catalog.Column) bool { return f.Name == name })
		if i >= 0 {
			members[i] = member
		}
	}
	for i, field := range t.Fields {
		if members[i] == "" {
			continue
		}
		var err error
		if members[i], err = w.part(inRow, field.Type, members[i]); err != nil {
			return "", fmt.Errorf("%s: %w", field.Name, err)
		}
	}
	return "(" + strings.Join(members, inRow.delim) + ")", nil
}

// array converts a JSON array, whose opening brackets give the number of dimensions.
func (w *writer) array(t *catalog.Type, value string) (string, error) {
	dims := 0
	for _, c := range []byte(value) {
		if c == '[' {
			dims++
		} else if strings.IndexByte(space, c) < 0 {
			break
		}
	}
	switch {
	case dims == 0:
		return "", fmt.Errorf("%s takes a JSON array, or a string with the text of an array", t)
	case dims > maxDims, dims > 1 && isVector(t):
		return "", fmt.Errorf("%s can't have %d dimensions", t, dims)
	}
	sizes := slices.Repeat([]int{-1}, dims)
	var b strings.Builder
	b.Grow(len(value))
	err := w.dimension(&b, t, value, sizes)
	if err == nil && slices.Contains(sizes, 0) {
		// {{},{}} is {} for json_to_record, and malformed for some versions of array_in.
		return join(t, nil), nil
	}
	return b.String(), err
}

// dimension converts an array or one inside it. Sizes are those of its dimensions, -1 for one that
// is not known yet: the first array in a dimension sets it, and the others must have the same.
func (w *writer) dimension(b *strings.Builder, t *catalog.Type, value string, sizes []int) error {
	if value[0] != '[' {
		return fmt.Errorf("%s has elements besides arrays of them", t)
	}
	open, delim, shut := brackets(t)
	in, n := inArray(t), 0
	b.WriteString(open)
	for _, item := range parts(value) {
		if n++; n > 1 {
			b.WriteString(delim)
		}
		if len(sizes) > 1 {
			if err := w.dimension(b, t, item, sizes[1:]); err != nil {
				return err
			}
			continue
		}
		text, err := w.part(in, t.Elem, item)
		if err != nil {
			return err
		}
		b.WriteString(text)
	}
	b.WriteString(shut)
	if sizes[0] >= 0 && sizes[0] != n {
		return fmt.Errorf("%s has arrays of different lengths in one dimension", t)
	}
	sizes[0] = n
	return nil
}

// part converts a value to the text of an element or a field.
func (w *writer) part(in container, t *catalog.Type, value string) (string, error) {
	text, isNull, err := w.convert(t, value)
	if err != nil {
		return "", err
	}
	if isNull {
		return in.null, nil
	}
	text = in.quote(text)
	if w.written += len(text); w.written > maxText {
		return "", errors.New("the value is too long as PostgreSQL's text")
	}
	return text, nil
}

// parts ranges over what is in a valid JSON array or object, as it is written: values, with the
// keys of members in their quotes. Nothing is copied, since a value is as long as its body.
func parts(value string) iter.Seq2[string, string] {
	return func(yield func(key, part string) bool) {
		skipSpace := func(i int) int {
			for strings.IndexByte(space, value[i]) >= 0 {
				i++
			}
			return i
		}
		for i := skipSpace(1); value[i] != ']' && value[i] != '}'; {
			key := ""
			if value[0] == '{' {
				end := skip(value, i)
				key = value[i:end]
				i = skipSpace(skipSpace(end) + len(":"))
			}
			end := skip(value, i)
			if !yield(key, value[i:end]) {
				return
			}
			if i = skipSpace(end); value[i] == ',' {
				i = skipSpace(i + 1)
			}
		}
	}
}

// skip returns the end of the value at value[i].
func skip(value string, i int) int {
	for depth := 0; ; i++ {
		switch value[i] {
		case '"':
			for i++; value[i] != '"'; i++ {
				if value[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1
			} else if depth < 0 { // a number or a word has ended before
				return i
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
}

// join puts the braces of array_out around elements.
func join(t *catalog.Type, texts []string) string {
	open, delim, shut := brackets(t)
	return open + strings.Join(texts, delim) + shut
}

// brackets returns what array_out writes around and between elements.
func brackets(t *catalog.Type) (open, delim, shut string) {
	if isVector(t) {
		return "", " ", ""
	}
	return "{", inArray(t).delim, "}"
}

// isVector reports whether t is one of the two types that are arrays except for their text.
func isVector(t *catalog.Type) bool {
	return t.Is(pgoid.Int2Vector, pgoid.OIDVector)
}

// A container says how texts are quoted as elements of an array or fields of a composite.
type container struct {
	null   string
	delim  string
	escape *strings.Replacer // of characters that would end the quotes
}

var (
	inRow       = container{"", ",", strings.NewReplacer(`"`, `""`, `\`, `\\`)}
	arrayEscape = strings.NewReplacer(`"`, `\"`, `\`, `\\`)
)

func inArray(t *catalog.Type) container {
	c := container{"NULL", ",", arrayEscape}
	if t.Delim != 0 {
		c.delim = string(rune(t.Delim))
	}
	return c
}

// quote adds quotes where array_out or record_out does. array_in and record_in allow needless ones.
func (c container) quote(text string) string {
	special := c.delim + "\"\\{}() \t\n\v\f\r"
	if text != "" && !strings.EqualFold(text, "null") && !strings.ContainsAny(text, special) {
		return text
	}
	return `"` + c.escape.Replace(text) + `"`
}

// unquote returns the text of a JSON string, as package binder does.
func unquote(value string) (string, error) {
	text, err := binder.Arg{Values: []string{value}, JSON: true}.Value()
	if err != nil {
		return "", errors.New("a string has half of a surrogate pair, which is not text")
	}
	return text.(string), nil
}
