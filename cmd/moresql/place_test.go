package main

import (
	"io"
	"strings"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

func TestLocateReadsTheEnvironment(t *testing.T) {
	for _, test := range []struct{ reason, uri, url, want string }{
		{reason: "no variable", want: "SQLite"},
		{
			reason: "the first variable", uri: "postgres://me@db:1/cars", url: "mysql://me@db:2/cars",
			want: "PostgreSQL at db:1 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "the second variable", url: "mysql://me@db:2/cars",
			want: "MySQL at db:2 cars DATABASE_URL",
		},
		{
			reason: "the scheme postgresql", uri: "postgresql://me@db/cars?sslmode=disable",
			want: "PostgreSQL at db:5432 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "the default port of MySQL", uri: "mysql://me@db/cars?tls=false",
			want: "MySQL at db:3306 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "IPv6", uri: "mysql://me@[::1]:2/cars",
			want: "MySQL at [::1]:2 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "an address that may be user:password", uri: "mysql://me:1234/cars",
			want: "MySQL cars MORESQL_DATABASE_URI",
		},
		{
			reason: "the scheme mariadb", uri: "mariadb://me@db/cars",
			want: "MySQL at db:3306 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "a scheme in upper case", uri: "POSTGRES://me@db/cars",
			want: "PostgreSQL at db:5432 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "a socket of MySQL", uri: "mysql://me@localhost/cars?socket=/run/mysqld.sock",
			want: "MySQL at /run/mysqld.sock cars MORESQL_DATABASE_URI",
		},
		{
			reason: "a socket as PHP names it", uri: "mysql://me@/cars?unix_socket=/run/mysqld.sock",
			want: "MySQL at /run/mysqld.sock cars MORESQL_DATABASE_URI",
		},
		{
			reason: "a socket as go-sql-driver writes it", uri: "mysql://me@unix(/run/mysqld.sock)/cars",
			want: "MySQL at /run/mysqld.sock cars MORESQL_DATABASE_URI",
		},
		{
			reason: "a socket as a host", uri: "mysql://me@%2Frun%2Fmysqld.sock/cars?tls=false",
			want: "MySQL at /run/mysqld.sock cars MORESQL_DATABASE_URI",
		},
		{
			reason: "a host as go-sql-driver writes it", uri: "mysql://me:a@tcp(db:1)/cars",
			want: "MySQL at db:1 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "the folder of a socket of PostgreSQL", uri: "postgres://me@/cars?host=/run/pg",
			want: "PostgreSQL at /run/pg/.s.PGSQL.5432 cars MORESQL_DATABASE_URI",
		},
		{
			reason: "a file of SQLite", uri: "sqlite:///srv/films.db",
			want: "SQLite in /srv/films.db /srv/films.db MORESQL_DATABASE_URI",
		},
		{
			reason: "the folder as a host", uri: "postgresql://me:a@%2Frun%2Fpg:5433/cars",
			want: "PostgreSQL at /run/pg/.s.PGSQL.5433 cars MORESQL_DATABASE_URI",
		},
	} {
		env := []string{"MORESQL_DATABASE_URI=" + test.uri, "DATABASE_URL=" + test.url}
		o, err := parseFlags(nil, env, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		p, err := database.Locate(o.conf.From["database-uri"], o.database)
		got := strings.Join(strings.Fields(p.Server+" "+p.Database+" "+p.Variable), " ")
		if err != nil || got != test.want {
			t.Errorf("%s: %s, %v; want %s", test.reason, got, err, test.want)
		}
	}
}
