package row

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// RawRows is an optional interface of a driver.Rows, for a driver of PostgreSQL, or of a database
// with its protocol, that can return values as they have come from the server. ScanDriver looks for
// it, and then makes the Values of the bytes itself: none is decoded by the driver, put into an
// interface and taken out again. They are the Values that Next would lead to.
//
// ScanDriver calls NextRaw in place of Next, never both for a result, and no two methods at once.
type RawRows interface {
	driver.RowsColumnTypeDatabaseTypeName

	// Binary reports whether the values of a column are in PostgreSQL's binary format, as the typsend
	// function of their type writes it; otherwise they are in its text format. Only BOOL, INT2, INT4,
	// INT8, OID, XID, CID, FLOAT4, FLOAT8, DATE, TIMESTAMP, TIMESTAMPTZ and BYTEA may be binary, and
	// all of these but the integers should be, since settings of the session change their text.
	Binary(column int) bool

	// NextRaw returns the values of the next row, nil for NULL and io.EOF after the last row. The
	// slice and the bytes are valid, and do not change, until the next call of a method of the rows or
	// of their connection.
	NextRaw() ([][]byte, error)

	// TimeZone returns the setting TimeZone of the session, which decides on the offset of a
	// TIMESTAMPTZ, as the server has reported it; "" if it has not.
	TimeZone() string
}

// KeptRows is an optional interface of RawRows, for a driver that keeps statements: what ScanDriver
// has made of the columns of one result is there for the next result of the same statement.
type KeptRows interface {
	// Kept returns where ScanDriver keeps that, a place that is nil at first, that all results of the
	// statement on the connection share, and that no other result has.
	Kept() *any
}

// A rawFormat is what the bytes of a column are.
type rawFormat uint8

const (
	rawText     rawFormat = iota
	rawDocument           // a text that drivers return as []byte
	rawBytes              // binary from here on
	rawBool
	rawInt2
	rawInt4
	rawInt8
	rawUint4
	rawFloat4
	rawFloat8
	rawDate
	rawTimestamp
	rawUnknown
)

// rawFormatOf returns the format of a type.
func rawFormatOf(databaseType string, binary bool) rawFormat {
	if !binary {
		switch databaseType {
		case "JSON", "JSONB", "XML":
			return rawDocument
		}
		return rawText
	}
	switch databaseType {
	case "BOOL":
		return rawBool
	case "INT2":
		return rawInt2
	case "INT4":
		return rawInt4
	case "INT8":
		return rawInt8
	case "OID", "XID", "CID":
		return rawUint4
	case "FLOAT4":
		return rawFloat4
	case "FLOAT8":
		return rawFloat8
	case "DATE":
		return rawDate
	case "TIMESTAMP", "TIMESTAMPTZ":
		return rawTimestamp
	case "BYTEA":
		return rawBytes
	}
	return rawUnknown
}

// rawSizes are the lengths of values in the binary format, 0 where they vary.
var rawSizes = [...]int{
	rawBool: 1, rawInt2: 2, rawInt4: 4, rawInt8: 8, rawUint4: 4, rawFloat4: 4, rawFloat8: 8,
	rawDate: 4, rawTimestamp: 8, rawUnknown: 0,
}

// readRaw is read for raw rows.
func (s *driverSource) readRaw(values []Value) (size int) {
	sc := &s.scan
	for i, src := range s.sent {
		c := &s.cols[i]
		size += len(src)
		switch {
		case src == nil:
			values[i] = Value{}
			continue
		case c.raw >= rawBytes:
			values[i] = sc.binary(src, c)
		case c.raw == rawDocument:
			values[i] = sc.bytes(sc.keep(src), c)
		case c.Kind == Text: // the most frequent kind
			values[i] = textValue(sc.keep(src), Text)
		default:
			values[i] = sc.text(sc.keep(src), c.Kind, c)
		}
		if sc.err != nil {
			s.err = fmt.Errorf("column %q: %w", c.Name, sc.err)
			break
		}
	}
	return size
}

// binary makes the Value of bytes in PostgreSQL's binary format, as value does of the Go value that
// stands for them.
func (sc *scanner) binary(src []byte, c *Column) Value {
	if size := rawSizes[c.raw]; size != 0 && size != len(src) {
		return sc.malformed(src, c)
	}
	switch c.raw {
	case rawBytes:
		return sc.bytes(sc.keep(src), c)
	case rawBool:
		return boolValue(src[0] != 0)
	case rawInt2:
		return sc.int(int64(int16(binary.BigEndian.Uint16(src))), c)
	case rawInt4:
		return sc.int(int64(int32(binary.BigEndian.Uint32(src))), c)
	case rawInt8:
		return sc.int(int64(binary.BigEndian.Uint64(src)), c)
	case rawUint4:
		return sc.int(int64(binary.BigEndian.Uint32(src)), c)
	case rawFloat4:
		return floatValue(float64(math.Float32frombits(binary.BigEndian.Uint32(src))), c)
	case rawFloat8:
		return floatValue(math.Float64frombits(binary.BigEndian.Uint64(src)), c)
	case rawDate:
		return sc.date(int32(binary.BigEndian.Uint32(src)), c)
	case rawTimestamp:
		return sc.timestamp(int64(binary.BigEndian.Uint64(src)), c)
	}
	return sc.malformed(src, c)
}

// malformed reports bytes that are not a value of their column's type.
func (sc *scanner) malformed(src []byte, c *Column) Value {
	sc.err = fmt.Errorf("the driver returned %d bytes that are no %s in a format known here: "+
		"cast the column to text in the procedure", len(src), c.DatabaseType)
	return Value{}
}

// epoch is 2000-01-01, from which PostgreSQL counts, in seconds since 1970-01-01.
const epoch = 10957 * secondsPerDay

// date makes the Value of a date in PostgreSQL's binary format, days since 2000-01-01.
func (sc *scanner) date(days int32, c *Column) Value {
	switch days {
	case math.MaxInt32:
		return sc.text("infinity", c.Kind, c)
	case math.MinInt32:
		return sc.text("-infinity", c.Kind, c)
	}
	return timeValue(time.Unix(int64(days)*secondsPerDay+epoch, 0).UTC(), c)
}

// timestamp makes the Value of a timestamp in PostgreSQL's binary format, microseconds since
// 2000-01-01 00:00:00, which is in UTC for one with time zone.
func (sc *scanner) timestamp(micros int64, c *Column) Value {
	switch micros {
	case math.MaxInt64:
		return sc.text("infinity", c.Kind, c)
	case math.MinInt64:
		return sc.text("-infinity", c.Kind, c)
	}
	seconds, rest := floorDiv(micros, 1e6)
	t := time.Unix(seconds+epoch, rest*1000)
	if c.DatabaseType != "TIMESTAMPTZ" {
		t = t.UTC()
	}
	return timeValue(t, c)
}
