package importer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/moresql/moresql/catalog"
)

// Arrays and objects of JSON are arrays and rows of PostgreSQL where a column has these.

// nested returns the array or row that a type of PostgreSQL is, nil if it is neither.
func nested(t *catalog.Type) *catalog.Type {
	t = t.Underlying()
	if t != nil && (t.Kind == catalog.Array || t.Kind == catalog.Composite) {
		return t
	}
	return nil
}

// appendArray appends a JSON array as PostgreSQL reads an array (its manual, 8.15.2).
func appendArray(b []byte, t *catalog.Type, value json.RawMessage) ([]byte, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, err
	}
	b = append(b, '{')
	for i, element := range list {
		if i > 0 {
			b = append(b, cmp.Or(t.Delim, ','))
		}
		if element[0] == '[' && !isJSON(t.Elem) {
			var err error
			if b, err = appendArray(b, t, element); err != nil {
				return nil, err
			}
			continue
		}
		text, null, err := jsonText(element, isJSON(t.Elem), nested(t.Elem))
		switch {
		case err != nil:
			return nil, err
		case null:
			b = append(b, "NULL"...)
		default:
			b = appendElement(b, text)
		}
	}
	return append(b, '}'), nil
}

// appendComposite appends a JSON object as PostgreSQL reads a row (its manual, 8.16.6).
func appendComposite(b []byte, t *catalog.Type, value json.RawMessage) ([]byte, error) {
	members := make([]json.RawMessage, len(t.Fields))
	err := eachMember(value, func(name string, value json.RawMessage) error {
		i := slices.IndexFunc(t.Fields, func(f catalog.Column) bool { return f.Name == name })
		switch {
		case i < 0:
			return fmt.Errorf("%s is no field of %s", quote([]byte(name)), t)
		case members[i] != nil:
			return fmt.Errorf("%s is there twice", quote([]byte(name)))
		}
		members[i] = value
		return nil
	})
	if err != nil {
		return nil, err
	}
	b = append(b, '(')
	for i, f := range t.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		text, null, err := jsonText(members[i], isJSON(f.Type), nested(f.Type))
		if err != nil {
			return nil, err
		}
		if !null {
			b = appendElement(b, text)
		}
	}
	return append(b, ')'), nil
}

// appendElement appends a quoted element of an array or field of a row.
func appendElement(b, text []byte) []byte {
	b = append(b, '"')
	for _, c := range text {
		if c == '"' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, '"')
}
