package arrow

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/moresql/moresql/row"
)

func schemaOf(columns []row.Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		kind := c.Kind
		if kind == row.Int && strings.Contains(c.DatabaseType, "UNSIGNED") {
			kind = row.Uint
		}
		fields[i] = fieldOf(string(validUTF8([]byte(c.Name))), kind, elemsOf(c)...)
	}
	return arrow.NewSchema(fields, nil)
}

// elemsOf returns the kind of an array's elements, and if these are arrays that of theirs.
func elemsOf(c row.Column) []row.Kind {
	kinds := []row.Kind{c.Elem}
	switch c.DatabaseType {
	case "_INT2VECTOR", "1006":
		kinds = append(kinds, row.Int)
	case "_OIDVECTOR", "1013":
		kinds = append(kinds, row.Text)
	}
	return append(kinds, row.Null)
}

func fieldOf(name string, kind row.Kind, elems ...row.Kind) arrow.Field {
	metadata := map[string]string{"moresql.kind": kind.String()}
	var dataType arrow.DataType = arrow.BinaryTypes.String
	switch kind {
	case row.Bool:
		dataType = arrow.FixedWidthTypes.Boolean
	case row.Int:
		dataType = arrow.PrimitiveTypes.Int64
	case row.Uint:
		dataType = arrow.PrimitiveTypes.Uint64
	case row.Float32:
		dataType = arrow.PrimitiveTypes.Float32
	case row.Float64:
		dataType = arrow.PrimitiveTypes.Float64
	case row.Bytes:
		dataType = arrow.BinaryTypes.Binary
	case row.Date:
		dataType = arrow.FixedWidthTypes.Date32
	case row.Time:
		dataType = arrow.FixedWidthTypes.Time64us
	case row.Timestamp:
		dataType = &arrow.TimestampType{Unit: arrow.Microsecond}
	case row.TimestampTZ:
		dataType = arrow.FixedWidthTypes.Timestamp_us // in UTC
	case row.Array:
		// Other implementations name the field item too.
		dataType = arrow.ListOfField(fieldOf("item", elems[0], elems[1:]...))
	case row.Void:
		dataType = arrow.Null
	case row.JSON:
		// As metadata, since the library's package of extension types imports Parquet.
		metadata["ARROW:extension:name"] = "arrow.json"
		metadata["ARROW:extension:metadata"] = ""
	}
	return arrow.Field{
		Name:     name,
		Type:     dataType,
		Nullable: true,
		Metadata: arrow.MetadataFrom(metadata),
	}
}
