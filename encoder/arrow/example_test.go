package arrow_test

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/row"
)

func ExampleEncoder() {
	columns := []row.Column{
		{Name: "name", Kind: row.Text}, {Name: "doors", Kind: row.Int},
		{Name: "price", Kind: row.Numeric},
	}
	rows := row.Of(columns, []any{"Beetle", int64(3), "12500.00"}, []any{"2CV", int64(5), nil})
	var body bytes.Buffer
	if err := arrow.Encoder().Encode(&body, rows); err != nil {
		fmt.Println(err)
	}

	// A client reads the record batches of the stream.
	reader, err := ipc.NewReader(&body)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reader.Release()
	for reader.Next() {
		for i, column := range reader.RecordBatch().Columns() {
			fmt.Println(reader.Schema().Field(i).Name, reader.Schema().Field(i).Type, column)
		}
	}
	fmt.Println(reader.Err())
	// Output:
	// name utf8 ["Beetle" "2CV"]
	// doors int64 [3 5]
	// price utf8 ["12500.00" (null)]
	// <nil>
}
