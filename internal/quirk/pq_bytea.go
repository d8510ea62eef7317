package quirk

import (
	"database/sql/driver"
	"encoding/hex"
	"reflect"
	"strings"
)

// lib/pq sends a text for a parameter of type bytea as the bytes of the text (encode.go), and all
// other texts as they are, for PostgreSQL to convert: \x6869 comes to be six bytes, not two. Only
// a prepared statement of its knows the types of the parameters.

// byteaOID is the number of the type bytea (pg_type.dat).
const byteaOID = 17

// Prepares reports whether a statement with these arguments is to be prepared before it is sent on
// the connection, so that HexBytes can look at its parameters: an argument may be meant for bytea.
// The connections of drivers/pq prepare by themselves. With binary_parameters=yes lib/pq sends such
// a text as it is, and must not prepare anything, since that setting is for poolers.
func Prepares(conn driver.Conn, args []any) bool {
	for _, arg := range args {
		if text, ok := arg.(string); ok && strings.HasPrefix(text, `\x`) {
			return isPQ(conn) && !hasBinaryParameters(conn)
		}
	}
	return false
}

// hasBinaryParameters reports whether a connection of lib/pq has that setting, true if it is not
// known.
func hasBinaryParameters(conn driver.Conn) bool {
	c := reflect.Indirect(reflect.ValueOf(conn))
	if c.Kind() != reflect.Struct {
		return true
	}
	config := c.FieldByName("cfg")
	if config.Kind() != reflect.Struct {
		return true
	}
	set := config.FieldByName("BinaryParameters")
	return set.Kind() != reflect.Bool || set.Bool()
}

// HexBytes decodes the arguments for parameters of type bytea of a prepared statement of lib/pq
// that are \x and hexadecimal digits (PostgreSQL manual, 8.4.1). Another text stays, and so does
// every argument of another statement.
func HexBytes(stmt driver.Stmt, args []driver.NamedValue) {
	if !isPQ(stmt) {
		return
	}
	types := reflect.Indirect(reflect.ValueOf(stmt)).FieldByName("paramTyps")
	if types.Kind() != reflect.Slice || types.Type().Elem().Kind() != reflect.Uint32 {
		return
	}
	for i := range min(types.Len(), len(args)) {
		text, ok := args[i].Value.(string)
		digits, isHex := strings.CutPrefix(text, `\x`)
		if !ok || !isHex || types.Index(i).Uint() != byteaOID {
			continue
		}
		if b, err := hex.DecodeString(digits); err == nil {
			args[i].Value = b
		}
	}
}
