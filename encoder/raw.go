package encoder

import (
	"fmt"
	"io"

	"github.com/moresql/moresql/row"
)

// Raw returns an encoder that writes only the value, for a result of one column: bytes as they are,
// everything else as its text, without quotes or a line break. NULL is empty. The values of several
// rows follow one another without a separator. Several columns, or several result sets, are an
// *UnsupportedError.
//
// The media type is the Content-Type of the values: image/png, application/geo+json, text/plain
// with its charset. It is safe for concurrent use.
func Raw(mediaType string) Encoder { return rawEncoder(mediaType) }

// Text returns Raw for plain text in UTF-8.
func Text() Encoder { return Raw("text/plain; charset=utf-8") }

// Binary returns Raw for bytes of unknown content.
func Binary() Encoder { return Raw("application/octet-stream") }

type rawEncoder string

var _ ColumnChecker = rawEncoder("")

func (e rawEncoder) MediaType() string { return string(e) }

// CheckColumns implements ColumnChecker.
func (e rawEncoder) CheckColumns(n int) error {
	if n <= 1 {
		return nil
	}
	return &UnsupportedError{fmt.Errorf("%s holds a single column, and the result has %d: "+
		"select one column, or choose another format", string(e), n)}
}

func (e rawEncoder) Encode(w io.Writer, rows *row.Rows) error {
	if err := refuseSets(rows, string(e)); err != nil {
		return err
	}
	if err := e.CheckColumns(len(rows.Columns())); err != nil {
		return err
	}
	out := newOutput(w)
	defer out.free()
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		for _, v := range r.All() {
			if err := out.raw(v); err != nil {
				return err
			}
		}
	}
	return out.flush()
}

// raw writes the bytes of a value. Large ones, such as pictures, are not copied to the block.
func (o *output) raw(v row.Value) error {
	text := v.Raw()
	if len(text) > blockSize {
		if err := o.reserve(len(text)); err != nil {
			return err
		}
		if err := o.flush(); err != nil {
			return err
		}
		_, err := o.w.Write(text)
		return err
	}
	if v.Kind() == row.Bytes || len(text) > 0 {
		o.buf = append(o.buf, text...)
	} else {
		o.buf = v.AppendText(o.buf)
	}
	return o.flushFull()
}
