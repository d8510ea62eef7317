package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/catalog"
)

// objects reads the objects of NDJSON, one a line, or of a JSON array.
type objects interface {
	// next returns an object and its number: the line, or the place in the array. The error is
	// io.EOF at the end.
	next() (text []byte, number int64, err error)
}

// lines are those of NDJSON.
type lines struct {
	r      *bufio.Reader
	long   []byte // a line that is longer than the buffer of r
	number int64
}

func (l *lines) next() ([]byte, int64, error) {
	for {
		l.long = l.long[:0]
		text, err := l.r.ReadSlice('\n')
		for err == bufio.ErrBufferFull && len(l.long) < longest {
			l.long = append(l.long, text...)
			text, err = l.r.ReadSlice('\n')
		}
		if err == bufio.ErrBufferFull {
			return nil, l.number, fmt.Errorf("line %d is longer than %d MiB", l.number+1, longest>>20)
		}
		if err != nil && err != io.EOF {
			return nil, l.number, fmt.Errorf("the input cannot be read after line %d (%w)", l.number, err)
		}
		if len(l.long) > 0 {
			l.long = append(l.long, text...)
			text = l.long
		}
		if len(text) == 0 {
			return nil, l.number, io.EOF
		}
		l.number++
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, l.number, nil
		}
	}
}

// elements are those of an array.
type elements struct {
	d      *json.Decoder
	left   allowance
	number int64
}

// An allowance is how much may be read until it is set again.
type allowance struct {
	r    io.Reader
	left int
}

var errTooLong = errors.New("too long")

func (a *allowance) Read(p []byte) (int, error) {
	if a.left == 0 {
		return 0, errTooLong
	}
	n, err := a.r.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}

func newElements(r io.Reader) (*elements, error) {
	e := &elements{left: allowance{r, longest}}
	e.d = json.NewDecoder(&e.left)
	if t, err := e.d.Token(); err != nil || t != json.Delim('[') {
		return nil, errors.New("the input is not a JSON array")
	}
	return e, nil
}

func (e *elements) next() ([]byte, int64, error) {
	var text json.RawMessage
	e.left.left = longest
	if !e.d.More() {
		if _, err := e.d.Token(); err != nil {
			return nil, 0, fmt.Errorf("the JSON array is damaged after record %d (%w)", e.number, err)
		}
		if _, err := e.d.Token(); err != io.EOF {
			return nil, 0, fmt.Errorf("something follows the JSON array, after record %d", e.number)
		}
		return nil, 0, io.EOF
	}
	e.number++
	switch err := e.d.Decode(&text); {
	case errors.Is(err, errTooLong):
		return nil, 0, fmt.Errorf("record %d is longer than %d MiB", e.number, longest>>20)
	case err != nil:
		return nil, 0, fmt.Errorf("the JSON array is damaged in record %d (%w)", e.number, err)
	}
	return text, e.number, nil
}

// eachMember calls f with the members of a JSON object. An error says what is wrong with the
// object, or comes from f.
func eachMember(object []byte, f func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("is not a JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return fmt.Errorf("is not valid JSON (%w)", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("is not valid JSON (%w)", err)
		}
		if err := f(t.(string), value); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("is not valid JSON (%w)", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("has something after the JSON object")
	}
	return nil
}

// jsonText returns the text that a database reads as a JSON value: what a string says, the digits
// of a number as they are, and an array or object as JSON, unless it is one of the database, whose
// type is t. null has none.
func jsonText(value json.RawMessage, asJSON bool, t *catalog.Type) (
	text []byte, null bool, err error,
) {
	switch {
	case len(value) == 0 || value[0] == 'n' && !asJSON:
		return nil, true, nil
	case asJSON: // a string is one of JSON
		return value, string(value) == "null", nil
	case t != nil && t.Kind == catalog.Array && value[0] == '[':
		text, err = appendArray(nil, t, value)
		return text, false, err
	case t != nil && t.Kind == catalog.Composite && value[0] == '{':
		text, err = appendComposite(nil, t, value)
		return text, false, err
	case value[0] == '"':
		s, err := jsonString(value)
		return []byte(s), false, err
	}
	return value, false, nil
}

// jsonString returns what a JSON string says. Half of a surrogate pair has no text.
func jsonString(value json.RawMessage) (string, error) {
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		return "", err
	}
	if strings.ContainsRune(s, utf8.RuneError) && !bytes.Contains(value, replacement) &&
		!bytes.Contains(bytes.ToLower(value), []byte(`\ufffd`)) {
		return "", errors.New("it has half of a surrogate pair, which is no letter")
	}
	return s, nil
}
