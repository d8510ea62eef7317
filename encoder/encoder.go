// Package encoder writes rows as bytes of one media type. A request gets the one that it accepts of
// those that a program offers, of which the first is the default:
//
//	m := moresql.New(db, moresql.Encoders(encoder.JSON(), encoder.CSV(), encoder.HTML()))
//
// JSON is the default. StdJSON, and the package gojson, write the same through encoding/json and
// github.com/goccy/go-json; Marshal takes any other library in one line. NDJSON, Compact, Envelope
// and Object are other forms of JSON. CSV is for spreadsheets, HTML and Template are for browsers,
// and Raw, Text and Binary write a bare value. An encoder of a program's own implements one small
// interface; package encodertest tests whether it keeps the interface's contract.
package encoder

import (
	"io"

	"github.com/moresql/moresql/row"
)

// An Encoder writes a result in one media type. It must be safe for concurrent use: the state of
// one response belongs in the local variables of Encode.
type Encoder interface {
	// MediaType returns the Content-Type of what Encode writes (RFC 9110, section 8.3), parameters
	// included.
	MediaType() string

	// Encode writes rows to w in the form that rows.Shape says: a list, one row, or one value. An
	// encoder whose format has only one form may write a list in each case.
	//
	// It ranges over rows.All to the end, keeps nothing of a row beyond its step, and holds back no
	// more than a block of some 32 KiB and one row. After an error of rows or of w it writes nothing
	// more, so that a document that has been cut is never a complete one, and returns the error. w is
	// buffered: small writes are cheap.
	Encode(w io.Writer, rows *row.Rows) error
}

// A Shaper is an Encoder that decides on the shape of the result. Whoever makes the rows calls
// Shape once, before row.Rows.As: its argument is the shape that the rows would have otherwise, and
// its result the shape that they get.
type Shaper interface {
	Encoder
	Shape(row.Shape) row.Shape
}

// A ColumnChecker is an Encoder whose format has no room for some results. Where the number of
// columns is known before the call, CheckColumns is called with it, so that a result without room
// is refused before the procedure has run and not after it. The error is an *UnsupportedError.
type ColumnChecker interface {
	Encoder
	CheckColumns(n int) error
}

// A RowLimiter is an Encoder that needs a result as a whole and refuses a larger one, by an
// *UnsupportedError before it writes anything. Whoever calls the procedure need not read more than
// one row beyond MaxRows, and runs it in a transaction, so that a result which is refused has had
// no effect.
type RowLimiter interface {
	Encoder
	MaxRows() int64
}

// A Framer is an Encoder whose documents say something around the rows. Framed returns the encoder
// of one document that may say what is in the frame.
type Framer interface {
	Encoder
	Framed(Frame) Encoder

	// Frames reports whether documents depend on more of the frame than the title, and whether they
	// show the total, which the database has to count.
	Frames() (more, total bool)
}

// A Frame is what a document may say around its rows.
type Frame struct {
	Title string // what people call the result
	User  any    // who makes the request, as the program knows them; nil if it does not say

	// Page returns the place of the rows in the whole, nil if that is not known at all. rows is how
	// many there are, -1 for a number that is not known yet. It is for the goroutine of Encode.
	Page func(rows int64) Page
}

// A Page is the place of some rows in the whole that they are a part of.
type Page struct {
	Total int64 // rows of the whole, -1 if they have not been counted

	// Previous and Next are references to the pages around this one, relative to its own address; ""
	// if there is none. A Next may lead to a page without rows while nothing says that it has none.
	Previous, Next string
}

// Func returns an Encoder that calls encode. It is safe for concurrent use if encode is.
func Func(mediaType string, encode func(w io.Writer, rows *row.Rows) error) Encoder {
	return funcEncoder{mediaType, encode}
}

type funcEncoder struct {
	mediaType string
	encode    func(io.Writer, *row.Rows) error
}

func (e funcEncoder) MediaType() string                        { return e.mediaType }
func (e funcEncoder) Encode(w io.Writer, rows *row.Rows) error { return e.encode(w, rows) }
