package encodertest

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// values checks the text of every kind of value, each in a result of its own.
func (k kit) values(t *testing.T) {
	for _, s := range slices.Concat(samples, strays) {
		t.Run(s.name, func(t *testing.T) {
			columns := []column{{"value", s.databaseType}, {"next", "TEXT"}}
			document := k.document(t, table(columns, s.src, "next"))
			rows := k.rows(t, document)
			next := Field{Name: "next", Text: "next"}
			if len(rows) != 1 || len(rows[0]) != 2 || rows[0][1] != next {
				t.Fatalf("one row of two fields was encoded as %v\n%s", rows, excerpt(document))
			}
			if got := rows[0][0]; got.Name != "value" || !s.is(got) {
				t.Errorf("%v was encoded as %q (NULL: %v)\n%s",
					s.src, got.Text, got.Null, excerpt(document))
			}
		})
	}
}

// is reports whether a field holds the value: the text inside its JSON, that JSON itself, or the
// text that the driver has returned.
func (s sample) is(got Field) bool {
	if s.src == nil || got.Null {
		return s.src == nil && got.Null || s.json == "null" && got.Null
	}
	if want, err := decodeField([]byte(s.json)); err == nil && got.Text == want.Text && !want.Null {
		return true
	}
	if s.sameJSON([]byte(got.Text), []byte(s.json)) {
		return true
	}
	switch src := s.src.(type) {
	case string:
		return got.Text == src
	case []byte:
		return got.Text == string(src) && s.databaseType != "BYTEA"
	}
	return false
}

// sameJSON reports whether two JSON texts are equal. Floats may be written with or without an
// exponent; other numbers have the same digits.
func (s sample) sameJSON(a, b []byte) bool {
	return equalJSON(a, b, func(x, y string) bool {
		if x == y || !strings.Contains(s.databaseType, "FLOAT") {
			return x == y
		}
		bits := 64
		if strings.HasSuffix(s.databaseType, "4") {
			bits = 32
		}
		f, errF := strconv.ParseFloat(x, bits)
		g, errG := strconv.ParseFloat(y, bits)
		return errF == nil && errG == nil && f == g
	})
}
