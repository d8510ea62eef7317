package payload

import (
	"encoding/json"
	"iter"
	"slices"
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

// Values returns the values of some columns of each object of an array, each as JSON: "null" where
// an object has no such key, and the last one where it has several. The text is that of a Group, or
// what a program has put in its place.
func Values(array string, columns []string) (iter.Seq[[]string], error) {
	if array = trim(array); !valid(array) || array[0] != '[' {
		return nil, errEmpty
	}
	places := make(map[string]int, len(columns))
	for i, name := range columns {
		places[name] = i
	}
	return func(yield func([]string) bool) {
		for object := range elements(array) {
			values := slices.Repeat([]string{"null"}, len(columns))
			if object[0] == '{' {
				for key, value := range members(object) {
					if i, ok := places[unquote(key)]; ok {
						values[i] = value
					}
				}
			}
			if !yield(values) {
				return
			}
		}
	}, nil
}

// keysOf returns the keys of an object in valid JSON, each once.
func keysOf(text string) []string {
	var names seen
	keys := []string{}
	for raw := range members(text) {
		if key := unquote(raw); names.add(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// members returns the keys and values of an object in valid JSON, as they stand there.
func members(text string) iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for i := skipSpace(text, 1); text[i] != '}'; {
			end := skipValue(text, i)
			key := text[i:end]
			i = skipSpace(text, skipSpace(text, end)+1) // the colon
			end = skipValue(text, i)
			if !yield(key, text[i:end]) {
				return
			}
			if i = skipSpace(text, end); text[i] == ',' {
				i = skipSpace(text, i+1)
			}
		}
	}
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
