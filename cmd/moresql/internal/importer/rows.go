package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// rows reads an input row by row in the order of the target's columns. It checks each value as far
// as the checkers go.
type rows struct {
	*source
	unit    string // of what a RowError counts
	columns []*column
	from    int64 // rows up to this line are skipped, since they are imported already

	fill func(*chunk) error   // adds the next row
	bad  func(*refused) error // takes a row that cannot be imported

	judges []*judge // of columns, nil for those that need none

	nulls [][]byte // what stands for NULL in CSV
	count int64    // of rows that were read, the bad ones too
	last  int64    // the line of the last
	most  int      // rows of a chunk

	batch, inBatch int64 // rows of a transaction, 0 for all, and of this one so far
}

// A refused is a row that cannot be imported.
type refused struct {
	RowError
	values []field // in the order of the columns, as far as they are known
	nulls  []bool
	stored bool // they are as the database shows them
}

// next fills a chunk with rows.
func (r *rows) next(c *chunk) error {
	c.reset(len(r.columns))
	r.most = min(max(2*r.most, firstRows), chunkRows)
	for !c.full(r.most) && (r.batch == 0 || r.inBatch+int64(c.rows()) < r.batch) {
		if err := r.fill(c); err == io.EOF {
			c.done = true
			break
		} else if err != nil {
			return err
		}
	}
	r.inBatch += int64(c.rows())
	if c.cut = c.done || r.batch > 0 && r.inBatch == r.batch; c.cut {
		r.inBatch = 0
	}
	c.read, c.count, c.last = r.raw.n, r.count, r.last
	return nil
}

// fillCSV returns what adds the rows of CSV, whose records have width fields. The column i of the
// target is the field pick[i].
func (r *rows) fillCSV(in *csvReader, pick []int, width int, names []string) func(*chunk) error {
	return func(c *chunk) error {
		fields, text, line, bad, err := in.next()
		if err != nil {
			return err
		}
		if len(text) == 0 && width > 1 || line <= r.from {
			return nil
		}
		r.count++
		r.last = line
		wrong := RowError{Unit: r.unit, Line: line}
		if bad != nil {
			wrong.Reason = bad.reason
			if bad.field >= 0 && bad.field < len(names) {
				wrong.Column = names[bad.field]
			}
			return r.refuse(wrong, fields, pick)
		}
		if reason := badEncoding(text, r.encoding, r.decoded); reason != "" {
			wrong.Reason = reason
			for i, f := range fields {
				if reason := badEncoding(f.text, r.encoding, r.decoded); reason != "" && i < len(names) {
					wrong.Column, wrong.Reason = names[i], reason
					break
				}
			}
			return r.refuse(wrong, fields, pick)
		}
		if len(fields) != width {
			wrong.Reason = fmt.Sprintf("it has %d fields instead of %d", len(fields), width)
			return r.refuse(wrong, fields, pick)
		}
		for i, at := range pick {
			f := &fields[at]
			if err := r.put(c, i, f.text, !f.quoted && r.isNull(f.text), line); err != nil {
				wrong.Column, wrong.Reason = names[at], err.Error()
				c.drop()
				return r.refuse(wrong, fields, pick)
			}
		}
		c.lines = append(c.lines, line)
		return nil
	}
}

func (r *rows) isNull(text []byte) bool {
	for _, null := range r.nulls {
		if bytes.Equal(text, null) {
			return true
		}
	}
	return false
}

// refuse hands on a row of CSV that cannot be imported.
func (r *rows) refuse(wrong RowError, fields []field, pick []int) error {
	row := &refused{RowError: wrong}
	for _, at := range pick {
		if at < len(fields) {
			row.values = append(row.values, fields[at])
			row.nulls = append(row.nulls, !fields[at].quoted && r.isNull(fields[at].text))
		}
	}
	return r.bad(row)
}

// fillJSON returns what adds the rows of JSON objects.
func (r *rows) fillJSON(in objects, ignored []string) func(*chunk) error {
	values := make([]json.RawMessage, len(r.columns))
	return func(c *chunk) error {
		object, number, err := in.next()
		if err != nil {
			return err
		}
		if number <= r.from {
			return nil
		}
		r.count++
		r.last = number
		clear(values)
		wrong := RowError{Unit: r.unit, Line: number}
		if err := r.members(object, values, ignored, &wrong); err != nil {
			wrong.Reason = err.Error()
			return r.bad(&refused{RowError: wrong})
		}
		row := &refused{RowError: wrong}
		for i, value := range values {
			col := r.columns[i]
			text, null, err := jsonText(value, col.asJSON, col.nested)
			if col.json && len(text) > 0 && text[0] == '"' {
				_, err = jsonString(value)
			}
			if err != nil { // what it is must not be lost
				text = value
			}
			row.values, row.nulls = append(row.values, field{text: text}), append(row.nulls, null)
			if err == nil {
				err = r.put(c, i, text, null, number)
			}
			if err != nil && row.Reason == "" {
				row.Column, row.Reason = col.source, err.Error()
			}
		}
		if row.Reason != "" {
			c.drop()
			return r.bad(row)
		}
		c.lines = append(c.lines, number)
		return nil
	}
}

// members sets the values of an object's members.
func (r *rows) members(object []byte, values []json.RawMessage, ignored []string, wrong *RowError,
) error {
	if reason := badEncoding(object, r.encoding, r.decoded); reason != "" {
		return errors.New(reason)
	}
	return eachMember(object, func(name string, value json.RawMessage) error {
		i := slices.IndexFunc(r.columns, func(c *column) bool { return c.source == name })
		switch {
		case i < 0 && slices.Contains(ignored, name):
		case i < 0:
			wrong.Column = name
			return errors.New("no row before has this member: leave it out by -map " +
				quote([]byte(name+"=")))
		case values[i] != nil:
			wrong.Column = name
			return errors.New("the object has this member twice")
		default:
			values[i] = value
		}
		return nil
	})
}

// put checks a value of a column and adds it to the last row.
func (r *rows) put(c *chunk, i int, text []byte, null bool, line int64) error {
	col := r.columns[i]
	switch {
	case null && col.key:
		c.add(nil, true)
		return errors.New("it is empty (NULL), and -key names it")
	case null && col.required:
		c.add(nil, true)
		return errors.New("it is empty (NULL), which the column does not allow")
	case null:
		c.add(nil, true)
		return nil
	}
	reason, unsure := col.check(text)
	if unsure && r.judges != nil {
		if err := r.judges[i].add(text, line); err != nil {
			return err
		}
	}
	if col.truth {
		if value, ok := truths[string(text)]; ok {
			text = []byte{value}
		}
	}
	c.add(text, false)
	if reason != "" {
		return errors.New(reason)
	}
	return nil
}

// namesOfSample returns the names of the members of the first object of a sample.
func namesOfSample(sample []byte, format string) []string {
	var in objects = &lines{r: bufio.NewReaderSize(bytes.NewReader(sample), len(sample)+16)}
	if format == "json" {
		list, err := newElements(bytes.NewReader(sample))
		if err != nil {
			return nil
		}
		in = list
	}
	names, err := namesOf(in, true)
	if err != nil {
		return nil
	}
	return names
}

// namesOf returns the names of all members of the objects of an input, in the order in which they
// appear, or those of the first alone. Without any, a RowError says what is wrong with the first.
func namesOf(in objects, one bool) (names []string, err error) {
	known := map[string]bool{}
	var first RowError // the first fault
	for {
		object, number, err := in.next()
		if err == io.EOF && len(names) == 0 && first.Line > 0 {
			return nil, &first
		} else if err == io.EOF {
			return names, nil
		} else if err != nil {
			return nil, err
		}
		// A row that is no object is reported when it is imported.
		err = eachMember(object, func(name string, _ json.RawMessage) error {
			if !known[name] {
				name = strings.Clone(name)
				known[name] = true
				names = append(names, name)
			}
			return nil
		})
		if err != nil && first.Line == 0 {
			first = RowError{Line: number, Reason: err.Error()}
		}
		if one && len(names) > 0 {
			return names, nil
		}
	}
}
