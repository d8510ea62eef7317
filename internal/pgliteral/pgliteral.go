// Package pgliteral writes the text that PostgreSQL's input functions read for a JSON value. Bound as a parameter, the text is
// converted by the database itself to the type that the parameter has there.
//
// A value means what it means to json_to_record (PostgreSQL manual, 9.16: json_populate_record has the rules), whose code
// is in jsonfuncs.c. All functions may be called concurrently.
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

	// An array or composite doubles the quotes and backslashes inside it, so that a value can grow by two to the power of its
	// type's depth: hence these limits.
	maxDepth = 32      // arrays and composites in one another
	maxText  = 1 << 28 // bytes of all elements and fields, each counted again in all that it is in
)

// Of returns the text of a JSON value for a type, as a string, or nil for NULL, which JSON's null is for every type: for
// json and jsonb too, and inside of arrays and composites. The text shares no memory with value. By type:
//
//   - json, jsonb: the JSON as it came.
//   - an array: a JSON array. It has as many dimensions as brackets to begin with, [[1,2],[3,4]]; those inside belong to elements.
//   - a composite: a JSON object with the fields as members. Missing ones are NULL, others are ignored, and of two with
//     one name the last counts.
//   - a domain: what its base takes.
//   - any of these but json and jsonb: a JSON string is the text itself, {1,2} or (1,2).
//   - everything else, and a nil Type: the text of a JSON string, any other JSON as it came. The database decides if it is one.
//
// An error says what doesn't fit the type, that value is not JSON in UTF-8 or has half of a surrogate pair in a string, or that the
// text would be too deep or too long (256 MiB). It doesn't quote the value.
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

// Array returns the text of an array whose elements have the given texts, none of them NULL. A nil Type is any array's whose
// delimiter is a comma.
func Array(t *catalog.Type, texts []string) string {
	t = underlying(t)
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = inArray(t).quote(text)
	}
	return join(t, quoted)
}

const space = " \t\r\n" // what RFC 8259 lets stand between tokens

// A writer writes one value.
type writer struct {
	depth   int // how many arrays and composites are open
	written int // bytes of their elements and fields
}

// convert does what Of does, for a value that is valid and has no space around it.
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

// underlying is Type.Underlying with a scalar for a type that is not known.
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
			continue // nothing is NULL
		}
		var err error
		if texts[i], err = w.part(inRow, field.Type, member); err != nil {
			return "", fmt.Errorf("%s: %w", field.Name, err)
		}
	}
	return "(" + strings.Join(texts, inRow.delim) + ")", nil
}

// array takes the number of dimensions from the brackets that value begins with.
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
		return join(t, nil), nil // {{},{}} is {} to json_to_record, and malformed to some versions of array_in
	}
	return text, err
}

// dimension writes an array or one inside it. Sizes are those of its dimensions: the first array to be written in a dimension
// sets what was -1, and the others have to have as many elements.
func (w *writer) dimension(t *catalog.Type, value []byte, sizes []int) (string, error) {
	if value[0] != '[' {
		return "", fmt.Errorf("%s has elements beside arrays of them", t)
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

// part writes a value as an element or a field.
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

// isVector reports whether t is one of the two types that are arrays in all but their text.
func isVector(t *catalog.Type) bool {
	return t.Is(pgoid.Int2Vector, pgoid.OIDVector)
}

// A container is how a text is written as an element or a field.
type container struct {
	null   string
	delim  string
	escape *strings.Replacer // of what would end the quotes
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

// quote uses quotes where either of array_out and record_out would: array_in and record_in allow needless ones.
func (c container) quote(text string) string {
	if text != "" && !strings.EqualFold(text, "null") && !strings.ContainsAny(text, c.delim+"\"\\{}() \t\n\v\f\r") {
		return text
	}
	return `"` + c.escape.Replace(text) + `"`
}

// escapes matches an escape of a JSON string; a surrogate pair is one.
var escapes = regexp.MustCompile(`(?i)\\(ud[89ab]..\\ud[c-f]..|u....|.)`)

// unquote returns the text of a JSON string. What encoding/json replaces silently is refused.
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
