package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// An Input is the file to import, which can be read more than once, or a stream, which cannot.
type Input struct {
	Path   string    // of a file, or "" for Stream
	Stream io.Reader // standard input, say
}

// sampleSize is how much of the text is looked at to guess its dialect.
const sampleSize = 64 << 10

// A source is an open Input as text in UTF-8.
type source struct {
	*bufio.Reader        // of sampleSize
	raw           *meter // the bytes as they are stored
	size          int64  // of all of those, or -1
	encoding      string // that of the text
	decoded       bool   // from another encoding, where U+FFFD stands for what has none
	closers       []func() error
}

// A meter counts and, if sum is set, hashes what is read through it.
type meter struct {
	io.Reader
	n   int64
	sum hash.Hash
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.n += int64(n)
	if m.sum != nil {
		m.sum.Write(p[:n])
	}
	return n, err
}

// open opens an input whose text has an encoding, "" to guess it.
func (in Input) open(encoding string) (*source, error) {
	s := &source{raw: &meter{Reader: in.Stream}, size: -1}
	if in.Path != "" {
		file, err := os.Open(in.Path)
		if err != nil {
			return nil, fmt.Errorf("the file cannot be read (%w)", err)
		}
		s.closers = append(s.closers, file.Close)
		s.raw.Reader = file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			s.size = info.Size()
		}
	}
	err := s.decode(encoding)
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// repeatable reports whether the input can be read twice: a pipe that has a name cannot.
func (in Input) repeatable() bool {
	info, err := os.Stat(in.Path)
	return in.Path != "" && err == nil && info.Mode().IsRegular()
}

// digest returns what tells the bytes of a file from those of any other.
func (in Input) digest() (string, error) {
	file, err := os.Open(in.Path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// longer returns a sample of twice the size, or false if there is none.
func (s *source) longer(sample []byte) ([]byte, bool) {
	if len(sample) < s.Size() || len(sample) >= longest {
		return sample, false
	}
	s.Reader = bufio.NewReaderSize(s.Reader, 2*len(sample))
	more, _ := s.Peek(2 * len(sample)) // an error comes again when that is read
	return more, len(more) > len(sample)
}

func (s *source) close() {
	for _, c := range s.closers {
		c()
	}
}

// decode puts what is compressed or encoded into UTF-8. The first bytes show which compression it
// is, whatever the name of the file ends in.
func (s *source) decode(name string) error {
	stored := bufio.NewReaderSize(s.raw, sampleSize)
	text := stored
	if err := checkText(stored); err != nil {
		return err
	}
	switch magic, _ := stored.Peek(4); {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}): // RFC 1952, section 2.3.1
		r, err := gzip.NewReader(stored)
		if err != nil {
			return fmt.Errorf("the gzip data is damaged (%w)", err)
		}
		s.closers = append(s.closers, r.Close)
		text = bufio.NewReaderSize(r, sampleSize)
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}): // RFC 8878, section 3.1.1
		r, err := zstd.NewReader(stored, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return fmt.Errorf("the zstd data is damaged (%w)", err)
		}
		s.closers = append(s.closers, func() error { r.Close(); return nil })
		text = bufio.NewReaderSize(r, sampleSize)
	}
	sample, err := text.Peek(sampleSize)
	if err != nil && err != io.EOF {
		return fmt.Errorf("the input cannot be read (%w)", err)
	}
	if name == "" {
		name = guessEncoding(sample)
	}
	s.encoding = name
	decoder, err := decoderOf(name)
	if err != nil {
		return err
	}
	s.Reader = text
	if decoder != nil {
		s.decoded = true
		s.Reader = bufio.NewReaderSize(decoder.Reader(text), sampleSize)
	} else if bytes.HasPrefix(sample, utf8BOM) {
		s.Reader.Discard(len(utf8BOM))
	}
	return nil
}

// checkText returns an error for what begins as no text does.
func checkText(stored *bufio.Reader) error {
	magic, _ := stored.Peek(10)
	what := ""
	switch {
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")): // PKZIP's application note, 4.3.7
		what = "a ZIP archive, as .xlsx and .ods are: unpack it, or save the sheet as CSV"
	case bytes.HasPrefix(magic, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")): // MS-CFB, 2.2
		what = "a document of Microsoft Office: save the sheet as CSV"
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")): // the .xz file format, 2.1.1.1
		what = "compressed by xz: unpack it, as by xz -dc FILE | moresql import -"
	case bytes.HasPrefix(magic, []byte("BZh")) && bytes.HasSuffix(magic, []byte("1AY&SY")):
		what = "compressed by bzip2: unpack it, as by bzip2 -dc FILE | moresql import -"
	default:
		return nil
	}
	return errors.New("the input is " + what)
}

var utf8BOM = []byte("\ufeff")

// Encodings are the names that open understands. The first is also that of ASCII.
var Encodings = []string{"utf-8", "utf-16", "utf-16le", "utf-16be", "latin1", "windows-1252"}

// decoderOf returns what decodes an encoding, nil for UTF-8.
func decoderOf(name string) (*encoding.Decoder, error) {
	switch strings.ToLower(name) {
	case "utf-8":
		return nil, nil
	case "utf-16", "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder(), nil
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder(), nil
	case "latin1":
		return charmap.ISO8859_1.NewDecoder(), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder(), nil
	}
	return nil, errors.New("the encoding must be one of " + strings.Join(Encodings, ", "))
}

// guessEncoding returns the encoding that a sample shows. Text of Windows-1252 is told from a
// damaged UTF-8 by its having no letter that is one of UTF-8.
func guessEncoding(sample []byte) string {
	switch {
	case bytes.HasPrefix(sample, utf8BOM):
		return "utf-8"
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe}):
		return "utf-16le"
	case bytes.HasPrefix(sample, []byte{0xfe, 0xff}):
		return "utf-16be"
	}
	var zeros [2]int
	for i, b := range sample {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(sample) / 4; { // most letters of most texts are in Latin-1, and few like U+4E00
	case zeros[1] > half && zeros[0] < half/4:
		return "utf-16le"
	case zeros[0] > half && zeros[1] < half/4:
		return "utf-16be"
	}
	if valid, invalid := countLetters(sample); invalid > 0 && valid == 0 {
		return "windows-1252"
	}
	return "utf-8"
}
