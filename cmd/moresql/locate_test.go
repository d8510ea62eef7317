package main

import (
	"strings"
	"testing"
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
	} {
		env := map[string]string{"MORESQL_DATABASE_URI": test.uri, "DATABASE_URL": test.url}
		p, err := locate(func(name string) string { return env[name] })
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
