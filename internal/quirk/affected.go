package quirk

import (
	"database/sql/driver"
	"reflect"
	"strconv"
	"strings"
)

// Affected returns how many rows a statement has inserted, updated, deleted or merged, by the tag
// that PostgreSQL ends its result with (its documentation, "Message Formats", CommandComplete). The
// result must have been read to its end. It is not known of other statements and drivers.
//
// lib/pq has the tag, as the rows of drivers/pgx have it by their method CommandTag. pgx's stdlib
// keeps it to itself: should pgx keep it elsewhere one day, it is not known.
func Affected(rows driver.Rows) (n int64, known bool) {
	for ; rows != nil; rows = unwrapped(rows) {
		switch r := rows.(type) {
		case interface{ CommandTag() string }:
			return affectedBy(r.CommandTag())
		case interface {
			Tag() string
			Result() driver.Result
		}: // lib/pq takes the number off the tags that it knows
			n, _ := r.Result().RowsAffected()
			return affectedBy(r.Tag() + " " + strconv.FormatInt(n, 10))
		}
		if isPGX(rows) {
			tag := fieldOf(reflect.ValueOf(rows), "rows", "commandTag", "s")
			return affectedBy(tag.String())
		}
	}
	return 0, false
}

// affectedBy reads a tag such as INSERT 0 3 or UPDATE 3: the verb, and last or before what lib/pq
// has to add, the number of rows.
func affectedBy(tag string) (n int64, known bool) {
	words := strings.Fields(tag)
	if len(words) < 2 {
		return 0, false
	}
	number := words[len(words)-1]
	switch words[0] {
	case "INSERT", "UPDATE", "DELETE":
	case "MERGE": // lib/pq leaves its number on it
		number = words[1]
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(number, 10, 64)
	return n, err == nil
}
