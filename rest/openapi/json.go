package openapi

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// An object is a JSON object whose members keep their order, which readers of a document rely on:
// the columns of a table, the parameters of a function.
type object []member

// A member is a name and one of object, list, raw, string, []string, bool and int.
type member struct {
	name  string
	value any
}

type list []any

// raw is JSON as it is.
type raw string

// get returns the value of a member, nil if there is none.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// set returns a copy of the object with another value for a member, which comes last if it is new.
func (o object) set(name string, value any) object {
	changed := make(object, len(o), len(o)+1)
	copy(changed, o)
	for i := range changed {
		if changed[i].name == name {
			changed[i].value = value
			return changed
		}
	}
	return append(changed, member{name, value})
}

// appendJSON appends a value. Documents have tens of thousands of them, for which encoding/json
// would copy each object once for every object around it.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.name), ':')
			b = appendJSON(b, m.value)
		}
		return append(b, '}')
	case list:
		b = append(b, '[')
		for i, element := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, element)
		}
		return append(b, ']')
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']')
	case raw:
		return append(b, v...)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	}
	panic("openapi: a value of another type") // no request decides which values there are
}

// appendString appends a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			quoted, err := json.Marshal(s)
			if err != nil { // strings marshal
				panic(err)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
