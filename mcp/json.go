package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
)

// An object is a JSON object whose members keep their order, and their values every digit.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

var errNotObject = errors.New("not a JSON object")

// UnmarshalJSON implements json.Unmarshaler.
func (o *object) UnmarshalJSON(text []byte) error {
	*o = nil
	d := json.NewDecoder(bytes.NewReader(text))
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return errNotObject
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		*o = append(*o, member{name.(string), value})
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, marshal(m.name)...), ':')
		b = append(b, m.value...)
	}
	return append(b, '}'), nil
}

// get returns the value of a member, nil if there is none.
func (o object) get(name string) json.RawMessage {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// object returns the object that a member is, nil if it is none.
func (o object) object(name string) (inner object) {
	if inner.UnmarshalJSON(o.get(name)) != nil {
		return nil
	}
	return inner
}

// text returns the string that a member is, "" if it is none.
func (o object) text(name string) (s string) {
	json.Unmarshal(o.get(name), &s) // leaves it empty
	return s
}

// set sets a member, which comes last if it is new.
func (o *object) set(name string, value any) {
	for i := range *o {
		if (*o)[i].name == name {
			(*o)[i].value = marshal(value)
			return
		}
	}
	*o = append(*o, member{name, marshal(value)})
}

// marshal marshals what cannot fail: texts, numbers, and JSON that has been read.
func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
