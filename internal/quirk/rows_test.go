package quirk

import (
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// TestRowsOfOthersAreLeftAlone has rows that no repair is for.
func TestRowsOfOthersAreLeftAlone(t *testing.T) {
	db := sql.OpenDB(fakedb.Connector(func() driver.Rows { return fakedb.NewRows(fakedb.Ints(1, 2)) }))
	defer db.Close()
	open, err := db.Query("")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	inner := DriverRows(open)
	if _, ok := inner.(*fakedb.Rows); !ok {
		t.Errorf("database/sql has rows of type %T", inner)
	}
	for _, rows := range []driver.Rows{
		nil, wrappedRows{}, inner, wrappedRows{inner}, DriverRows(nil), DriverRows(new(sql.Rows)),
	} {
		KeepStored(rows)
		if IsSQLite(rows) || IsMySQL(rows) || PQType(rows, 0) != "" || SessionZone(rows) != nil {
			t.Errorf("%T is taken for the rows of a driver", rows)
		}
	}
}

// TestPQHasTypesWithoutNames fails once lib/pq does: PQType is to be deleted then, or if lib/pq
// keeps the OID elsewhere.
func TestPQHasTypesWithoutNames(t *testing.T) {
	// RowDescription of one column, of the type with OID 6150, before the end of noRows.
	const row = "T\x00\x00\x00\x1a\x00\x01v\x00\x00\x00\x00\x00\x00\x00\x00\x00\x18\x06\xff\xff" +
		"\xff\xff\xff\xff\x00\x00"
	server := fakedb.Listen(t, row+noRows[len("T\x00\x00\x00\x06\x00\x00"):])
	rows, err := open(t, server).QueryContext(t.Context(), "SELECT v")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	inner := DriverRows(rows)
	if types[0].DatabaseTypeName() != "" || PQType(wrappedRows{inner}, 0) != "6150" {
		t.Errorf("%q, %s", types[0].DatabaseTypeName(), PQType(inner, 0))
	}
	if PQType(inner, 1) != "" {
		t.Error("a column that is missing has a type")
	}
}
