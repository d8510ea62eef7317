// Package encoder writes rows as bytes of one media type.
//
// JSON is the default. StdJSON and the package gojson beneath do the same through encoding/json and
// github.com/goccy/go-json, Marshal through any other library in one line. NDJSON, Compact,
// Envelope and Object are other forms of it; CSV is for spreadsheets, HTML and Template are for
// browsers, and Raw, Text and Binary write the bare value. An encoder of your own is one small
// interface; package encodertest is the contract that it has to keep, as a test.
package encoder

import (
	"io"

	"github.com/moresql/moresql/row"
)

// An Encoder writes a result in one media type. It must be safe for concurrent use: what belongs to
// one response stays in the locals of Encode.
type Encoder interface {
	// MediaType is the Content-Type of what Encode writes (RFC 9110, section 8.3), parameters
	// included.
	MediaType() string

	// Encode writes rows to w, in the form that rows.Shape asks for: a list, one row, or one value.
	// An encoder whose format does not tell these apart may write a list each time.
	//
	// It ranges over rows.All to the end, keeps nothing of a row beyond its step, and holds back no
	// more than a block of some 32 KiB and one row. An error of rows or of w ends it: it writes
	// nothing more, so that a cut document is never complete, and returns the error. w is buffered,
	// small writes are cheap.
	Encode(w io.Writer, rows *row.Rows) error
}

// A Shaper is an Encoder that has a say in the shape of the result. Whoever makes the rows asks it
// once, before row.Rows.As: Shape gets the shape that they would have, and returns the one that
// they are to have.
type Shaper interface {
	Encoder
	Shape(row.Shape) row.Shape
}

// Func makes an Encoder of a function.
func Func(mediaType string, encode func(w io.Writer, rows *row.Rows) error) Encoder {
	return funcEncoder{mediaType, encode}
}

type funcEncoder struct {
	mediaType string
	encode    func(io.Writer, *row.Rows) error
}

func (e funcEncoder) MediaType() string                        { return e.mediaType }
func (e funcEncoder) Encode(w io.Writer, rows *row.Rows) error { return e.encode(w, rows) }
