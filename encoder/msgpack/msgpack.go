// Package msgpack encodes rows as MessagePack, with github.com/vmihailenco/msgpack/v5.
//
// A MessagePack array begins with its length, which is not known before the last row. A list is
// therefore a sequence of maps, one for each row, without an array around them, as
// newline-delimited JSON is for JSON; without rows the document is empty. Decoders read it value by
// value until the end of the body. Nothing in such a sequence marks its end: only the transport,
// such as HTTP, shows that it was cut.
//
// One row is one map, a scalar one value, and scalars are a sequence of values. Result sets are
// separated by a nil. Maps have their keys in the order of the columns, and a key twice for two
// columns of the same name, of which many decoders keep the last.
//
//   - Integers are int or uint in their shortest form, floats are float 32 or float 64 with NaN and
//     the infinities, booleans are bool, NULL and void are nil, bytes are bin.
//   - Numeric is str with all its digits, since MessagePack has only binary fractions.
//   - Dates and times are str in ISO 8601, as in JSON. The timestamp extension has no offset, no
//     infinity and no time without a zone.
//   - Arrays are array, nested for several dimensions.
//   - Values of json and jsonb are what they contain. Objects keep the order of their keys and
//     duplicates. A number is int or uint if it is an integer of up to 64 bits, float 64 if that
//     has the same digits in its shortest form, and str with its digits otherwise.
//   - Everything else is str. Bytes that are not UTF-8 become U+FFFD. Invalid text in a column of
//     json or of arrays is str too.
package msgpack

import (
	"bufio"
	"io"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// mediaType is registered with IANA since 2024. Older clients use application/x-msgpack.
const mediaType = "application/vnd.msgpack"

// Encoder returns an encoder that writes application/vnd.msgpack. It is safe for concurrent use.
// For another media type:
//
//	encoder.Func("application/x-msgpack", msgpack.Encoder().Encode)
func Encoder() encoder.Encoder { return encoder.Func(mediaType, encode) }

func encode(w io.Writer, rows *row.Rows) error {
	buf := bufio.NewWriter(w)
	enc := msgpack.NewEncoder(buf)
	enc.UseCompactInts(true)
	for {
		if err := encodeSet(buf, enc, rows); err != nil {
			return err
		}
		if rows.Shape != row.Sets {
			break
		}
		if more, err := rows.NextSet(); err != nil {
			return err
		} else if !more {
			break
		}
		if err := enc.EncodeNil(); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// encodeSet writes one value for each row of the current result set.
func encodeSet(buf *bufio.Writer, enc *msgpack.Encoder, rows *row.Rows) error {
	scalar := rows.Shape == row.Scalar || rows.Shape == row.Scalars
	keys := make([][]byte, len(rows.Columns()))
	for i, c := range rows.Columns() {
		var err error
		if keys[i], err = msgpack.Marshal(validUTF8(c.Name)); err != nil {
			return err
		}
	}
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		if scalar {
			if err := encodeValue(buf, enc, r.Value(0)); err != nil {
				return err
			}
			continue
		}
		if err := enc.EncodeMapLen(len(keys)); err != nil {
			return err
		}
		for i, key := range keys {
			if _, err := buf.Write(key); err != nil {
				return err
			}
			if err := encodeValue(buf, enc, r.Value(i)); err != nil {
				return err
			}
		}
	}
	if rows.Shape == row.Maybe && rows.Passed() == 0 {
		return enc.EncodeNil()
	}
	return nil
}

// encodeValue writes a value, without boxing where the library has a method for its kind.
func encodeValue(buf *bufio.Writer, enc *msgpack.Encoder, v row.Value) error {
	switch v.Kind() {
	case row.Bool:
		return enc.EncodeBool(v.Bool())
	case row.Int:
		return enc.EncodeInt(v.Int())
	case row.Uint:
		return enc.EncodeUint(v.Uint())
	case row.Float32:
		return enc.EncodeFloat32(float32(v.Float()))
	case row.Float64:
		return enc.EncodeFloat64(v.Float())
	case row.Bytes:
		if err := enc.EncodeBytesLen(len(v.Raw())); err != nil {
			return err
		}
		_, err := buf.Write(v.Raw())
		return err
	case row.JSON, row.Array, row.Null, row.Void:
		return enc.Encode(native(v))
	}
	return enc.EncodeString(validUTF8(v.String()))
}

// native returns a copy of a value in a type that the library encodes as the package comment says.
func native(v row.Value) any {
	switch v.Kind() {
	case row.JSON:
		if tree, ok := parseJSON(v.Raw()); ok {
			return tree
		}
	case row.Array:
		if list, err := v.List(native); err == nil {
			return list
		}
	default:
		value := v.Any()
		if s, ok := value.(string); ok {
			return validUTF8(s)
		}
		return value
	}
	return validUTF8(v.String())
}

// validUTF8 replaces each byte that is not part of valid UTF-8 by U+FFFD.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
