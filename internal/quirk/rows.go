package quirk

import (
	"database/sql"
	"database/sql/driver"
	"reflect"
	"unsafe"
)

// DriverRows returns the driver's rows of a result of database/sql, which keeps them to itself. It
// is nil should database/sql keep them elsewhere one day.
func DriverRows(rows *sql.Rows) driver.Rows {
	field := fieldOf(reflect.ValueOf(rows), "rowsi")
	if of, ok := settable[driver.Rows](field); ok {
		return *of
	}
	return nil
}

// fieldOf returns what is at the end of a path of fields, exported or not, through pointers and
// interfaces. It is the zero Value if there is no such field.
func fieldOf(v reflect.Value, path ...string) reflect.Value {
	for _, name := range path {
		for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		field, ok := v.Type().FieldByName(name)
		if !ok {
			return reflect.Value{}
		}
		var err error
		if v, err = v.FieldByIndexErr(field.Index); err != nil {
			return reflect.Value{}
		}
	}
	return v
}

// settable returns a pointer to a field of type T, also to one that is not exported.
func settable[T any](field reflect.Value) (_ *T, ok bool) {
	if !field.CanAddr() || field.Type() != reflect.TypeFor[T]() {
		return nil, false
	}
	return (*T)(unsafe.Pointer(field.UnsafeAddr())), true
}

// unwrapped returns the rows in rows, nil if they are not wrapped.
func unwrapped(rows driver.Rows) driver.Rows {
	if wrapper, ok := rows.(interface{ Unwrap() driver.Rows }); ok {
		return wrapper.Unwrap()
	}
	return nil
}
