package dbtest

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/filter/filtertest"
)

// testHostile sends what an attacker would send. The database may refuse a value, but must find no
// syntax error in the statement, and must be unchanged afterwards.
func testHostile(t *testing.T, db *sql.DB, d *dialect.Dialect, inner dialect.Inner, state string,
	isSyntax func(error) bool, values ...any) {
	t.Helper()
	testHostileIn(t, db, d, state, isSyntax, func(pair filter.Pair) (dialect.Selected, error) {
		q, err := filter.Parse([]filter.Pair{pair})
		if err != nil {
			return dialect.Selected{}, err
		}
		return d.Select(inner, q, dialect.Meta{})
	}, values...)
}

// testHostileIn is testHostile for the statements that write returns.
func testHostileIn(t *testing.T, db *sql.DB, d *dialect.Dialect, state string,
	isSyntax func(error) bool, write func(filter.Pair) (dialect.Selected, error), values ...any) {
	t.Helper()
	before := rowsOf(t, db, state)
	if len(before) == 0 {
		t.Fatal("the database is empty")
	}
	sent, succeeded := 0, 0
	for pair := range filtertest.Hostile() {
		s, err := write(pair)
		if err != nil {
			continue
		}
		sent++
		switch _, err = run(db, s, values...); {
		case err == nil:
			succeeded++
		case isSyntax(err):
			t.Errorf("%.99q=%.99q: %v\n%s", pair.Name, pair.Value, err, s.Query)
		}
	}
	if succeeded < 500 {
		t.Errorf("of %d statements %d succeeded", sent, succeeded)
	}
	if after := rowsOf(t, db, state); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("the database was %q and is %q", before, after)
	}
}

func TestHostileFiltersAreValuesOnPostgreSQL(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS hostile CASCADE", "CREATE SCHEMA hostile",
		`CREATE TABLE hostile.victims (id int PRIMARY KEY, name text, data jsonb, doc json, photo bytea,
			tags text[],
			words tsvector, born date, unknown text, victim int REFERENCES hostile.victims)`,
		`INSERT INTO hostile.victims VALUES (1, 'Ann', '{"x": 1}', '{"x": 1}', 'p', '{a}', 'w',
			'2000-01-01', 'u')`, "INSERT INTO hostile.victims (id) VALUES (2)",
		`CREATE FUNCTION hostile.all() RETURNS SETOF hostile.victims LANGUAGE sql STABLE
			AS 'SELECT * FROM hostile.victims'`)
	const state = `SELECT table_name::text, (SELECT count(*)::text ||
		md5(string_agg(v::text, '' ORDER BY id)) FROM hostile.victims v)
		FROM information_schema.tables WHERE table_schema = 'hostile'`
	// A syntax error of a statement is "at or near" something, unlike that of a text search.
	isSyntax := func(err error) bool {
		return strings.Contains(err.Error(), " at or near ") ||
			strings.Contains(err.Error(), " at end of input")
	}
	const selected = "id,victims(id),...victim(name)"
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		inner := relation(t, db, "hostile", "all")
		testHostile(t, db, dialect.PostgreSQL, inner, state, isSyntax)
		snapshot := load(t, db, "hostile").Current()
		victims := snapshot.Relation("", "victims")
		testHostileIn(t, db, dialect.PostgreSQL, state, isSyntax,
			func(pair filter.Pair) (dialect.Selected, error) {
				pairs := []filter.Pair{pair}
				if pair.Name != "select" {
					pairs = append(pairs, filter.Pair{Name: "select", Value: selected})
				}
				q, err := filter.Parse(pairs)
				if err != nil {
					return dialect.Selected{}, err
				}
				node, err := embed.Resolve(snapshot, victims, q)
				if err != nil {
					return dialect.Selected{}, err
				}
				meta := dialect.Meta{Count: len(pair.Value)%2 == 0}
				return dialect.PostgreSQL.Select(dialect.Inner{Node: node}, q, meta)
			})
	})
}

func TestHostileFiltersAreValuesOnSQLite(t *testing.T) {
	db := openSQLite(t)
	setUp(t, db, `CREATE TABLE victims (id INT, name TEXT, data JSON, doc JSON, photo BLOB, tags TEXT,
		words TEXT, born DATE, other)`,
		`INSERT INTO victims VALUES (1, 'Ann', '{"x": 1}', '{"x": 1}', x'00', 'a', 'w', '2000-01-01',
			'u'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	inner := statement(t, db, `SELECT id, name, data, doc, photo, tags, words, born,
		other || '' AS unknown FROM victims WHERE id > ?`, 0)
	testHostile(t, db, dialect.SQLite, inner, `SELECT name,
		(SELECT count(*) || group_concat(v.name || v.data) FROM victims v) FROM sqlite_master`,
		func(err error) bool {
			return strings.Contains(err.Error(), "syntax") || strings.Contains(err.Error(), "token")
		}, 0)
}

func TestHostileFiltersAreValuesOnMariaDB(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "DROP DATABASE IF EXISTS hostile", "CREATE DATABASE hostile",
		`CREATE TABLE hostile.victims (id INT, name TEXT, data JSON, doc JSON, photo BLOB, tags TEXT,
			words DECIMAL(9, 2), born DATE, unknown TEXT)`,
		`INSERT INTO hostile.victims VALUES (1, 'Ann', '{"x": 1}', '{"x": 1}', 'p', 'a', 2, '2000-01-01',
			'u'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	inner := statement(t, db, "SELECT * FROM hostile.victims WHERE id > ?", 0)
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		testHostile(t, db, dialect.MySQL, inner,
			`SELECT table_name, (SELECT CONCAT(COUNT(*), GROUP_CONCAT(name, data)) FROM hostile.victims)
				FROM information_schema.tables WHERE table_schema = 'hostile'`,
			func(err error) bool {
				var e *mysql.MySQLError
				return !errors.As(err, &e) || e.Number == 1064 // ER_PARSE_ERROR
			}, 0)
	})
}
