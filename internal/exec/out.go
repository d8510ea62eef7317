package exec

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strconv"

	"github.com/moresql/moresql/row"
)

// outputs are what a call returns through sql.Out arguments instead of rows. go-mssqldb fills them
// once everything that the server sends has been read.
type outputs struct {
	columns []row.Column
	dests   []any // pointers, one for each column
}

// newOutputs makes destinations for the outputs of a statement, nil if it has none. A kind that the
// program has declared for a column decides over that of the statement.
func newOutputs(columns []row.Column, kinds map[string]row.Kind) *outputs {
	if len(columns) == 0 {
		return nil
	}
	o := &outputs{columns: slices.Clone(columns)}
	for i := range o.columns {
		c := &o.columns[i]
		if kind, ok := kinds[c.Name]; ok {
			c.Kind = kind
		}
		if c.Kind == row.Null {
			c.Kind = row.Text
		}
		o.dests = append(o.dests, destination(c.Kind))
	}
	return o
}

// destination returns where a value of a kind goes. The driver declares the output variable by its
// type, so that the server converts to it: a number with a fraction, a time or binary data that
// came as text would have lost digits.
func destination(kind row.Kind) any {
	switch kind {
	case row.Bool:
		return new(sql.NullBool)
	case row.Int, row.Uint:
		return new(sql.NullInt64)
	case row.Float32, row.Float64:
		return new(sql.NullFloat64)
	case row.Bytes:
		return new([]byte)
	case row.Date, row.Timestamp, row.TimestampTZ:
		return new(sql.NullTime)
	}
	return new(outText)
}

// appendTo returns the arguments of the statement and after them the outputs. They are named as the
// driver names arguments without a name, since it finds the destination of a value by its name.
func (o *outputs) appendTo(args []any) []any {
	args = slices.Clip(args)
	for _, dest := range o.dests {
		name := "p" + strconv.Itoa(len(args)+1)
		args = append(args, sql.Named(name, sql.Out{Dest: dest}))
	}
	return args
}

// rows returns the outputs as one row, once the statement's own rows have been read.
func (o *outputs) rows(options row.Options) (*row.Rows, error) {
	if len(o.columns) < options.Meta {
		return nil, fmt.Errorf("the result has %d columns where %d metadata columns are expected",
			len(o.columns), options.Meta)
	}
	values := make([]any, len(o.dests))
	for i, dest := range o.dests {
		switch d := dest.(type) {
		case *[]byte:
			if *d != nil {
				values[i] = *d
			}
		case *outText:
			values[i] = d.value
		case driver.Valuer:
			values[i], _ = d.Value() // those of database/sql do not fail
		}
	}
	return options.Of(o.columns, values), nil
}

// outText is the destination of text. What goes in is empty, for which go-mssqldb declares
// nvarchar(max): for a NULL it declares nvarchar(4000), to which the server would cut a text.
type outText struct{ value any }

// Value implements driver.Valuer.
func (outText) Value() (driver.Value, error) { return "", nil }

// Scan implements sql.Scanner.
func (o *outText) Scan(src any) error {
	switch v := src.(type) {
	case nil, string:
		o.value = v
	case []byte:
		o.value = string(v)
	default:
		o.value = fmt.Sprint(v)
	}
	return nil
}
