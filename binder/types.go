package binder

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The kinds of fields that have constraints, named after the functions that return them.
const (
	intKind    = "Int"
	numberKind = "Number"
	textKind   = "Text"
)

// typed returns a field whose text must pass a check. Constraints add further checks. Both say in
// JSON Schema what they check.
func typed(name, kind string, t Type, schema schema, c check) Field {
	return Field{Name: name}.with(func(r *rules) {
		r.kind, r.typed, r.valueType, r.checks, r.schema = kind, true, t, []check{c}, schema
	})
}

// Int returns a field that must be a whole number in decimal digits, with or without a sign. As
// every type it checks the text that was sent, in a form or in JSON, where 5 and "5" are the same.
// [Bind] passes the text on unchanged, and [BindTyped] its type with it.
func Int(name string) Field {
	return typed(name, intKind, NumberType, says("type", "integer"), func(text string) string {
		return unless(isInt(text), "is not a whole number")
	})
}

// Number returns a field that must be a decimal number, with or without an exponent: 5, -1.10,
// 2.5e3. Infinity and NaN are refused.
func Number(name string) Field {
	return typed(name, numberKind, NumberType, says("type", "number"), func(text string) string {
		_, ok := parseDecimal(text)
		return unless(ok, "is not a number")
	})
}

// Text returns a field that must be valid UTF-8. Its length is counted in code points, as by
// PostgreSQL's char_length.
func Text(name string) Field {
	return typed(name, textKind, TextType, says("type", "string"), func(text string) string {
		return unless(utf8.ValidString(text), "is not valid UTF-8")
	})
}

// Bool returns a field that must be true or false, yes or no, on or off, 1 or 0, in upper or lower
// case (PostgreSQL manual, section 8.6).
func Bool(name string) Field {
	words := []string{"true", "false", "yes", "no", "on", "off", "1", "0"}
	return typed(name, "", BoolType, says("type", "boolean"), func(text string) string {
		return unless(slices.Contains(words, strings.ToLower(text)), "is not true or false")
	})
}

// Date returns a field that must be a date, 2006-01-02 (RFC 3339, full-date). The year 0000, which
// PostgreSQL does not have, is refused.
func Date(name string) Field {
	return typed(name, "", TextType, formatted("date"), func(text string) string {
		day, err := time.Parse(time.DateOnly, text)
		return unless(err == nil && day.Year() > 0, "is not a date like 2006-01-02")
	})
}

// Timestamp returns a field that must be a time with its zone, 2006-01-02T15:04:05Z or
// 2006-01-02T15:04:05.999-07:00 (RFC 3339, date-time).
func Timestamp(name string) Field {
	return typed(name, "", TimeType, formatted("date-time"), func(text string) string {
		t, err := time.Parse(time.RFC3339, text)
		// Parse accepts T3:04 and 05,9 too.
		strict := err == nil && text[len("2006-01-02T15")] == ':' && !strings.Contains(text, ",")
		return unless(strict && t.Year() > 0, "is not a time like 2006-01-02T15:04:05Z")
	})
}

// UUID returns a field that must be a UUID in its usual form (RFC 9562, section 4), in upper or
// lower case.
func UUID(name string) Field {
	return typed(name, "", TextType, formatted("uuid"), func(text string) string {
		return unless(isUUID(text), "is not a UUID")
	})
}

// Bytes returns a field that must be bytes in the form in which responses show them, \x and
// hexadecimal digits: \x6869 (PostgreSQL manual, section 8.4.1).
func Bytes(name string) Field {
	return typed(name, "", BytesType, patterned(`^\\x([0-9A-Fa-f]{2})*$`), func(text string) string {
		digits, ok := strings.CutPrefix(text, `\x`)
		_, err := hex.DecodeString(digits)
		return unless(ok && err == nil, `is not bytes like \x6869`)
	})
}

// Min returns an [Int] or [Number] that must not be less than limit. Numbers are compared exactly,
// and limit counts as the shortest decimal that has its value: 0.1 is one tenth. It must be between
// -1e15 and 1e15, beyond which a float64 does not distinguish all decimals.
func (f Field) Min(limit float64) Field {
	return f.limited("Min", "minimum", limit, -1, "is less than ")
}

// Max returns an [Int] or [Number] that must not be greater than limit, which is as for
// [Field.Min].
func (f Field) Max(limit float64) Field {
	return f.limited("Max", "maximum", limit, +1, "is greater than ")
}

// MinLen returns a [Text] that must have n characters or more.
func (f Field) MinLen(n int) Field {
	fault := "is shorter than " + characters(n)
	return f.constrained("MinLen", says("minLength", n), func(text string) string {
		return unless(utf8.RuneCountInString(text) >= n, fault)
	}, textKind)
}

// MaxLen returns a [Text] that must have n characters or fewer.
func (f Field) MaxLen(n int) Field {
	fault := "is longer than " + characters(n)
	return f.constrained("MaxLen", says("maxLength", n), func(text string) string {
		return unless(utf8.RuneCountInString(text) <= n, fault)
	}, textKind)
}

// Pattern returns a [Text] in which a regular expression must match, anywhere unless it has ^ and
// $. The message to the client quotes the expression. Pattern panics if it cannot be compiled, as
// [regexp.MustCompile] does.
func (f Field) Pattern(expression string) Field {
	pattern, fault := regexp.MustCompile(expression), "does not match "+expression
	return f.constrained("Pattern", common(expression), func(text string) string {
		return unless(pattern.MatchString(text), fault)
	}, textKind)
}

// OneOf returns a [Text] that must be one of texts, which the message to the client lists.
func (f Field) OneOf(texts ...string) Field {
	texts = slices.Clone(texts)
	fault := "is not one of these: " + strings.Join(texts, ", ")
	return f.constrained("OneOf", says("enum", texts), func(text string) string {
		return unless(slices.Contains(texts, text), fault)
	}, textKind)
}

// limited refuses the numbers on one side of a limit: below it for -1, above it for +1.
func (f Field) limited(
	method, keyword string, limit float64, side int, fault string,
) Field {
	if !(math.Abs(limit) < 1e15) { // true for NaN too
		err := fmt.Errorf("%s(%v) is not below 1e15: leave it to the database", method, limit)
		return f.mistaken(err)
	}
	written := strconv.FormatFloat(limit, 'f', -1, 64)
	bound, _ := parseDecimal(written)
	fault += written
	return f.constrained(method, says(keyword, json.Number(written)), func(text string) string {
		number, _ := parseDecimal(text)
		return unless(number.compare(bound) != side, fault)
	}, intKind, numberKind)
}

// constrained adds a check that applies to fields of the given kinds.
func (f Field) constrained(method string, says schema, c check, kinds ...string) Field {
	if f.rules == nil || !slices.Contains(kinds, f.rules.kind) {
		err := fmt.Errorf("%s is for %s only", method, strings.Join(kinds, " and "))
		return f.mistaken(err)
	}
	return f.with(func(r *rules) {
		r.checks, r.schema = append(r.checks, c), append(r.schema, says...)
	})
}

// mistaken records the first mistake for Check.
func (f Field) mistaken(err error) Field {
	return f.with(func(r *rules) {
		if r.mistake == nil {
			r.mistake = err
		}
	})
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}

// unless returns the fault unless the value is good.
func unless(good bool, fault string) string {
	if good {
		return ""
	}
	return fault
}

func isInt(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	return digits != "" && len(text)-len(digits) <= 1 && isDigits(digits)
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !isHex(c):
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
