// Package exact compares JSON by value: numbers by their decimal value and never as a float64,
// objects by the names of their members, and members of the same name in order.
package exact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// A Difference is the first place where a document differs from the expected one.
type Difference struct {
	Path      string // such as "day" or "data.list[2]"
	Got, Want string // JSON, or "nothing"
}

const nothing = "nothing"

func (d *Difference) String() string {
	return fmt.Sprintf("%s: wrote %s, to_json writes %s", d.Path, short(d.Got), short(d.Want))
}

// short shortens a long value for a note under a table.
func short(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "…"
}

// Compare returns the first difference between two documents, or nil.
func Compare(got, want []byte) (*Difference, error) {
	g, err := parse(got)
	if err != nil {
		return nil, fmt.Errorf("the document: %w", err)
	}
	w, err := parse(want)
	if err != nil {
		return nil, fmt.Errorf("the wanted document: %w", err)
	}
	return diff("", g, w), nil
}

// Rows reads an array to its end and compares its first elements with want. It returns an error
// for an array that is cut or does not have count elements.
func Rows(r io.Reader, want []json.RawMessage, count int) (*Difference, error) {
	d := json.NewDecoder(r)
	switch t, err := d.Token(); {
	case err != nil:
		return nil, fmt.Errorf("no array: %w", err)
	case t != json.Delim('['):
		return nil, fmt.Errorf("no array, but %v", t)
	}
	var first *Difference
	n := 0
	for ; d.More(); n++ {
		var element json.RawMessage
		if err := d.Decode(&element); err != nil {
			return nil, fmt.Errorf("row %d: %w", n, err)
		}
		if n >= len(want) || first != nil {
			continue
		}
		var err error
		if first, err = Compare(element, want[n]); err != nil {
			return nil, fmt.Errorf("row %d: %w", n, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("after row %d: %w", n, err)
	}
	if err := ended(d); err != nil {
		return nil, err
	}
	if n != count {
		return nil, fmt.Errorf("%d rows, want %d", n, count)
	}
	return first, nil
}

// A member is a member of an object.
type member struct {
	name  string
	value any
}

// An object is a JSON object with its members in order, including those of the same name.
type object []member

// parse returns nil, a bool, a string, a json.Number, an []any or an object.
func parse(doc []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	v, err := value(d)
	if err != nil {
		return nil, err
	}
	return v, ended(d)
}

// ended returns an error if anything follows a document.
func ended(d *json.Decoder) error {
	switch t, err := d.Token(); {
	case err == nil:
		return fmt.Errorf("%v after the end", t)
	case err != io.EOF:
		return fmt.Errorf("after the end: %w", err)
	}
	return nil
}

func value(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), v})
		}
		_, err = d.Token()
		return o, err
	}
	return t, nil
}
