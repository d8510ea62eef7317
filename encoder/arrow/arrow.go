// Package arrow encodes rows as a stream of Apache Arrow, with github.com/apache/arrow-go/v18.
//
// A stream is a schema, record batches of up to 1,024 rows and some 32 KiB, and a mark at its end.
// It is the same for a list, one row and a scalar. Each of several result sets is a stream of its
// own, one after the other.
//
// Since the schema comes first, a column's type is decided by its Kind and not by its values. Every
// field is nullable and has its Kind in the metadata moresql.kind:
//
//   - int is int64, and uint64 for MySQL's unsigned integers; bool, float32 and float64 are the
//     types of the same name; bytes is binary
//   - date is date32, time is time64[us], timestamp is timestamp[us]
//   - timestamptz is timestamp[us, UTC]: the same instant, without its offset
//   - numeric is utf8 with all its digits, since a decimal needs a scale, which is not known
//   - json is utf8 with the extension name arrow.json; text that is not valid JSON becomes a JSON
//     string
//   - an array is a list of its elements' type
//   - void is null; text, uuid, timetz and unknown types are utf8, with U+FFFD for bytes that are
//     not UTF-8
//
// A value that the type of its column cannot hold ends the stream with an *encoder.UnsupportedError
// that names the column: an infinite date, a year after 294,247, a time of 24:00:00, more than six
// digits of a second, an array of several dimensions, and what SQLite stores in a column of another
// type; only a day in a column of timestamp is its midnight. Cast such a column to text in the
// procedure.
//
// After an error the stream has no mark at its end. Most readers accept it all the same if it was
// cut between two batches: only the transport, such as HTTP, shows that for certain.
package arrow

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

const (
	mediaType  = "application/vnd.apache.arrow.stream"
	batchRows  = 1024
	batchBytes = 32 << 10 // the most that an encoder may hold back
)

// Encoder returns an encoder that writes application/vnd.apache.arrow.stream. It is safe for
// concurrent use.
func Encoder() encoder.Encoder { return stream{memory.DefaultAllocator} }

type stream struct{ memory memory.Allocator }

func (stream) MediaType() string { return mediaType }

func (s stream) Encode(w io.Writer, rows *row.Rows) error {
	for {
		if err := s.encodeSet(w, rows); err != nil || rows.Shape != row.Sets {
			return err
		}
		if more, err := rows.NextSet(); err != nil || !more {
			return err
		}
	}
}

func (s stream) encodeSet(w io.Writer, rows *row.Rows) error {
	schema := schemaOf(rows.Columns())
	batch := array.NewRecordBuilder(s.memory, schema)
	defer batch.Release()
	appenders := make([]appender, schema.NumFields())
	for i, b := range batch.Fields() {
		appenders[i] = appenderOf(b, rows.Columns()[i].Kind, elemsOf(rows.Columns()[i])...)
	}
	// After an error the writer need not be closed: Close would write the mark.
	out := ipc.NewWriter(w, ipc.WithSchema(schema), ipc.WithAllocator(s.memory))
	flush := func() error {
		record := batch.NewRecordBatch()
		defer record.Release()
		return out.Write(record)
	}

	n, size := 0, 0
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		for i, appendValue := range appenders {
			v := r.Value(i)
			if v.IsNull() {
				batch.Field(i).AppendNull()
			} else if !appendValue(v) {
				return &encoder.UnsupportedError{Err: fmt.Errorf(
					"column %q: Arrow's %s cannot hold a value of kind %s: "+
						"cast the column to text in the procedure",
					rows.Columns()[i].Name, schema.Field(i).Type, v.Kind())}
			}
			size += 8 + len(v.Raw())
		}
		if n++; n == batchRows || size >= batchBytes {
			if err := flush(); err != nil {
				return err
			}
			n, size = 0, 0
		}
	}
	if n > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return out.Close()
}
