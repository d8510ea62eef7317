package binder

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Array returns a field for an array of PostgreSQL, which takes several values: those of a name
// that is repeated in the query or in a form, or a JSON array, nested for more dimensions. The
// value is the literal of an array, such as {"1","2"}, whose elements the database converts by the
// parameter's type (PostgreSQL manual, section 8.15.2). JSON's null is NULL, in an array too. A
// single text that begins with { is a literal already, and is passed on as it is.
//
// The path is not looked at.
func Array(name string) Field {
	f := Field{Name: name}.From(arraySource(QueryArgs), arraySource(BodyArgs))
	return f.with(func(r *rules) { r.schema = says("type", "array") })
}

// An arraySource has the values of one part of a request as arrays.
type arraySource func(*http.Request) ([]Arg, error)

// Open implements [Source].
func (s arraySource) Open(r *http.Request) (Lookup, error) {
	args, err := s(r)
	if len(args) == 0 || err != nil {
		return nil, err
	}
	return func(name string) (any, bool, error) {
		i := slices.IndexFunc(args, func(a Arg) bool { return a.Name == name })
		if i < 0 {
			return nil, false, nil
		}
		value, err := args[i].array()
		return value, err == nil, err
	}, nil
}

// array returns the literal of an array for an argument, nil for NULL.
func (a Arg) array() (any, error) {
	if !a.JSON {
		if len(a.Values) == 1 && strings.HasPrefix(a.Values[0], "{") {
			return a.Values[0], nil
		}
		literals := make([]string, len(a.Values))
		for i, text := range a.Values {
			literals[i] = quoteElement(text)
		}
		return joinElements(literals), nil
	}
	switch value := a.Values[0]; {
	case value == "null":
		return nil, nil
	case value[0] == '[':
		return a.elements(value)
	case strings.HasPrefix(value, `"{`):
		return a.Value()
	}
	return nil, refuse(a.Name, a.Name+" is not an array")
}

// elements returns the literal of a JSON array, which has been parsed before.
func (a Arg) elements(array string) (string, error) {
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(array), &list); err != nil {
		return "", refuse(a.Name, a.Name+" is not an array")
	}
	literals := make([]string, len(list))
	for i, raw := range list {
		if raw[0] == '[' {
			inner, err := a.elements(string(raw))
			if err != nil {
				return "", err
			}
			literals[i] = inner
			continue
		}
		switch value, err := jsonValue(a.Name, string(raw)); {
		case err != nil:
			return "", err
		case value == nil:
			literals[i] = "NULL"
		default: // a number has its digits, an object its bytes
			literals[i] = quoteElement(untyped(value).(string))
		}
	}
	return joinElements(literals), nil
}

func joinElements(literals []string) string { return "{" + strings.Join(literals, ",") + "}" }

// elementQuotes escapes what has a meaning between the quotes of an element.
var elementQuotes = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

func quoteElement(text string) string { return `"` + elementQuotes.Replace(text) + `"` }
