package encoder

import (
	"io"

	"github.com/moresql/moresql/row"
)

// Compact returns an encoder that writes the names of the columns once, and each row as an array:
//
//	{"columns":["id","name"],"rows":[[1,"x"],[2,"y"]]}
//
// Values are as JSON writes them. The form is the same for one row and for scalars; several result
// sets are an array of such objects. The media type is application/vnd.moresql.compact+json: a name
// of its own, so that a client can choose between this form and JSON's, with the suffix by which
// other software recognizes JSON (RFC 6839, section 3.1). It is safe for concurrent use.
func Compact() Encoder { return compactEncoder{} }

type compactEncoder struct{}

func (compactEncoder) MediaType() string { return "application/vnd.moresql.compact+json" }

func (compactEncoder) Encode(w io.Writer, rows *row.Rows) error {
	l := newLayout(w, nil)
	defer l.free()
	var err error
	if rows.Shape == row.Sets {
		err = l.sets(rows, func() error { return l.compact(rows) })
	} else {
		err = l.compact(rows)
	}
	if err != nil {
		return err
	}
	return l.flush()
}

func (l *layout) compact(rows *row.Rows) error {
	l.buf = append(l.buf, `{"columns":[`...)
	for i, c := range rows.Columns() {
		if i > 0 {
			l.buf = append(l.buf, ',')
		}
		l.buf = appendString(l.buf, []byte(c.Name))
	}
	l.buf = append(l.buf, `],"rows":`...)
	if err := l.list(rows, l.values); err != nil {
		return err
	}
	l.buf = append(l.buf, '}')
	return nil
}

// values appends the values of a row, without their names.
func (l *layout) values(b []byte, r row.Row) ([]byte, error) {
	b = append(b, '[')
	for i := range r.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = l.value(b, r, i); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}
