package importer

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"sync"
)

// A RejectsFile is where rows go that cannot be imported. What is written is appended.
type RejectsFile interface {
	io.ReadWriteCloser
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
}

// rejects writes the rows that cannot be imported to a file of CSV: the line, the column, the
// reason, and the values. It is safe for concurrent use.
type rejects struct {
	open    func(resumed bool) (RejectsFile, error)
	columns []*column

	mu    sync.Mutex
	file  RejectsFile
	count int64
	block []byte
}

// add writes a row. Without a file it returns what is wrong with the row.
func (r *rejects) add(row *refused) error {
	if i := indexOf(r.columns, columnOf(row.Err)); i >= 0 && row.Column == "" {
		row.Column = r.columns[i].source
	}
	if r.open == nil {
		return &row.RowError
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		file, err := r.open(false)
		if err != nil {
			return err
		}
		r.file = file
		r.file.Write(r.header()) // the row after it fails as well
	}
	r.count++
	b := strconv.AppendInt(r.block[:0], row.Line, 10)
	b = appendCSV(append(b, ','), []byte(row.Column), row.Column == "")
	b = appendCSV(append(b, ','), []byte(row.Reason), false)
	for i, c := range r.columns {
		b = append(b, ',')
		if i < len(row.values) {
			text := row.values[i].text
			if c.json && !row.stored && len(text) > 0 && text[0] == '"' {
				said, _ := jsonString(text)
				text = []byte(said)
			}
			b = appendCSV(b, text, row.nulls[i])
		}
	}
	r.block = append(b, '\n')
	if _, err := r.file.Write(r.block); err != nil {
		return fmt.Errorf("a rejected row cannot be written (%w)", err)
	}
	return nil
}

// header is the line of names. Those of the row are the input's, so that a mended file can be
// imported.
func (r *rejects) header() []byte {
	b := []byte("line,column,reason")
	for _, c := range r.columns {
		b = appendCSV(append(b, ','), []byte(c.source), false)
	}
	return append(b, '\n')
}

func (r *rejects) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// appendCSV appends a field, of which an empty one without quotes is NULL.
func appendCSV(b, text []byte, null bool) []byte {
	switch {
	case null:
		return b
	case len(text) > 0 && !bytes.ContainsAny(text, ",\"\r\n'"):
		return append(b, bytes.ToValidUTF8(text, replacement)...)
	}
	b = append(b, '"')
	b = append(b, bytes.ReplaceAll(bytes.ToValidUTF8(text, replacement), []byte(`"`), []byte(`""`))...)
	return append(b, '"')
}
