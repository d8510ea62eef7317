package encoder

import (
	"io"

	"github.com/moresql/moresql/row"
)

// Stripped returns an encoder as JSON that leaves out what is null: columns, and members of objects
// within values, as json_strip_nulls of PostgreSQL does. Elements of arrays stay. Its media type is
// the one by which PostgREST's clients request that. It is safe for concurrent use.
func Stripped() Encoder {
	return strippedEncoder("application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8")
}

// StrippedObject returns Stripped with a single object as its document, as Object has it.
func StrippedObject() Encoder {
	return strippedObject{
		strippedEncoder("application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8"),
	}
}

type strippedEncoder string

func (e strippedEncoder) MediaType() string { return string(e) }

func (e strippedEncoder) Encode(w io.Writer, rows *row.Rows) error {
	l := newLayout(w, nil)
	defer l.free()
	l.strip = true
	if err := l.shaped(rows); err != nil {
		return err
	}
	return l.flush()
}

type strippedObject struct{ strippedEncoder }

func (strippedObject) Shape(s row.Shape) row.Shape { return objectEncoder{}.Shape(s) }

// stripped appends a row as an object without what is null.
func (l *layout) stripped(b []byte, r row.Row) ([]byte, error) {
	b = append(b, '{')
	isFirst := true
	for i, name := range l.names {
		start := len(b)
		if !isFirst {
			b = append(b, ',')
		}
		var err error
		named := append(b, name[1:]...) // without the brace or comma before it
		if b, err = l.value(named, r, i); err != nil {
			return b, err
		}
		if string(b[len(named):]) == "null" {
			b = b[:start]
		} else {
			isFirst = false
		}
	}
	return append(b, '}'), nil
}

// strippedValue appends a value without the members within it that are null. It needs the whole of
// a large one.
func (l *layout) strippedValue(b []byte, v row.Value) ([]byte, error) {
	if isLarge(v) {
		if err := l.reserve(len(v.Raw())); err != nil {
			return b, err
		}
	}
	start := len(b)
	b = appendValue(b, v, &l.array)
	if v.Kind() != row.JSON {
		return b, nil
	}
	written, _ := stripNulls(b[start:start], b[start:], 0)
	return b[:start+len(written)], nil
}

// stripNulls appends the JSON value that begins at b[i] to out, which may be the same memory, and
// returns its end in b. b is valid.
func stripNulls(out, b []byte, i int) ([]byte, int) {
	i = skipSpace(b, i)
	if b[i] != '{' && b[i] != '[' {
		end := skipValue(b, i, 0)
		return append(out, b[i:end]...), end
	}
	closing := b[i] + 2 // ASCII has it so
	out = append(out, b[i])
	first := len(out)
	for i = skipSpace(b, i+1); b[i] != closing; i = skipSpace(b, i) {
		if b[i] == ',' {
			i = skipSpace(b, i+1)
		}
		before := len(out)
		if before > first {
			out = append(out, ',')
		}
		if closing == '}' {
			name, end := i, skipString(b, i)
			i = skipSpace(b, skipSpace(b, end)+1) // before the colon overwrites what is read here
			out = append(append(out, b[name:end]...), ':')
			if end := skipWord(b, i, "null"); end >= 0 {
				out, i = out[:before], end
				continue
			}
		}
		out, i = stripNulls(out, b, i)
	}
	return append(out, closing), i + 1
}
