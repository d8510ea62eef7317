package importer

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// What databases would store for a text that looks like something else: MySQL the letters of a
// number as bits, and the word at a place; SQLite a number without its zeros.

// Bytes are shown by hexadecimal digits, as in responses.
const (
	shownByMySQL  = `CONCAT('\\x', LOWER(HEX(%[1]s)))`
	shownBySQLite = `CASE typeof(%[1]s) WHEN 'blob' THEN '\x' || lower(hex(%[1]s)) ELSE %[1]s END`
)

// bytesOf returns the bytes that a text shows as responses do, \x6869, or the text.
func bytesOf(text []byte) any {
	if digits, found := strings.CutPrefix(string(text), `\x`); found {
		if b, err := hex.DecodeString(digits); err == nil {
			return b
		}
	}
	return string(text)
}

// typedOf returns what SQLite stores of a value of JSON where it may have any type, as json_extract
// does. A number whose digits a REAL does not have is a text.
func typedOf(value []byte) any {
	switch value[0] {
	case '"':
		text, _ := jsonString(value) // it has been checked
		return text
	case 't':
		return 1
	case 'f':
		return 0
	}
	if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(string(value), 64); err == nil && isExactFloat(value) {
		return f
	}
	return string(value)
}

// typedBytes returns the same for a column of bytes.
func typedBytes(value []byte) any {
	if text, ok := typedOf(value).(string); ok {
		return bytesOf([]byte(text))
	}
	return typedOf(value)
}

// isBits returns what reports whether a text is a number of some bits, or shows bytes. One bit is a
// truth value, too.
func isBits(most int) func([]byte) bool {
	return func(text []byte) bool {
		if _, shown := bytesOf(text).([]byte); shown || most == 1 && isTruth(text) {
			return true
		}
		n, err := strconv.ParseUint(string(text), 10, 64)
		return err == nil && (most >= 64 || n < 1<<most)
	}
}

// bitsOf returns the bytes of a number: MySQL takes a text in a BIT for these (its manual, "Bit
// Value Type").
func bitsOf(text []byte) any {
	if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
		return binary.BigEndian.AppendUint64(nil, n)
	}
	return bytesOf(text)
}

// isWord returns what reports whether a text is no number, or one of the words of an ENUM or SET:
// MySQL takes other numbers for the place of a word.
func isWord(declared string) func([]byte) bool {
	return func(text []byte) bool {
		number := strings.TrimLeft(string(text), " \t\r\n\v\f+-")
		return number == "" || !allDigits([]byte(number)) ||
			strings.Contains(declared, "'"+string(text)+"'")
	}
}

// keepsText returns what reports whether SQLite keeps a text, of which it makes a number where it
// can in a column of any type but those that checkSQLite names ("Datatypes In SQLite", 3.1).
func keepsText(declared string) func([]byte) bool {
	return func(text []byte) bool {
		number := strings.Trim(string(text), blanks)
		if strings.ContainsAny(number, "xXpPiInN_") {
			return true // a number of Go alone
		}
		if _, err := strconv.ParseFloat(number, 64); err != nil && !errors.Is(err, strconv.ErrRange) {
			return true
		}
		if strings.ContainsAny(number, "eE") || number == "-0" || number != string(text) ||
			!json.Valid(text) || !isExactFloat(text) {
			return false
		}
		return !strings.Contains(declared, "STR") || !strings.Contains(number, ".") ||
			!strings.HasSuffix(number, "0")
	}
}
