package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"

	"github.com/moresql/moresql"
)

func TestExplainSaysWhatToDo(t *testing.T) {
	db := &DB{Place: Place{
		System:    postgreSQL,
		Server:    "PostgreSQL at db:1",
		Database:  "cars",
		Variable:  "URI",
		password:  secret,
		Connector: new(pq.Connector),
	}}
	for _, test := range []struct {
		err  error
		want string
	}{
		{
			&pq.Error{Code: "28P01", Message: "no"},
			"refuses the login (pq: no (28P01)): correct the user and the password in URI",
		},
		{&mysql.MySQLError{Number: 1045, SQLState: [5]byte([]byte("28000"))}, "refuses the login"},
		{&pq.Error{Code: "3D000"}, `has no database "cars"`},
		{&mysql.MySQLError{Number: 1049}, `has no database "cars"`},
		{&pq.Error{Code: "42501"}, "grant the user of URI the right"},
		{pq.ErrSSLNotSupported, "sslmode=disable"},
		{&mysql.MySQLError{Number: 1193, Message: "Unknown system variable 'useSSL'"},
			"does not know a parameter after the ? in URI"},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), "does not respond in time"},
		{&moresql.Error{Err: io.ErrUnexpectedEOF}, "cannot be reached ("},
		{errors.New("a driver\nthat quotes " + secret), "PostgreSQL at db:1: a driver that quotes ***"},
	} {
		got := db.Explain(test.err).Error()
		if !strings.HasPrefix(got, "PostgreSQL at db:1") || !strings.Contains(got, test.want) {
			t.Errorf("%v: %s", test.err, got)
		}
	}
}
