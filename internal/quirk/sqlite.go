package quirk

import (
	"database/sql/driver"
	"reflect"
	"slices"
)

const (
	modernc = "modernc.org/sqlite"
	mattn   = "github.com/mattn/go-sqlite3"
)

// IsSQLite reports whether a result comes from SQLite, by the driver. It looks through rows that
// have the method Unwrap() driver.Rows.
func IsSQLite(rows driver.Rows) bool {
	for ; rows != nil; rows = unwrapped(rows) {
		switch driverOf(rows) {
		case modernc, mattn, "github.com/glebarez/go-sqlite", "github.com/ncruces/go-sqlite3/driver":
			return true
		}
	}
	return false
}

// KeepStored has modernc.org/sqlite and mattn/go-sqlite3 return values as they are stored, and not
// as the column is declared. It is called after the types of the columns have been read, and before
// the first row.
//
// Both make a time.Time of what is in a column declared as DATE, DATETIME or TIMESTAMP. The offset
// Z is lost, another one becomes the program's zone where it has the same offset, and a day becomes
// its midnight. mattn/go-sqlite3 makes the year 1 of any other text, and true of any positive
// number in a BOOLEAN. They go by the declared types, of which each result has its own list, to be
// reached only by reflection. Where a program has chosen how times are read (_loc, _timezone,
// _inttotime, _texttotime) the list is left alone, and also should a driver keep it elsewhere one
// day.
func KeepStored(rows driver.Rows) {
	for ; rows != nil; rows = unwrapped(rows) {
		v := reflect.ValueOf(rows)
		switch driverOf(rows) {
		case modernc:
			types, ok := settable[[]string](fieldOf(v, "decltypes"))
			if ok && isZero(fieldOf(v, "c"), "loc", "intToTime", "textToTime") {
				*types = slices.Clone(*types)
				for i, name := range *types {
					switch name {
					case "DATE", "DATETIME", "TIMESTAMP":
						(*types)[i] = "TEXT"
					}
				}
			}
		case mattn:
			types, ok := settable[[]string](fieldOf(v, "decltype"))
			if ok && isZero(fieldOf(v, "s", "c"), "loc") {
				*types = make([]string, len(rows.Columns()))
			}
		}
	}
}

// isZero reports whether all fields of a struct with these names exist and are zero.
func isZero(of reflect.Value, names ...string) bool {
	for _, name := range names {
		if field := fieldOf(of, name); !field.IsValid() || !field.IsZero() {
			return false
		}
	}
	return true
}
