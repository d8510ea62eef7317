package payload

import (
	"bytes"
	"errors"
	"io"
)

// maxLine is how long a line of a body may be, in bytes.
const maxLine = 16 << 20

// A Stream reads the lines of a body, NDJSON or CSV, in batches.
type Stream struct {
	options Options
	in      io.Reader
	format  format
	buffer  []byte // what has been read and not been taken
	ended   bool   // there is no more to read
	line    int    // the number of the next line
	failed  error
}

// A format takes rows from the lines of a body.
type format interface {
	// take takes a record from the start of text, which is all that is left of the body if last is
	// set, and adds it to c. n is its length in bytes, 0 if more of the text is needed, and lines that
	// in lines.
	take(c *collector, text []byte, last bool) (n, lines int, err error)

	texts() bool
}

// NDJSON returns a stream of objects, one a line.
func NDJSON(in io.Reader, o Options) *Stream {
	return &Stream{options: o, in: in, format: new(lines), line: 1}
}

// CSV returns a stream of records. The first line has the names. A field without quotes that is
// NULL is no value, as PostgREST has it.
func CSV(in io.Reader, o Options) *Stream {
	return &Stream{options: o, in: in, format: new(csv), line: 1}
}

// Next returns the next rows, up to about most bytes of them. The error is io.EOF after the last
// row; the first batch may have none. It is an *Error if it is about the body, and otherwise that
// of reading it.
func (s *Stream) Next(most int) (*Rows, error) {
	if s.failed != nil {
		return nil, s.failed
	}
	first, taken := s.line == 1, 0
	c := &collector{options: s.options}
	var at []int
	for taken < most || c.count == 0 { // a batch without rows would be the end
		before := c.count
		n, lines, err := s.format.take(c, s.buffer, s.ended)
		if err == nil && n == 0 {
			if s.ended {
				break
			}
			err = s.fill()
		}
		if err != nil {
			s.failed = s.locate(err)
			return nil, s.failed
		}
		if c.count > before {
			at = append(at, s.line)
		}
		s.buffer = s.buffer[n:]
		s.line += lines
		taken += n
	}
	if c.count == 0 && !first {
		s.failed = io.EOF
		return nil, io.EOF
	}
	if h, ok := s.format.(interface{ header() []string }); ok && c.count == 0 {
		c.options.Columns = h.header()
	}
	rows := c.rows(s.format.texts())
	rows.Lines = at
	return rows, nil
}

// Ended reports whether all has been read and taken.
func (s *Stream) Ended() bool { return s.ended && len(s.buffer) == 0 }

// locate returns an error with the line that it is about.
func (s *Stream) locate(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.at(s.line)
	}
	return err
}

// fill reads more of the body.
func (s *Stream) fill() error {
	const size = 256 << 10
	if len(s.buffer) > maxLine {
		return &Error{Message: "The line is longer than 16 MiB"}
	}
	if cap(s.buffer)-len(s.buffer) < size/2 {
		s.buffer = append(make([]byte, 0, max(size, 2*len(s.buffer))), s.buffer...)
	}
	n, err := s.in.Read(s.buffer[len(s.buffer):cap(s.buffer)])
	s.buffer = s.buffer[:len(s.buffer)+n]
	if err == io.EOF {
		s.ended, err = true, nil
	}
	return err
}

// lines are those of NDJSON.
type lines struct{ columns []string }

func (*lines) texts() bool { return false }

func (l *lines) take(c *collector, text []byte, last bool) (n, count int, err error) {
	end := bytes.IndexByte(text, '\n')
	switch {
	case end >= 0:
		n, count = end+1, 1
	case last:
		end, n, count = len(text), len(text), 1
	default:
		return 0, 0, nil
	}
	object := trim(string(text[:end]))
	if object == "" {
		return n, count, nil
	}
	if !valid(object) || object[0] != '{' {
		return 0, 0, &Error{Message: "The line is not a JSON object", Hint: "send an object a line"}
	}
	keys := keysOf(object)
	if l.columns == nil {
		l.columns = keys
	}
	if c.options.Columns == nil && !sameSet(keys, l.columns) { // also of the batches before
		return 0, 0, errKeys
	}
	return n, count, c.add(object, keys)
}
