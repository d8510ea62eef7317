package payload

import (
	"encoding/json"
	"strings"
	"unsafe"
)

// JSON reads an object or an array of objects.
func JSON(text string, o Options) (*Rows, error) {
	text = trim(text)
	if !valid(text) {
		return nil, errEmpty
	}
	c := &collector{options: o}
	switch text[0] {
	case '{':
		if err := c.add(text, keysOf(text)); err != nil {
			return nil, err
		}
	case '[':
		for object := range elements(text) {
			if object[0] != '{' {
				return nil, errKeys
			}
			if err := c.add(object, keysOf(object)); err != nil {
				return nil, err
			}
		}
	default:
		return nil, errEmpty
	}
	return c.rows(false), nil
}

// First returns the rows without those after the first one, for what takes one row only.
func (r *Rows) First() *Rows {
	if r.Count < 2 {
		return r
	}
	first := *r
	first.Groups, first.Count = []Group{{Columns: r.Groups[0].Columns}}, 1
	for object := range elements(r.Groups[0].JSON) {
		first.Groups[0].JSON = "[" + object + "]"
		break
	}
	return &first
}

// Halves returns the first half of the rows of one group, and the rest.
func (r *Rows) Halves() (first, second *Rows) {
	half := r.Count / 2
	texts, n := [2][]byte{{'['}, {'['}}, 0
	for object := range elements(r.Groups[0].JSON) {
		to := &texts[min(n/half, 1)]
		if len(*to) > 1 {
			*to = append(*to, ',')
		}
		*to = append(*to, object...)
		n++
	}
	part := func(text []byte, lines []int) *Rows {
		groups := []Group{{r.Groups[0].Columns, string(append(text, ']'))}}
		return &Rows{Groups: groups, Texts: r.Texts, Count: len(lines), Lines: lines}
	}
	return part(texts[0], r.Lines[:half]), part(texts[1], r.Lines[half:])
}

// valid reports whether a text is JSON, without a copy of it.
func valid(text string) bool {
	return json.Valid(unsafe.Slice(unsafe.StringData(text), len(text))) // which only reads it
}

// elements returns the elements of an array in valid JSON.
func elements(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := skipSpace(text, 1); text[i] != ']'; {
			end := skipValue(text, i)
			if !yield(text[i:end]) {
				return
			}
			if i = skipSpace(text, end); text[i] == ',' {
				i = skipSpace(text, i+1)
			}
		}
	}
}

// keysOf returns the keys of an object in valid JSON, each once.
func keysOf(text string) []string {
	var names seen
	keys := []string{}
	for i := skipSpace(text, 1); text[i] != '}'; {
		end := skipValue(text, i)
		key := unquote(text[i:end])
		if names.add(key) {
			keys = append(keys, key)
		}
		i = skipSpace(text, skipSpace(text, end)+1) // the colon
		if i = skipSpace(text, skipValue(text, i)); text[i] == ',' {
			i = skipSpace(text, i+1)
		}
	}
	return keys
}

// unquote returns the text of a valid JSON string.
func unquote(raw string) (text string) {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	_ = json.Unmarshal([]byte(raw), &text) // it is valid
	return text
}

func skipSpace(text string, i int) int {
	for i < len(text) && strings.IndexByte(space, text[i]) >= 0 {
		i++
	}
	return i
}

// skipValue returns the end of the value at i of valid JSON.
func skipValue(text string, i int) int {
	for depth := 0; ; {
		switch text[i] {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
			continue
		default: // a number, or a word
			for i < len(text) && strings.IndexByte(",]} \t\r\n", text[i]) < 0 {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}

// skipString returns the end of the string at i.
func skipString(text string, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}
