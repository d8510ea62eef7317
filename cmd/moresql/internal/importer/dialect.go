package importer

import "bytes"

// A dialect is how CSV is written.
type dialect struct {
	delimiter, quote, end byte
}

// delimiters are those that can be guessed, the most usual first.
const delimiters = ",;\t|"

// guessDialect returns the dialect that a sample shows. What is set already is kept; none means
// that nothing quotes.
func guessDialect(sample []byte, d dialect, none bool) dialect {
	if d.quote == 0 && !none {
		if d.quote = '"'; bytes.IndexByte(sample, '"') < 0 && singleQuoted(sample) {
			d.quote = '\''
		}
	}
	if d.end = '\n'; !hasUnquoted(sample, '\n', d.quote) && hasUnquoted(sample, '\r', d.quote) {
		d.end = '\r' // as of a Macintosh before 2001
	}
	if d.delimiter != 0 {
		return d
	}
	d.delimiter = delimiters[0]
	most := 1
	for i := range len(delimiters) {
		try := d
		try.delimiter = delimiters[i]
		if n := commonWidth(sample, try); n > most {
			d.delimiter, most = try.delimiter, n
		}
	}
	return d
}

// hasUnquoted reports whether a sample has a letter outside of quotes, if there are any.
func hasUnquoted(sample []byte, letter, quote byte) bool {
	quoted := false
	for _, b := range sample {
		if b == letter && !quoted {
			return true
		}
		quoted = quoted != (b == quote && quote != 0)
	}
	return false
}

// separatorLine returns the length of a first line such as sep=; and the delimiter that it names to
// Excel, or 0.
func separatorLine(sample []byte) (length int, delimiter byte) {
	line, _, found := bytes.Cut(sample, []byte{'\n'})
	rest, is := bytes.CutPrefix(bytes.TrimSuffix(line, []byte{'\r'}), []byte("sep="))
	if !found || !is || len(rest) != 1 {
		return 0, 0
	}
	return len(line) + 1, rest[0]
}

// singleQuoted reports whether the sample begins with a field in single quotes.
func singleQuoted(sample []byte) bool {
	if len(sample) == 0 || sample[0] != '\'' {
		return false
	}
	i := bytes.IndexByte(sample[1:], '\'')
	return i > 0 && i+2 < len(sample) &&
		bytes.IndexByte([]byte(delimiters+"\r\n"), sample[i+2]) >= 0
}

// commonWidth returns how many fields the records of a sample have in a dialect, 0 if that differs
// in more than one of ten. The end of the sample may cut the last.
func commonWidth(sample []byte, d dialect) int {
	c := newCSVReader(bytes.NewReader(bytes.Clone(sample)), d)
	width, records, others := 0, 0, 0
	for records < 100 {
		fields, text, _, _, err := c.next()
		if err != nil || c.start == len(c.buffer) && c.atEnd && records > 0 {
			break
		}
		if len(text) == 0 {
			continue
		}
		if records++; records == 1 {
			width = len(fields)
		} else if len(fields) != width {
			others++
		}
	}
	if others*10 > records {
		return 0
	}
	return width
}
