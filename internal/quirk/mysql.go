package quirk

import (
	"database/sql/driver"
	"io"
	"reflect"
	"slices"
)

// IsMySQLCut reports whether err is mysql.ErrInvalidConn: the connection of go-sql-driver/mysql was
// cut while a statement ran. It is neither driver.ErrBadConn, after which database/sql would send
// the statement again, nor an error of the network. Only the text identifies it.
func IsMySQLCut(err error) bool {
	switch e := err.(type) {
	case nil:
		return false
	case interface{ Unwrap() error }:
		return IsMySQLCut(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), IsMySQLCut)
	}
	return err.Error() == "invalid connection"
}

// IsMySQL reports whether a result comes from MySQL or MariaDB, by the driver. It looks through
// rows that have the method Unwrap() driver.Rows.
func IsMySQL(rows driver.Rows) bool {
	for ; rows != nil; rows = unwrapped(rows) {
		if driverOf(rows) == "github.com/go-sql-driver/mysql" {
			return true
		}
	}
	return false
}

// Drain reads what is left of a result of go-sql-driver/mysql, up to the end of its statement's
// context. The driver's Close reads it to the end whatever becomes of the context, which for a
// result without an end is never. ended says that the current set has been read to its end: the
// driver would take what comes after it for a row. Other results are left alone.
func Drain(rows driver.Rows, ended bool) {
	if !IsMySQL(rows) {
		return
	}
	for ; ; ended = false {
		var err error
		for dest := make([]driver.Value, len(rows.Columns())); !ended && err == nil; {
			err = rows.Next(dest)
		}
		sets, ok := rows.(driver.RowsNextResultSet)
		if err != nil && err != io.EOF || !ok || sets.NextResultSet() != nil {
			return
		}
	}
}

// IsMySQLBoolean reports whether a TINYINT column of a result may be one of MySQL's BOOLEANs,
// which is another name of TINYINT(1). The length of 1 is what every connector goes by, and servers
// since 8.0.19 send no other length of a TINYINT.
//
// go-sql-driver/mysql reads the length and passes it on to nobody, so that it can only be seen by
// reflection, where the driver keeps it. Should the driver keep it elsewhere one day, the column
// is a number again.
func IsMySQLBoolean(rows any, column int) bool {
	v := fieldOf(reflect.ValueOf(rows), "rs", "columns")
	if v.Kind() != reflect.Slice || v.Len() <= column || v.Index(column).Kind() != reflect.Struct {
		return false
	}
	length := v.Index(column).FieldByName("length")
	return length.IsValid() && length.CanUint() && length.Uint() == 1
}
