package database

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/lib/pq"
)

const secret = "hunter2"

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
		"postgres://me:" + secret + ",1/cars",
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
		if _, ok := p.Connector.(*pq.Connector); ok != isPQ || strings.Contains(p.Listener, "driver") {
			t.Errorf("%q: a %T, and a listener at %s", query, p.Connector, p.Listener)
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
		{"jdbc:mysql://db/cars?user=me&password=" + secret, "as in mysql://user:password@host"},
		{"JDBC:mariadb://db/cars?user=me", "as in mysql://user:password@host"},
		{"jdbc:sqlite:cars.db", "must be sqlite: and the path of a file"},
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
		if got := p.Censor(errors.New(message)); got != message {
			t.Errorf("%s: %s", password, got)
		}
		for _, place := range []string{
			"cannot use postgres://me:%s@db/cars", "dsn host=db password=%s user=me",
			"dsn password = '%s'", "PASSWORD=%s",
		} {
			text := fmt.Sprintf(place, password)
			if got := p.Censor(errors.New(text)); got != fmt.Sprintf(place, "***") {
				t.Errorf("%s: %s", text, got)
			}
		}
	}
	for _, password := range []string{secret, "pass word", strings.Repeat("a", 17)} {
		p, err := parseURI("URI", "mysql://me:"+url.PathEscape(password)+"@db/cars")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Censor(errors.New("x" + password + "x")); got != "x***x" {
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

// Both drivers find all servers of a URI that names several, as libpq does (its manual, 34.1.1.3):
// lib/pq, which waits for notifications, takes them for one name otherwise.
func TestSeveralHosts(t *testing.T) {
	for _, test := range []struct{ uri, want string }{
		{"postgres://me@a:1,b:2/cars", "a:1 or b:2"},
		{"postgres://me@a,b/cars", "a:5432 or b:5432"},
		{"postgres://me@a,b:2,c", "a:5432 or b:2 or c:5432"},
		{"postgres://me@a:,b:2,[::1]:/cars", "a:5432 or b:2 or [::1]:5432"}, // empty ports
		{"postgres://me@[::1]:1,[::2]/cars?sslmode=disable", "[::1]:1 or [::2]:5432"},
		{"postgres://me@a,b/cars?port=1,2", "a:1 or b:2"},
		{"postgres://me@/cars?host=/run,b&port=1,2", "/run/.s.PGSQL.1 or b:2"},
		{"postgres://me:1,2@a:1/cars", "a:1"},
	} {
		p, err := parseURI("URI", test.uri)
		if err != nil {
			t.Errorf("%s: %v", test.uri, err)
			continue
		}
		if p.Server != "PostgreSQL at "+test.want {
			t.Errorf("%s: %s, want %s", test.uri, p.Server, test.want)
		}
		listener, err := pq.NewConfig(p.Listener)
		if err != nil || len(listener.Multi) != strings.Count(test.want, " or ") {
			t.Errorf("%s: the listener has %+v, %v", test.uri, listener, err)
		}
	}
}
