package importer

import (
	"bytes"
	"io"
	"strconv"
)

// resume opens the file of an import that goes on after a line. It removes the rows after that,
// which a batch has written that was not committed: they are read again. A file of other names is
// appended to.
func (r *rejects) resume(after int64) error {
	if r.open == nil {
		return nil
	}
	file, err := r.open(true)
	if err != nil {
		return err
	}
	r.file = file
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	in := newCSVReader(file, dialect{delimiter: ',', quote: '"', end: '\n'})
	var size int64   // of what stays as it is
	var later []byte // of what comes after a row that is removed
	removed := false
	for first := true; ; first = false {
		record, _, err := in.record()
		if err != nil && !in.atEnd {
			return err
		}
		if first && err != io.EOF && (err != nil || !bytes.HasPrefix(r.header(), record)) {
			return nil
		}
		if err != nil || in.buffer[in.start-1] != '\n' { // the last row may have been cut
			break
		}
		text, _, _ := bytes.Cut(record, []byte{','})
		switch line, _ := strconv.ParseInt(string(text), 10, 64); {
		case line > after:
			removed = true
		case removed:
			later = append(append(later, record...), '\n')
		default:
			size += int64(len(record)) + 1
		}
	}
	if size == 0 {
		later = r.header()
	}
	if err := file.Truncate(size); err != nil {
		return err
	}
	_, err = file.Write(later)
	return err
}
