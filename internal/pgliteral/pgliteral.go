// Package pgliteral converts a JSON value to the text that PostgreSQL's input functions parse. The
// database itself converts the text, bound as a parameter, to the type of that.
//
// A value has the meaning that it has for json_to_record (PostgreSQL manual, section 9.16, with the
// rules at json_populate_record), whose code is in jsonfuncs.c. All functions may be called
// concurrently.
package pgliteral

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

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
// for every type, json and jsonb included, and inside arrays and composites. The text shares no
// memory with value. By type:
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
func Of(t *catalog.Type, value json.RawMessage) (text any, err error) {
	switch {
	case !utf8.Valid(value):
		return nil, errors.New("the value is not valid UTF-8")
	case !json.Valid(value):
		return nil, errors.New("the value is not valid JSON")
	}
	if text, err = new(writer).convert(t, bytes.Trim(value, space)); err != nil {
		return nil, err
	}
	return text, nil
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
func (w *writer) convert(t *catalog.Type, value []byte) (any, error) {
	t = underlying(t)
	switch {
	case string(value) == "null":
		return nil, nil
	case t.Is(pgoid.JSON, pgoid.JSONB):
		return string(value), nil
	case value[0] == '"':
		return unquote(value)
	case t.Kind != catalog.Array && t.Kind != catalog.Composite:
		return string(value), nil
	case w.depth == maxDepth:
		return nil, fmt.Errorf("%s is more than %d types deep", t, maxDepth)
	}
	w.depth++
	defer func() { w.depth-- }()
	if t.Kind == catalog.Array {
		return w.array(t, value)
	}
	return w.composite(t, value)
}

// underlying is Type.Underlying, with a scalar for an unknown type.
func underlying(t *catalog.Type) *catalog.Type {
	if t = t.Underlying(); t != nil {
		return t
	}
	return new(catalog.Type)
}

func (w *writer) composite(t *catalog.Type, value []byte) (string, error) {
	if value[0] != '{' {
		return "", fmt.Errorf("%s takes a JSON object, or a string with the text of a row", t)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		return "", err
	}
	texts := make([]string, len(t.Fields))
	for i, field := range t.Fields {
		member, ok := members[field.Name]
		if !ok {
			continue // no text is NULL
		}
		var err error
		if texts[i], err = w.part(inRow, field.Type, member); err != nil {
			return "", fmt.Errorf("%s: %w", field.Name, err)
		}
	}
	return "(" + strings.Join(texts, inRow.delim) + ")", nil
}

// array converts a JSON array, whose opening brackets give the number of dimensions.
func (w *writer) array(t *catalog.Type, value []byte) (string, error) {
	brackets := 0
	for _, c := range value {
		if c == '[' {
			brackets++
		} else if strings.IndexByte(space, c) < 0 {
			break
		}
	}
	switch {
	case brackets == 0:
		return "", fmt.Errorf("%s takes a JSON array, or a string with the text of an array", t)
	case brackets > maxDims, brackets > 1 && isVector(t):
		return "", fmt.Errorf("%s can't have %d dimensions", t, brackets)
	}
	sizes := slices.Repeat([]int{-1}, brackets)
	text, err := w.dimension(t, value, sizes)
	if err == nil && slices.Contains(sizes, 0) {
		// {{},{}} is {} for json_to_record, and malformed for some versions of array_in.
		return join(t, nil), nil
	}
	return text, err
}

// dimension converts an array or one inside it. Sizes are those of its dimensions, -1 for one that
// is not known yet: the first array in a dimension sets it, and the others must have the same.
func (w *writer) dimension(t *catalog.Type, value []byte, sizes []int) (string, error) {
	if value[0] != '[' {
		return "", fmt.Errorf("%s has elements besides arrays of them", t)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		return "", err
	}
	if sizes[0] < 0 {
		sizes[0] = len(items)
	} else if sizes[0] != len(items) {
		return "", fmt.Errorf("%s has arrays of different lengths in one dimension", t)
	}
	texts, in := make([]string, len(items)), inArray(t)
	for i, item := range items {
		var err error
		if len(sizes) > 1 {
			texts[i], err = w.dimension(t, item, sizes[1:])
		} else {
			texts[i], err = w.part(in, t.Elem, item)
		}
		if err != nil {
			return "", err
		}
	}
	return join(t, texts), nil
}

// part converts a value to the text of an element or a field.
func (w *writer) part(in container, t *catalog.Type, value []byte) (string, error) {
	v, err := w.convert(t, value)
	if err != nil {
		return "", err
	}
	text, ok := v.(string)
	if !ok {
		return in.null, nil
	}
	text = in.quote(text)
	if w.written += len(text); w.written > maxText {
		return "", errors.New("the value is too long as PostgreSQL's text")
	}
	return text, nil
}

// join puts the braces of array_out around elements or dimensions.
func join(t *catalog.Type, texts []string) string {
	if isVector(t) {
		return strings.Join(texts, " ")
	}
	return "{" + strings.Join(texts, inArray(t).delim) + "}"
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

// escapes matches an escape of a JSON string, a surrogate pair as one.
var escapes = regexp.MustCompile(`(?i)\\(ud[89ab]..\\ud[c-f]..|u....|.)`)

// unquote returns the text of a JSON string. It refuses what encoding/json replaces silently.
func unquote(value []byte) (string, error) {
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1]), nil
	}
	for _, e := range escapes.FindAll(value, -1) {
		if len(e) == len(`\ud800`) && e[2]|0x20 == 'd' && e[3] >= '8' {
			return "", errors.New("a string has half of a surrogate pair, which is not text")
		}
	}
	var text string
	err := json.Unmarshal(value, &text)
	return text, err
}
