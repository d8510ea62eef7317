package call

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// A Line is that of one call in a file.
type Line struct {
	Number int   // of the line, from 1
	Args   *Args // nil if the line is no call
	Err    error // why it is none
}

// Lines returns what reads the calls of a file: NDJSON, an object of arguments on each line, if it
// begins with a brace, and otherwise CSV (RFC 4180) whose first line has the names. A value of CSV
// is a text; NDJSON has NULL and other types. A byte order mark and empty lines before are ignored.
// It returns io.EOF at the end, and an error where reading cannot go on.
func Lines(r io.Reader) (next func() (*Line, error), err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	first, err := in.Peek(1)
	if err == nil && first[0] == byteOrderMark[0] {
		if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
			in.Discard(len(byteOrderMark))
		}
		first, err = in.Peek(1)
	}
	empty := 0
	for ; err == nil && (first[0] == '\n' || first[0] == '\r'); first, err = in.Peek(1) {
		if first[0] == '\n' {
			empty++
		}
		in.Discard(1)
	}
	switch {
	case err == io.EOF:
		return func() (*Line, error) { return nil, io.EOF }, nil
	case err != nil:
		return nil, err
	case first[0] == '{':
		return objects(in, empty), nil
	case first[0] == '[':
		return nil, errors.New("the file is an array: write one object a line")
	}
	return records(in, empty)
}

const byteOrderMark = "\ufeff"

func objects(in *bufio.Reader, number int) func() (*Line, error) {
	return func() (*Line, error) {
		for {
			text, err := in.ReadBytes('\n')
			if err != nil && (err != io.EOF || len(text) == 0) {
				return nil, err
			}
			number++
			if text = bytes.TrimSpace(text); len(text) == 0 {
				continue
			}
			line := &Line{Number: number}
			if args := new(Args); text[0] != '{' {
				line.Err = errors.New("the line is not a JSON object")
			} else if line.Err = args.Add(text, ""); line.Err == nil {
				line.Args = args
			}
			return line, nil
		}
	}
}

func records(in *bufio.Reader, before int) (func() (*Line, error), error) {
	reader := csv.NewReader(in)
	names, err := reader.Read()
	if err != nil {
		return nil, err
	}
	if !utf8.ValidString(strings.Join(names, "")) { // compressed, or in another encoding
		return nil, errors.New("the first line is no text in UTF-8")
	}
	reader.FieldsPerRecord = -1 // a line that has more or fewer is one failure
	return func() (*Line, error) {
		values, err := reader.Read()
		if err != nil {
			return nil, err
		}
		number, _ := reader.FieldPos(0)
		number += before
		if len(values) != len(names) {
			return &Line{
				Number: number, Err: errors.New("the line has not as many values as the first one"),
			}, nil
		}
		args := new(Args)
		for i, name := range names {
			args.list = append(args.list, argument{name: name, text: values[i], kind: field})
		}
		return &Line{Number: number, Args: args}, nil
	}, nil
}
