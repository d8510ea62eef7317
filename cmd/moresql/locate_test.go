package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/lib/pq"
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
		p, err := locate(o.conf.from["database-uri"], o.database)
		got := strings.Join(strings.Fields(p.server+" "+p.database+" "+p.variable), " ")
		if err != nil || got != test.want {
			t.Errorf("%s: %s, %v; want %s", test.reason, got, err, test.want)
		}
	}
}

func TestPasswordIsUnescaped(t *testing.T) {
	p, err := parseURI("URI", "mysql://me:%40%3A%2F%3F%23%25@db/cars")
	if err != nil || p.password != "@:/?#%" {
		t.Errorf("password = %q, %v", p.password, err)
	}
}

// The password, or a part of it, is where a URI has something else.
func TestMalformedURIsAreNotQuoted(t *testing.T) {
	for _, uri := range []string{
		secret,
		"host=db password=" + secret,
		"me:" + secret + "@tcp(db:3306)/cars",
		secret + "://me@db/cars",
		"postgres://me:" + secret + "%zz@db/cars",
		"postgres://me:" + secret + "\x7f@db/cars",
		"postgres://me:a/" + secret + "@db/cars",
		"postgres://me:12/" + secret + "@db/cars",
		"postgres://me:12?" + secret + "@db/cars",
		"postgres://me:12#" + secret + "@db/cars",
		"postgres://me:a@" + secret + "/b@db/cars",
		"mysql://me:12@" + secret + "#a",
		"mysql://me:" + secret + "/cars",
		"mysql://me:" + secret + "@db",
		"mysql://me:" + secret + "@db/cars?parseTime=" + secret,
		"postgres://me:" + secret + "@db/cars?sslmode=" + secret,
		"postgres://me@db/cars?password=" + secret + "&sslmode=wrong",
	} {
		_, err := parseURI("URI", uri)
		if err == nil || strings.Contains(err.Error(), secret) ||
			!strings.HasPrefix(err.Error(), "URI ") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// TestDriverOfPostgreSQL is pgx unless the URI names lib/pq.
func TestDriverOfPostgreSQL(t *testing.T) {
	for query, isPQ := range map[string]bool{"": false, "?driver=pgx": false, "?driver=pq": true} {
		p, err := parseURI("URI", "postgres://me@db/cars"+query)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := p.connector.(*pq.Connector); ok != isPQ || strings.Contains(p.listener, "driver") {
			t.Errorf("%q: a %T, and a listener at %s", query, p.connector, p.listener)
		}
	}
	_, err := parseURI("URI", "postgres://me@db/cars?driver=other")
	if err == nil || !strings.Contains(err.Error(), "?driver=pgx, which is the default, or pq") {
		t.Error(err)
	}
}

func TestOtherNotationsAreExplained(t *testing.T) {
	for _, test := range []struct{ uri, want string }{
		{"sqlite://", "for the sample leave the variable out"},
		{"sqlite3:file.db", "must be sqlite: and the path of a file"},
		{"file:cars.db?mode=ro", "as in sqlite:///srv/films.db"},
		{"duckdb://", "must be duckdb: and the path of a file"},
		{"duckdb:///srv/cars.duckdb", "go install -tags duckdb github.com/moresql/moresql/cmd/moresql"},
		{"firebird://me:" + secret + "@db/cars.fdb", "serve Firebird from a program of your own"},
		{"host=db user=me password=" + secret + " dbname=cars", "write the settings as postgres://"},
		{" dbname = 'cars'", "write the settings as postgres://"},
		{"me:" + secret + "@tcp(db:3306)/cars", "write the DSN as mysql://"},
		{"me@unix(/run/mysqld.sock)/cars", "with ?socket=/path/to/mysqld.sock"},
		{"me:" + secret + "@/cars", "write the DSN as mysql://"},
		{"tcp(db)/cars", "write the DSN as mysql://"},
		{"jdbc:postgresql://db/cars?user=me&password=" + secret, "leave out jdbc:"},
		{"postgresql+psycopg2://me:" + secret + "@db/cars", "without the name of a driver"},
		{"mysql2://me:" + secret + "@db/cars", "without the name of a driver"},
		{"Server=db;User Id=me;Password=" + secret, "write the settings as postgres://"},
		{"cars.db", "or be sqlite: and the path of a file"},
		{"oracle://me:" + secret + "@db/cars", "must begin with postgres://"},
	} {
		_, err := parseURI("URI", test.uri)
		if err == nil || !strings.Contains(err.Error(), test.want) ||
			strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %s", test.uri, err, test.want)
		}
	}
}

// A password that is also a word, a number or a name stands in messages that it does not concern.
func TestOnlyThePasswordIsHidden(t *testing.T) {
	const message = `pq: role "nobody7" does not exist at 127.0.0.1:5432 (28000)`
	for _, password := range []string{
		"e", "not", "role", "exist", "5432", "nobody7", "nobody", "127.0.0.1:5432", "0", "a1",
	} {
		p, err := parseURI("URI", "postgres://nobody7:"+url.QueryEscape(password)+"@127.0.0.1/db")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.censor(errors.New(message)); got != message {
			t.Errorf("%s: %s", password, got)
		}
		for _, place := range []string{
			"cannot use postgres://me:%s@db/cars", "dsn host=db password=%s user=me",
			"dsn password = '%s'", "PASSWORD=%s",
		} {
			text := fmt.Sprintf(place, password)
			if got := p.censor(errors.New(text)); got != fmt.Sprintf(place, "***") {
				t.Errorf("%s: %s", text, got)
			}
		}
	}
	for _, password := range []string{secret, "pass word", strings.Repeat("a", 17)} {
		p, err := parseURI("URI", "mysql://me:"+url.PathEscape(password)+"@db/cars")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.censor(errors.New("x" + password + "x")); got != "x***x" {
			t.Errorf("%s: %s", password, got)
		}
	}
}

// It has been given to another parameter by mistake, whose error quotes it.
func TestAPasswordInAnotherPlaceIsHidden(t *testing.T) {
	for _, uri := range []string{
		"postgres://me:wonderful@db/cars?sslmode=wonderful",
		"mysql://me:wonderful@db/cars?parseTime=wonderful",
		"mysql://me:wonderful@db/cars?timeout=wonderful",
	} {
		_, err := parseURI("URI", uri)
		if err == nil || strings.Contains(err.Error(), "wonderful") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}
