package arrow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/row"
)

// TestEncoderKeepsTheContract also checks that all memory is released, whatever went wrong.
func TestEncoderKeepsTheContract(t *testing.T) {
	allocator := memory.NewCheckedAllocator(memory.DefaultAllocator)
	encodertest.Run(t, encoder.Func(mediaType, castRefused(stream{allocator})), decode)
	allocator.AssertSize(t, 0)
}

// castRefused does what the error message says for values of the contract that Arrow's types cannot
// hold: it casts their column, which is called value, to text.
func castRefused(e encoder.Encoder) func(io.Writer, *row.Rows) error {
	return func(w io.Writer, rows *row.Rows) error {
		columns := rows.Columns()
		if len(columns) == 0 || columns[0].Name != "value" {
			return e.Encode(w, rows)
		}
		var values []any // of the only row, as a driver returns them
		for r, err := range rows.All() {
			if err != nil {
				return err
			}
			for _, v := range r.All() {
				values = append(values, driverValue(v))
			}
		}
		var document bytes.Buffer
		err := e.Encode(&document, row.Of(columns, values))
		if err != nil && strings.Contains(err.Error(), `column "value"`) &&
			strings.Contains(err.Error(), "cast the column to text") {
			document.Reset()
			err = e.Encode(&document,
				row.Of([]row.Column{{Name: "value", Kind: row.Text}, columns[1]}, values))
		}
		w.Write(document.Bytes())
		return err
	}
}

func driverValue(v row.Value) any {
	if t, ok := v.Time(); ok {
		return t
	}
	switch v.Kind() {
	case row.Null:
		return nil
	case row.Bytes:
		return v.Any()
	}
	return v.String()
}

// decode reads the stream with the library's reader.
func decode(document []byte) ([][]encodertest.Field, error) {
	reader, err := ipc.NewReader(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	var rows [][]encodertest.Field
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			fields := make([]encodertest.Field, batch.NumCols())
			for j, field := range batch.Schema().Fields() {
				fields[j] = decodeField(field, batch.Column(j), i)
			}
			rows = append(rows, fields)
		}
	}
	return rows, reader.Err()
}

// decodeField returns a value as the text that package row has for its type.
func decodeField(field arrow.Field, values arrow.Array, i int) encodertest.Field {
	f := encodertest.Field{Name: field.Name, Null: values.IsNull(i)}
	if f.Null {
		return f
	}
	switch a := values.(type) {
	case *array.Boolean:
		f.Text = textOf(row.Bool, a.Value(i))
	case *array.Int64:
		f.Text = textOf(row.Int, a.Value(i))
	case *array.Uint64:
		f.Text = textOf(row.Uint, a.Value(i))
	case *array.Float32:
		f.Text = textOf(row.Float32, a.Value(i))
	case *array.Float64:
		f.Text = textOf(row.Float64, a.Value(i))
	case *array.Binary:
		f.Text = textOf(row.Bytes, a.Value(i))
	case *array.String:
		f.Text = a.Value(i)
	case *array.Date32:
		f.Text = textOf(row.Date, a.Value(i).ToTime())
	case *array.Time64:
		f.Text = textOf(row.Time, a.Value(i).ToTime(arrow.Microsecond))
	case *array.Timestamp:
		kind, zone := row.Timestamp, time.UTC
		if a.DataType().(*arrow.TimestampType).TimeZone != "" {
			kind, zone = row.TimestampTZ, time.FixedZone("", 19800) // the samples' Asia/Kolkata
		}
		f.Text = textOf(kind, a.Value(i).ToTime(arrow.Microsecond).In(zone))
	case *array.List:
		from, to := a.ValueOffsets(i)
		elem := a.DataType().(*arrow.ListType).ElemField()
		elements := make([]string, 0, to-from)
		for j := from; j < to; j++ {
			elements = append(elements, decodeJSON(elem, a.ListValues(), int(j)))
		}
		f.Text = "[" + strings.Join(elements, ",") + "]"
	default:
		f.Text = fmt.Sprintf("%T", a)
	}
	return f
}

// decodeJSON returns an element of an array as JSON.
func decodeJSON(field arrow.Field, values arrow.Array, i int) string {
	f := decodeField(field, values, i)
	if f.Null {
		return "null"
	}
	switch kind, _ := field.Metadata.GetValue("moresql.kind"); kind {
	case "bool", "int", "float64", "numeric", "json", "array":
		if json.Valid([]byte(f.Text)) { // NaN is not
			return f.Text
		}
	}
	b, _ := json.Marshal(f.Text)
	return string(b)
}

func textOf(kind row.Kind, value any) (text string) {
	for r := range row.Of([]row.Column{{Kind: kind}}, []any{value}).All() {
		text = r.Value(0).String()
	}
	return text
}
