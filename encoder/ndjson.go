package encoder

import (
	"bytes"
	"io"

	"github.com/moresql/moresql/row"
)

// NDJSON returns an encoder that writes a line for each row
// (https://github.com/ndjson/ndjson-spec): an object, or the bare value where the shape is Scalar
// or Scalars. Each of several result sets is one line, the list of its rows. Without rows the
// document is empty. Values are as JSON writes them, except that line breaks within json become
// spaces.
//
// Nothing in the format distinguishes a document that was cut after a line from a complete one:
// only the transport does. It is safe for concurrent use.
func NDJSON() Encoder { return ndjsonEncoder{} }

type ndjsonEncoder struct{}

func (ndjsonEncoder) MediaType() string { return "application/x-ndjson" }

func (ndjsonEncoder) Encode(w io.Writer, rows *row.Rows) error {
	l := newLayout(w, nil)
	l.line = true
	defer l.free()
	var err error
	switch rows.Shape {
	case row.Scalar, row.Scalars:
		err = l.lines(rows, l.scalar)
	case row.Sets:
		err = l.listLines(rows)
	default:
		err = l.lines(rows, l.object)
	}
	if err != nil {
		return err
	}
	return l.flush()
}

// lines writes a line for each row.
func (l *layout) lines(rows *row.Rows, write func([]byte, row.Row) ([]byte, error)) error {
	l.begin(rows.Columns())
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		if l.buf, err = write(l.buf, r); err != nil {
			return err
		}
		l.buf = append(l.buf, '\n')
		if err := l.flushFull(); err != nil {
			return err
		}
	}
	return nil
}

// listLines writes a line for each result set.
func (l *layout) listLines(rows *row.Rows) error {
	return eachSet(rows, func() error {
		if err := l.list(rows, l.object); err != nil {
			return err
		}
		l.buf = append(l.buf, '\n')
		return l.flushFull()
	})
}

// joinLines makes JSON a single line. Line breaks in it are only white space: those of strings are
// escaped.
func joinLines(b []byte) {
	for _, c := range []byte("\r\n") {
		rest := b
		for i := bytes.IndexByte(rest, c); i >= 0; i = bytes.IndexByte(rest, c) {
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
}
