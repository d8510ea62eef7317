package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A field is one value of a record. Its text is valid until the next record.
type field struct {
	text   []byte
	quoted bool
}

// A csvReader splits CSV (RFC 4180) into records. It is not encoding/csv, which does not report
// whether a field was quoted: what is empty without quotes is NULL.
type csvReader struct {
	r         io.Reader
	delimiter byte
	quote     byte // 0 for none
	end       byte // of a line: LF, after which comes a CR that is dropped, or CR alone

	buffer []byte
	start  int // of what has not been returned
	atEnd  bool
	line   int64 // of the next record
	fields []field
}

// longest is how long a record may be. One that is longer has most likely a quote too many.
const longest = 64 << 20

func newCSVReader(r io.Reader, d dialect) *csvReader {
	return &csvReader{
		r: r, delimiter: d.delimiter, quote: d.quote, end: d.end,
		buffer: make([]byte, 0, 256<<10), line: 1,
	}
}

// A damage is what is wrong with a record, after which others can be read.
type damage struct {
	field  int // from 0, or -1 for the whole record
	reason string
}

// next returns the next record, the line that it begins in and the text as it was, of which the
// fields are parts. The error is io.EOF at the end.
func (c *csvReader) next() (fields []field, text []byte, line int64, bad *damage, err error) {
	record, lines, err := c.record()
	if err != nil {
		return nil, nil, c.line, nil, err
	}
	line = c.line
	c.line += lines
	fields, bad = c.split(record)
	return fields, record, line, bad, nil
}

// first returns the first record that is no empty line, as next does.
func (c *csvReader) first() (fields []field, text []byte, line int64, bad *damage, err error) {
	for err == nil && len(text) == 0 {
		fields, text, line, bad, err = c.next()
	}
	return fields, text, line, bad, err
}

// record returns the bytes of the next record without the end of its line.
func (c *csvReader) record() (record []byte, lines int64, err error) {
	from, quoted := c.start, false // the part from there on has not been looked at
	for {
		i := bytes.IndexByte(c.buffer[from:], c.end)
		if i < 0 && !c.atEnd {
			from -= c.start
			if err := c.fill(); err != nil {
				return nil, 0, err
			}
			continue // fill has moved what is left to the start
		}
		part := c.buffer[from:]
		if i >= 0 {
			part = part[:i]
		}
		quoted = c.within(part, quoted)
		lines++
		switch {
		case quoted && i >= 0:
			from += i + 1
			continue
		case quoted:
			return nil, 0, fmt.Errorf("line %d has a quote that does not end: double a quote within a "+
				"field, or turn quotes off by -quote none", c.line)
		case i < 0 && len(part) == 0 && from == c.start:
			return nil, 0, io.EOF
		}
		record = c.buffer[c.start : from+len(part)]
		c.start = min(from+len(part)+1, len(c.buffer))
		return bytes.TrimSuffix(record, []byte{'\r'}), lines, nil
	}
}

// within reports whether a quoted field is open at the end of a line, which begins within one or at
// the start of a field. A quote in the middle of a field opens none.
func (c *csvReader) within(line []byte, quoted bool) bool {
	if c.quote == 0 || bytes.IndexByte(line, c.quote) < 0 {
		return quoted
	}
	for {
		if !quoted {
			if len(line) > 0 && line[0] == c.quote {
				line, quoted = line[1:], true
				continue
			}
			i := bytes.IndexByte(line, c.delimiter)
			if i < 0 {
				return false
			}
			line = line[i+1:]
			continue
		}
		i := bytes.IndexByte(line, c.quote)
		switch {
		case i < 0:
			return true
		case i+1 < len(line) && line[i+1] == c.quote:
			line = line[i+2:]
			continue
		}
		quoted = false
		line = line[i+1:]
		i = bytes.IndexByte(line, c.delimiter)
		if i < 0 {
			return false
		}
		line = line[i+1:]
	}
}

// fill reads more after what is left, which it moves to the start of the buffer.
func (c *csvReader) fill() error {
	left := copy(c.buffer, c.buffer[c.start:])
	c.buffer, c.start = c.buffer[:left], 0
	if left == cap(c.buffer) {
		if left >= longest {
			return fmt.Errorf("line %d is longer than %d MiB: there may be a quote that does not end",
				c.line, longest>>20)
		}
		c.buffer = append(make([]byte, 0, 2*left), c.buffer...)
	}
	n, err := c.r.Read(c.buffer[left:cap(c.buffer)])
	c.buffer = c.buffer[:left+n]
	if err == io.EOF {
		c.atEnd, err = true, nil
	}
	if err != nil {
		return fmt.Errorf("the input cannot be read after line %d (%w)", c.line-1, err)
	}
	return nil
}

// split splits a record into fields.
func (c *csvReader) split(record []byte) ([]field, *damage) {
	c.fields = c.fields[:0]
	for {
		var f field
		var bad error
		more := false
		if c.quote != 0 && len(record) > 0 && record[0] == c.quote {
			f, record, more, bad = c.quotedField(record[1:])
		} else {
			f.text = record
			if i := bytes.IndexByte(record, c.delimiter); i >= 0 {
				f.text, record, more = record[:i], record[i+1:], true
			}
			if c.quote != 0 && bytes.IndexByte(f.text, c.quote) >= 0 {
				bad = errors.New("a quote is within a field that is not quoted: quote the field and " +
					"double the quote, or turn quotes off by -quote none")
			}
		}
		c.fields = append(c.fields, f)
		if bad != nil {
			return c.fields, &damage{len(c.fields) - 1, bad.Error()}
		}
		if !more {
			return c.fields, nil
		}
	}
}

// quotedField returns the field that begins after its first quote, and what follows it. Doubled
// quotes are replaced where they are.
func (c *csvReader) quotedField(text []byte) (f field, rest []byte, more bool, err error) {
	f.quoted = true
	n := 0 // of the text without the quotes that double others
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], c.quote)
		if i < 0 {
			f.text = text
			return f, nil, false, errors.New("a quote does not end")
		}
		if n != at {
			copy(text[n:], text[at:at+i])
		}
		n, at = n+i, at+i+1
		switch {
		case at == len(text):
			f.text = text[:n]
			return f, nil, false, nil
		case text[at] == c.delimiter:
			f.text = text[:n]
			return f, text[at+1:], true, nil
		case text[at] != c.quote:
			f.text = text[:n]
			return f, nil, false, errors.New("something follows the quote that ends the field: " +
				"double a quote within a field")
		}
		text[n] = c.quote
		n, at = n+1, at+1
	}
}
