// Package sqltext knows how SQL is spelled: how a database quotes a name, how it marks a parameter,
// and where in a statement a parameter can stand. It is the only package that does.
package sqltext

import "strconv"

// A Dialect is a way of spelling SQL.
type Dialect uint8

const (
	PostgreSQL Dialect = iota // $1 and "name"; DuckDB, CockroachDB and YugabyteDB too
	MySQL                     // ? and `name`; MariaDB too
	SQLite                    // ? and "name"
	SQLServer                 // @p1 and [name]
)

func (d Dialect) String() string {
	switch d {
	case PostgreSQL:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	case SQLite:
		return "SQLite"
	case SQLServer:
		return "SQL Server"
	}
	return "Dialect(" + strconv.Itoa(int(d)) + ")"
}

// AppendPlaceholder appends the placeholder of the n-th bound value, counting from 1.
func (d Dialect) AppendPlaceholder(b []byte, n int) []byte {
	switch d {
	case MySQL, SQLite:
		return append(b, '?')
	case SQLServer:
		b = append(b, "@p"...)
	default:
		b = append(b, '$')
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// numbered reports whether placeholders carry a number, so that one bound value can stand in
// several places.
func (d Dialect) numbered() bool { return d == PostgreSQL || d == SQLServer }
