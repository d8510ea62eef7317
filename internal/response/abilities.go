package response

import "github.com/moresql/moresql/encoder"

// MaxRows returns how many rows an encoder takes at most, 0 for any number.
func MaxRows(e encoder.Encoder) int64 {
	if l, ok := e.(encoder.RowLimiter); ok {
		return l.MaxRows()
	}
	return 0
}

// CheckColumns returns the error of an encoder whose format has no room for n columns; 0 is a
// number that is not known.
func CheckColumns(e encoder.Encoder, n int) error {
	if c, ok := e.(encoder.ColumnChecker); ok {
		return c.CheckColumns(n)
	}
	return nil
}

// titled returns the encoder for a result that people call title.
func titled(e encoder.Encoder, title string) encoder.Encoder {
	if t, ok := e.(encoder.Titler); ok && title != "" {
		return t.Titled(title)
	}
	return e
}
