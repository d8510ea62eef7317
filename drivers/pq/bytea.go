package pq

import (
	"database/sql/driver"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
)

// byteaOID is the number of the type bytea (pg_type.dat).
const byteaOID = 17

// hexBytes returns the arguments of a statement of lib/pq, those for parameters of type bytea that
// are \x and hexadecimal digits decoded (PostgreSQL manual, 8.4.1). lib/pq would send such a text
// as its own bytes, and all other texts as they are, for PostgreSQL to convert.
func hexBytes(stmt driver.Stmt, args []driver.NamedValue) []driver.NamedValue {
	var types reflect.Value
	decoded := args
	for i, arg := range args {
		text, _ := arg.Value.(string)
		digits, isHex := strings.CutPrefix(text, `\x`)
		if !isHex {
			continue
		}
		if !types.IsValid() {
			if types = paramTypes(stmt); types.Kind() != reflect.Slice {
				return args
			}
		}
		if i >= types.Len() || types.Index(i).Uint() != byteaOID {
			continue
		}
		if b, err := hex.DecodeString(digits); err == nil {
			if &decoded[0] == &args[0] {
				decoded = slices.Clone(args)
			}
			decoded[i].Value = b
		}
	}
	return decoded
}

// paramTypes returns the numbers of the types of a statement's parameters, which lib/pq keeps in a
// field of its own, and the zero Value if that is not there.
func paramTypes(stmt driver.Stmt) reflect.Value {
	s := reflect.Indirect(reflect.ValueOf(stmt))
	if s.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	types := s.FieldByName("paramTyps")
	if types.Kind() != reflect.Slice || types.Type().Elem().Kind() != reflect.Uint32 {
		return reflect.Value{}
	}
	return types
}
