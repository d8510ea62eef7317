package quirk

import (
	"database/sql"
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

// IsMySQLBoolean reports whether a TINYINT column of a result, a *sql.Rows or a driver's, is one
// of MySQL's BOOLEANs, which is another name of TINYINT(1). The length of 1 is what every
// connector goes by, and servers since 8.0.19 send no other length of a TINYINT.
//
// go-sql-driver/mysql reads the length and passes it on to nobody, so that it can only be seen by
// reflection, where the driver keeps it. Should the driver keep it elsewhere one day, the column
// is a number again.
func IsMySQLBoolean(rows any, column int) bool {
	path := []string{"rs", "columns"}
	if _, ok := rows.(*sql.Rows); ok {
		path = []string{"rowsi", "rs", "columns"}
	}
	v := reflect.ValueOf(rows)
	for _, name := range path {
		for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return false
		}
		field, ok := v.Type().FieldByName(name)
		if !ok {
			return false
		}
		var err error
		if v, err = v.FieldByIndexErr(field.Index); err != nil {
			return false
		}
	}
	if v.Kind() != reflect.Slice || v.Len() <= column || v.Index(column).Kind() != reflect.Struct {
		return false
	}
	length := v.Index(column).FieldByName("length")
	return length.IsValid() && length.CanUint() && length.Uint() == 1
}
