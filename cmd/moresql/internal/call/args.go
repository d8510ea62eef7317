package call

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/catalog"
)

// Args are the arguments of one call, in the order in which they were given.
type Args struct {
	list      []argument
	typed     bool   // the parameters are known
	isObject  bool   // a JSON object is among them, which may be empty
	whole     []byte // the body of a routine that takes one as a whole, nil for none
	wholeType string // its media type
}

// An argument is one value of a name, which may be repeated.
type argument struct {
	name  string
	text  string
	kind  kind
	takes takes // as far as the parameters are known
}

// A kind says what the text of an argument is.
type kind uint8

const (
	plain    kind = iota // as in a form
	field                // of CSV, which is that also where it is sent as JSON
	file                 // the content of one
	jsonText             // a JSON value
)

// A takes says what parameters of a name take.
type takes struct{ array, bytes, json, row bool }

// Parse returns the arguments that words of a command line say: name=text, name:=JSON, and
// name=@file or name:=@file for a text or JSON that a file has. read reads a file.
func Parse(words []string, read func(name string) ([]byte, error)) (*Args, error) {
	a := new(Args)
	for _, word := range words {
		name, text, found := strings.Cut(word, "=")
		if name == "" || !found {
			return nil, fmt.Errorf("%q is no argument: write name=value, or name:=JSON, such as n:=null",
				word)
		}
		one := argument{name: name, text: text}
		if before, ok := strings.CutSuffix(name, ":"); ok && before != "" {
			one.name, one.kind = before, jsonText
		}
		if path, ok := strings.CutPrefix(text, "@"); ok {
			content, err := read(path)
			if err != nil {
				return nil, fmt.Errorf("the file of %s cannot be read: %w; "+
					`a text that begins with @ is %s:='"@…"'`, one.name, err, one.name)
			}
			one.text = string(content)
			if one.kind == plain {
				one.kind = file
			}
		}
		if one.kind == jsonText && !json.Valid([]byte(one.text)) {
			return nil, fmt.Errorf("the value of %s is not JSON, as := wants it: "+
				"write %s=… for a text", one.name, one.name)
		}
		a.list = append(a.list, one)
	}
	return a, nil
}

// ReadFile reads the file of an argument.
func ReadFile(name string) ([]byte, error) {
	content, err := os.ReadFile(name)
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		err = fmt.Errorf("%s: %w", name, e.Err)
	}
	return content, err
}

// Add adds the members of a JSON object. Anything else is the body of a routine that takes one of
// the media type as a whole, and stands alone.
func (a *Args) Add(text []byte, mediaType string) error {
	if mediaType == "" || mediaType == "application/json" {
		mediaType = "application/json"
		if text = bytes.TrimSpace(text); !json.Valid(text) {
			return errors.New("what is read is not one JSON value")
		}
	}
	if mediaType != "application/json" || text[0] != '{' {
		if len(a.list) > 0 {
			return errors.New("a body other than a JSON object takes no arguments next to it")
		}
		a.whole, a.wholeType = text, mediaType
		return nil
	}
	return a.addObject(text)
}

func (a *Args) addObject(text []byte) error {
	a.isObject = true
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for given := len(a.list); decoder.More(); {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		one := argument{name: name.(string), text: string(value), kind: jsonText}
		isSame := func(g argument) bool { return g.name == one.name }
		switch i := slices.IndexFunc(a.list, isSame); {
		case i >= given:
			return fmt.Errorf("%s is given several times in the JSON: leave the others out", one.name)
		case i >= 0:
			return fmt.Errorf("the argument %s is given twice, in the JSON too", one.name)
		}
		a.list = append(a.list, one)
	}
	return nil
}

// Check reports an argument that is given several times although no overload takes several values
// for it, of which a server would use the last alone, and notes what is sent as JSON by its type.
// Without overloads nothing is known.
func (a *Args) Check(overloads []catalog.Routine) error {
	a.typed = overloads != nil
	isJSON := slices.ContainsFunc(a.list, func(one argument) bool { return one.kind == jsonText })
	for i := range a.list {
		one := &a.list[i]
		known, several := false, false
		for _, r := range overloads {
			for _, p := range r.Params {
				if p.Name == one.name && p.Mode != catalog.Out {
					known, several = true, several || takesSeveral(p.Type, isJSON)
					one.takes.add(p.Type)
				}
			}
		}
		isSame := func(other argument) bool { return other.name == one.name }
		if known && !several && slices.ContainsFunc(a.list[:i], isSame) {
			return fmt.Errorf("%s is given several times, but %s takes one value for it: "+
				"leave the others out", one.name, overloads[0].Name)
		}
	}
	return nil
}

// takesSeveral reports whether a parameter of a type takes the values of an argument that is given
// several times: as an array, or as one of JSON where the arguments are sent as that.
func takesSeveral(t *catalog.Type, isJSON bool) bool {
	const json, jsonb = 114, 3802
	if t == nil || t.Is(json, jsonb) {
		return isJSON
	}
	return isArray(t)
}

func isArray(t *catalog.Type) bool { return t != nil && t.Underlying().Kind == catalog.Array }

// add adds what a type takes. Bytes are each value of an array for itself.
func (has *takes) add(t *catalog.Type) {
	if t = t.Underlying(); t == nil {
		return
	}
	has.array = has.array || isArray(t)
	has.row = has.row || t.Kind == catalog.Composite
	if isArray(t) {
		t = t.Elem.Underlying()
	} else {
		has.json = has.json || t.Name == "json" || t.Name == "jsonb"
	}
	has.bytes = has.bytes || t != nil && bytesTypes[strings.ToLower(t.Name)]
}

var bytesTypes = map[string]bool{
	"bytea": true, "binary": true, "varbinary": true,
	"tinyblob": true, "blob": true, "mediumblob": true, "longblob": true,
}

// body returns the arguments as the body of a request: a form, so that each text becomes a value of
// its parameter's type as that of a form does; or JSON, in which a text is a string, if one is
// JSON.
// Where a parameter may have no type a file of UTF-8 is a text.
func (a *Args) body(untyped bool) (mediaType string, body []byte, err error) {
	has := func(k kind) bool {
		return slices.ContainsFunc(a.list, func(one argument) bool { return one.kind == k })
	}
	switch {
	case a.whole != nil:
		return a.wholeType, a.whole, nil
	case a.isObject, has(jsonText):
		body, err := a.json()
		return "application/json", body, err
	case has(file):
		return a.multipart(untyped)
	}
	form := url.Values{}
	for _, one := range a.list {
		form.Add(one.name, one.text)
	}
	return "application/x-www-form-urlencoded", []byte(form.Encode()), nil
}

// json returns an object. Several values of a name are an array, and so is a text for one that is
// not written as PostgreSQL writes arrays.
func (a *Args) json() ([]byte, error) {
	var names []string
	values, alone := map[string][]json.RawMessage{}, map[string]bool{}
	for _, one := range a.list {
		value, err := one.json(a.typed)
		if err != nil {
			return nil, err
		}
		if values[one.name] == nil {
			names = append(names, one.name)
		}
		isElement := one.kind == file || one.kind != jsonText && !one.begins("{", "[")
		alone[one.name] = !one.takes.array || !isElement
		values[one.name] = append(values[one.name], value)
	}
	b := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quote(name)...), ':')
		if list := values[name]; len(list) == 1 && alone[name] {
			b = append(b, list[0]...)
		} else {
			b = append(append(append(b, '['), bytes.Join(raw(list), []byte{','})...), ']')
		}
	}
	return append(b, '}'), nil
}

// json returns a value as JSON. Bytes are text in hexadecimal there, and what may be one thing or
// the other, if the types are not known, is refused.
func (one argument) json(typed bool) (json.RawMessage, error) {
	isJSON := json.Valid([]byte(one.text))
	switch {
	case one.kind == jsonText:
		return json.RawMessage(one.text), nil
	case one.kind == file && one.takes.bytes:
		return quote(`\x` + hex.EncodeToString([]byte(one.text))), nil
	case !utf8.ValidString(one.text):
		return nil, fmt.Errorf("the value of %s is not UTF-8, which JSON cannot have: "+
			"give the others without :=", one.name)
	case one.kind == file && !typed && strings.Contains(one.text, `\`):
		return nil, fmt.Errorf("the file of %s has a backslash, which is an escape if it is for bytes: "+
			"give the others without :=, or write %s:=@… for one with a JSON string", one.name, one.name)
	case one.kind == field && one.takes.json && !isJSON:
		return nil, fmt.Errorf("the value of %s is not JSON", one.name)
	case one.kind == field && !typed && isJSON && one.begins("{", "["):
		return nil, fmt.Errorf("the value of %s may be a text or JSON, which only NDJSON says", one.name)
	case one.kind == field && one.takes.json,
		one.kind != file && isJSON && one.takes.array && one.begins("["),
		one.kind != file && isJSON && one.takes.row && one.begins("{"):
		return json.RawMessage(one.text), nil
	}
	return quote(one.text), nil
}

func (one argument) begins(with ...string) bool {
	return slices.ContainsFunc(with, func(s string) bool { return strings.HasPrefix(one.text, s) })
}

// shown returns the arguments as an object in which texts are strings, nil if one is no text.
func (a *Args) shown() json.RawMessage {
	texts := &Args{list: slices.Clone(a.list), typed: true}
	for i := range texts.list {
		texts.list[i].takes = takes{}
	}
	b, _ := texts.json()
	return b
}

func raw(list []json.RawMessage) [][]byte {
	texts := make([][]byte, len(list))
	for i, value := range list {
		texts[i] = value
	}
	return texts
}

// multipart returns a form with files, whose bytes are kept.
func (a *Args) multipart(untyped bool) (mediaType string, body []byte, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, one := range a.list {
		if one.kind == file && !(untyped && utf8.ValidString(one.text)) {
			part, err := w.CreateFormFile(one.name, one.name)
			if err != nil {
				return "", nil, err
			}
			if _, err := io.WriteString(part, one.text); err != nil {
				return "", nil, err
			}
		} else if err := w.WriteField(one.name, one.text); err != nil {
			return "", nil, err
		}
	}
	err = w.Close()
	return w.FormDataContentType(), b.Bytes(), err
}

// quote returns a JSON string.
func quote(text string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // strings always marshal
	}
	return bytes.TrimSpace(b.Bytes())
}
