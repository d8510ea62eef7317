package dialect

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
)

// Bind replaces each value of a call by what is bound for it. PostgreSQL converts a text to the
// type of its parameter, so it gets the text. The other databases compare and store a text as
// text: they get values of the types that the request or its fields say, by the rule in the file
// of each. No digit of a number is lost: one that no type of Go holds stays text.
func (d *Dialect) Bind(values []any, types []binder.Type) {
	for i, v := range values {
		values[i] = d.bound(v, types[i])
	}
}

func (d *Dialect) bound(value any, t binder.Type) any {
	text, isText := value.(string)
	if number, ok := value.(json.Number); ok { // of a program's own source
		text, isText, t = string(number), true, binder.NumberType
		value = text
	}
	switch {
	case !isText:
		return value
	case t == binder.BytesType: // lib/pq would send the text itself for a bytea
		return bytesOf(text)
	case d.bind == nil:
		return value
	}
	return d.bind(text, t)
}

// Argument returns what is bound for an argument of a parameter whose type is t, nil if it is not
// known. Its errors are those of [binder.Arg.Value].
func (d *Dialect) Argument(t *catalog.Type, a binder.Arg) (any, error) {
	value, err := a.Value()
	if err != nil {
		return nil, err
	}
	if t = t.Underlying(); t == nil || d.argument == nil || value == nil {
		return d.bound(value, a.Type()), nil
	}
	if data, ok := value.([]byte); ok { // a file
		if _, isBinary := d.argument(t, a, "").([]byte); isBinary {
			return data, nil
		}
		value = string(data)
	}
	return d.argument(t, a, value.(string)), nil
}

// truth returns the truth value that one of the words of binder.Bool says, false for another text.
func truth(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, true
	case "false", "no", "off", "0":
		return false, true
	}
	return false, false
}

// number returns the number that a text spells: an int64, or for a fraction or exponent a float64
// that has all its digits. Otherwise it returns the text.
func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, ok := exactFloat(text); ok {
		return f
	}
	return text
}

// exactFloat returns the float64 that a decimal with a fraction or exponent spells, if the
// shortest decimal that has the float's value is the same number.
func exactFloat(text string) (f float64, ok bool) {
	if !isDecimal(text) || !strings.ContainsAny(text, ".eE") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil { // too large
		return 0, false
	}
	digits, exponent := significant(text)
	shortest, at := significant(strconv.FormatFloat(f, 'e', -1, 64))
	return f, digits == shortest && exponent == at
}

// isDecimal reports whether a text is a decimal number with an optional sign, fraction and
// exponent, and no infinity or number of another base, which strconv takes too.
func isDecimal(text string) bool {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(text), "e")
	if hasExponent {
		if _, err := strconv.Atoi(exponent); err != nil {
			return false
		}
	}
	mantissa = unsigned(mantissa)
	digits := strings.Replace(mantissa, ".", "", 1)
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// unsigned returns a number without its sign.
func unsigned(text string) string {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		return text[1:]
	}
	return text
}

// significant returns the digits of a decimal without zeros at either end, "" for zero, and the
// exponent of 0.digits.
func significant(text string) (digits string, exponent int) {
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent, _ = strconv.Atoi(power)
	whole, fraction, _ := strings.Cut(unsigned(mantissa), ".")
	written := whole + fraction
	digits = strings.TrimLeft(written, "0")
	exponent += len(whole) - (len(written) - len(digits))
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		return "", 0
	}
	return digits, exponent
}

// bytesOf returns the bytes of a text in the form in which responses show them, \x and hexadecimal
// digits, and otherwise those of the text itself.
func bytesOf(text string) []byte {
	if b, ok := shownBytes(text); ok {
		return b
	}
	return []byte(text)
}

// shownBytes returns the bytes of \x and hexadecimal digits.
func shownBytes(text string) (b []byte, ok bool) {
	digits, ok := strings.CutPrefix(text, `\x`)
	if !ok {
		return nil, false
	}
	b, err := hex.DecodeString(digits)
	return b, err == nil
}
