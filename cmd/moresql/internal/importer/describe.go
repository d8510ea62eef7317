package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Formats are those that can be imported.
var Formats = []string{"csv", "ndjson", "json"}

// describe finds the format, the dialect and the columns of the input, and sets what opens it.
func (j *job) describe() error {
	src, err := j.Input.open(j.Encoding)
	if err != nil {
		return err
	}
	// What cannot be opened again is kept open for the only pass.
	first := src
	if j.repeatable() {
		defer src.close()
	}
	reopen := func() (*source, error) {
		if j.repeatable() {
			return j.Input.open(j.Encoding)
		}
		return first, nil
	}
	sample, err := src.Peek(sampleSize)
	if err != nil && err != io.EOF {
		return fmt.Errorf("the input cannot be read (%w)", err)
	}
	if len(bytes.TrimSpace(sample)) == 0 {
		return errors.New("the input is empty")
	}
	if j.Format == "" {
		j.Format = guessFormat(j.Path, sample)
	}
	for longer := true; longer && !j.holdsFirst(sample); {
		sample, longer = src.longer(sample)
	}
	if j.Encoding == "" {
		j.Encoding = src.encoding
		j.noteGuess(src)
	}
	if j.Format == "csv" {
		return j.describeCSV(sample, reopen)
	}
	if flag := j.ofCSV(); flag != "" {
		return fmt.Errorf("-%s is for CSV, and the input is %s: -format csv says otherwise", flag,
			strings.ToUpper(j.Format))
	}
	return j.describeJSON(sample, reopen)
}

// ofCSV returns a flag that is given and means nothing for JSON, or "".
func (im *Import) ofCSV() string {
	for flag, given := range map[string]bool{
		"delimiter": im.Delimiter != 0, "quote": im.Quote != 0 || im.NoQuote, "header": im.Header != "",
		"columns": len(im.Columns) > 0, "null": len(im.Nulls) > 0,
	} {
		if given {
			return flag
		}
	}
	return ""
}

// holdsFirst reports whether a sample has the first record or object to its end. The objects of a
// file are all read for their names, however long they are.
func (j *job) holdsFirst(sample []byte) bool {
	switch {
	case j.Format == "csv":
		c := newCSVReader(bytes.NewReader(sample), j.guessDialect(sample))
		_, _, err := c.record()
		return err == nil && c.buffer[c.start-1] == c.end
	case j.repeatable():
		return true
	case j.Format == "ndjson":
		return bytes.IndexByte(bytes.TrimSpace(sample), '\n') > 0
	}
	return len(namesOfSample(sample, j.Format)) > 0
}

func (j *job) guessDialect(sample []byte) dialect {
	return guessDialect(sample, dialect{delimiter: j.Delimiter, quote: j.Quote}, j.NoQuote)
}

// noteGuess says what the encoding has been guessed to be where that could be wrong.
func (j *job) noteGuess(src *source) {
	if src.encoding == "windows-1252" && j.Notice != nil {
		j.Notice("the input is read as windows-1252, since it is not UTF-8: -encoding names another")
	}
}

// guessFormat returns the format that a name or a sample shows.
func guessFormat(path string, sample []byte) string {
	name := strings.ToLower(path)
	for _, ending := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ending)
	}
	switch filepath.Ext(name) {
	case ".csv", ".tsv":
		return "csv"
	case ".ndjson", ".jsonl":
		return "ndjson"
	}
	switch bytes.TrimSpace(sample)[0] {
	case '[':
		return "json"
	case '{':
		return "ndjson"
	}
	return "csv"
}

// describeCSV finds the columns of CSV.
func (j *job) describeCSV(sample []byte, reopen func() (*source, error)) error {
	before, delimiter := separatorLine(sample)
	d := j.guessDialect(sample[before:])
	if before > 0 && j.Delimiter == 0 {
		d.delimiter = delimiter
	}
	start := func(r io.Reader) *csvReader {
		in := newCSVReader(r, d)
		if before > 0 {
			in.line++
		}
		return in
	}
	in := start(bytes.NewReader(bytes.Clone(sample[before:])))
	fields, text, line, bad, err := in.first()
	switch {
	case err != nil:
		return err
	case bad != nil:
		return fmt.Errorf("line %d: %s", line, bad.reason)
	}
	if reason := badEncoding(text, j.Encoding, j.Encoding != Encodings[0]); reason != "" {
		return fmt.Errorf("line %d: %s", line, reason)
	}
	header := make([]string, len(fields))
	for i, f := range fields {
		header[i] = string(f.text)
	}
	all := j.candidates()
	names, skip := j.Columns, false
	switch {
	case j.Header == "no" && len(names) == 0:
		if names, err = positions(all, len(fields), j.target.name); err != nil {
			return err
		}
	case len(names) > 0:
		if j.Header == "" && slices.EqualFunc(names, header, func(a, b string) bool {
			return plainName(a) == plainName(b)
		}) {
			return errors.New("the first line has the names of -columns: say by -header yes that it is " +
				"no row, or by -header no that it is one")
		}
		skip = j.Header == "yes"
	case j.Header == "" && j.isRow(fields, header, all):
		names, err = positions(all, len(fields), j.target.name)
		if err != nil {
			return err
		}
		if j.Notice != nil {
			j.Notice("the first line is read as a row, not as the names of the columns: " +
				"-header yes says otherwise")
		}
	default:
		names, skip = header, true
	}
	if len(names) != len(fields) {
		return fmt.Errorf("the input has %d columns in its first line, and -columns names %d",
			len(fields), len(names))
	}
	if i := repeatedName(names); i >= 0 {
		return fmt.Errorf("the input has two columns %q: name them by -columns, with -header yes",
			names[i])
	}
	found, err := j.match(names, j.target.name, all)
	if err != nil {
		return err
	}
	var pick []int
	for i, c := range found {
		if c != nil {
			pick = append(pick, i)
			j.columns = append(j.columns, c)
		}
	}
	j.unit = "line"
	j.open = func(bad func(*refused) error) (*rows, error) {
		src, err := reopen()
		if err != nil {
			return nil, err
		}
		if _, err := src.Discard(before); err != nil {
			return nil, err
		}
		in := start(src)
		if skip {
			if _, _, _, _, err := in.first(); err != nil {
				return nil, err
			}
		}
		r := &rows{source: src, unit: j.unit, columns: j.columns, bad: bad}
		for _, null := range j.Nulls {
			r.nulls = append(r.nulls, []byte(null))
		}
		if len(j.Nulls) == 0 {
			r.nulls = [][]byte{{}}
		}
		r.fill = r.fillCSV(in, pick, len(names), names)
		return r, nil
	}
	return nil
}

// repeatedName returns the index of a name that stands before, or -1.
func repeatedName(names []string) int {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return i
		}
	}
	return -1
}

// isRow reports whether the first line of CSV is a row: none of its fields names a column, and they
// are values of all columns, of which some take no names.
func (j *job) isRow(fields []field, header []string, all []candidate) bool {
	names, err := positions(all, len(fields), j.target.name)
	if err != nil {
		return false
	}
	var known []string
	for _, c := range all {
		known = append(known, c.name)
	}
	typed := false
	for i, name := range header {
		if _, mapped := j.Map[name]; mapped || similar(name, known) >= 0 {
			return false
		}
		c := all[slices.Index(known, names[i])]
		if len(name) == 0 {
			continue
		}
		if reason, unsure := c.check(fields[i].text); reason != "" || unsure {
			return false
		}
		typed = typed || c.plain != nil && !c.plain([]byte("name"))
	}
	return typed
}

// positions returns the names of all columns that can be set, which must be as many as the input
// has.
func positions(all []candidate, n int, target string) ([]string, error) {
	var names []string
	for _, c := range all {
		if c.not == "" {
			names = append(names, c.name)
		}
	}
	if len(names) != n {
		return nil, fmt.Errorf("the input has %d columns and no names for them, and %s has %d: "+
			"name them in order by -columns", n, target, len(names))
	}
	return names, nil
}

// describeJSON finds the columns of objects: of all of them if they can be read twice, or else of
// the first.
func (j *job) describeJSON(sample []byte, reopen func() (*source, error)) error {
	if j.unit = "line"; j.Format == "json" {
		j.unit = "record"
	}
	open := func(src *source) (objects, error) {
		if j.Format == "json" {
			return newElements(src)
		}
		return &lines{r: src.Reader}, nil
	}
	var names []string
	if j.repeatable() {
		src, err := j.Input.open(j.Encoding)
		if err != nil {
			return err
		}
		defer src.close()
		in, err := open(src)
		if err != nil {
			return err
		}
		names, err = namesOf(in, false)
		if bad := (*RowError)(nil); errors.As(err, &bad) {
			bad.Unit = j.unit
			return fmt.Errorf("the input has no object with members (%w): NDJSON has one in each line, "+
				"and JSON an array of them", bad)
		} else if err != nil {
			return err
		}
	} else {
		names = namesOfSample(sample, j.Format)
	}
	if len(names) == 0 && j.isEmptyArray(sample) {
		return nil
	} else if len(names) == 0 {
		return errors.New("the input has no object with members")
	}
	found, err := j.match(names, j.target.name, j.candidates())
	if err != nil {
		return err
	}
	var ignored []string
	for i, c := range found {
		if c == nil {
			ignored = append(ignored, names[i])
		} else {
			if c.typed != nil {
				c.json, c.asJSON, c.bind = true, true, c.typed
			}
			j.columns = append(j.columns, c)
		}
	}
	j.open = func(bad func(*refused) error) (*rows, error) {
		src, err := reopen()
		if err != nil {
			return nil, err
		}
		in, err := open(src)
		if err != nil {
			return nil, err
		}
		r := &rows{source: src, unit: j.unit, columns: j.columns, bad: bad}
		r.fill = r.fillJSON(in, ignored)
		return r, nil
	}
	return nil
}

// isEmptyArray reports whether a sample is all of an array that has no objects, and so no columns.
func (j *job) isEmptyArray(sample []byte) bool {
	if j.Format != "json" {
		return false
	}
	in, err := newElements(bytes.NewReader(sample))
	if err == nil {
		_, _, err = in.next()
	}
	return err == io.EOF
}
