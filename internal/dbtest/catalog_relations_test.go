package dbtest

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
)

// relationsSchema has every kind of relation and key, and views of tables that are not served.
var relationsSchema = []string{
	`DROP SCHEMA IF EXISTS related CASCADE`, `DROP SCHEMA IF EXISTS related_below CASCADE`,
	`CREATE SCHEMA related`, `CREATE SCHEMA related_below`,
	`CREATE TABLE related.people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		name text NOT NULL DEFAULT 'some' || 'body', mail text UNIQUE, boss_id int,
		shout text GENERATED ALWAYS AS (upper(name)) STORED,
		CONSTRAINT boss FOREIGN KEY (boss_id) REFERENCES related.people)`,
	`COMMENT ON TABLE related.people IS 'Who is there'`,
	`COMMENT ON COLUMN related.people.mail IS 'Where to write'`,
	`CREATE TABLE related.films (id bigint PRIMARY KEY, "The Title" varchar(80), director_id int
		CONSTRAINT director REFERENCES related.people)`,
	`CREATE TABLE related.details (film_id bigint PRIMARY KEY
		CONSTRAINT film REFERENCES related.films, plot text)`,
	`CREATE TABLE related.roles (film_id bigint CONSTRAINT role_film REFERENCES related.films,
		person_id int CONSTRAINT role_person REFERENCES related.people,
		PRIMARY KEY (film_id, person_id))`,
	`CREATE VIEW related.titles AS SELECT id AS film, "The Title" AS title, director_id AS director,
		length("The Title") AS size FROM related.films`,
	`CREATE VIEW related.short_titles AS SELECT * FROM (SELECT * FROM related.titles) AS t
		WHERE size < 9 AND film IN (SELECT id FROM related.films)`,
	`CREATE MATERIALIZED VIEW related.counted AS
		SELECT director_id, count(*) AS n FROM related.films GROUP BY director_id`,
	`CREATE TABLE related.logs (day date, note text, PRIMARY KEY (day)) PARTITION BY RANGE (day)`,
	`CREATE TABLE related.logs_2024 PARTITION OF related.logs
		FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`,
	`CREATE TABLE related_below.songs (id int PRIMARY KEY, singer int
		CONSTRAINT singer REFERENCES related.people)`,
	`CREATE VIEW related.songs AS SELECT id, singer AS sung_by FROM related_below.songs`,
	`CREATE FUNCTION related.loud(related.people) RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT $1.shout || '!' $$`,
	`CREATE FUNCTION related.directed(related.people) RETURNS SETOF related.films LANGUAGE sql STABLE
		AS 'SELECT * FROM related.films WHERE director_id = $1.id'`,
	`CREATE FUNCTION related.bossed(related.people) RETURNS SETOF related.people ROWS 1 LANGUAGE sql
		STABLE AS 'SELECT * FROM related.people WHERE id = $1.boss_id'`,
}

// The columns are those that information_schema describes, which the SQL standard defines.
func TestRelationsAreThoseOfInformationSchema(t *testing.T) {
	setUp(t, openPostgres(t), relationsSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		var got []string
		for _, r := range load(t, db, "related").Current().Relations() {
			if r.Kind == catalog.MaterializedView {
				continue // the standard has none
			}
			for _, a := range r.Columns {
				got = append(got, fmt.Sprintf("%s.%s nullable %t identity %t generated %t", r.Name, a.Name,
					a.Nullable, a.Identity, a.Generated))
				if a.Default != "" && !a.Generated {
					got = append(got, r.Name+"."+a.Name+" default "+a.Default)
				}
			}
		}
		const columns = ` FROM information_schema.columns WHERE table_schema = 'related'
			AND table_name NOT LIKE 'logs\_%'`
		want := rowsOf(t, db, `SELECT format('%s.%s nullable %s identity %s generated %s', table_name,
				column_name, is_nullable = 'YES', is_identity = 'YES', is_generated = 'ALWAYS')`+columns+`
			UNION ALL SELECT table_name || '.' || column_name || ' default ' || column_default`+columns+`
			AND column_default IS NOT NULL`)
		for i := range got {
			got[i] = strings.NewReplacer(" true", " t", " false", " f").Replace(got[i])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		testKeys(t, db)
	})
}

// testKeys compares the keys of tables with those of information_schema.
func testKeys(t *testing.T, db *sql.DB) {
	var got []string
	for _, r := range load(t, db, "related").Current().Relations() {
		if r.Kind != catalog.Table && r.Kind != catalog.PartitionedTable {
			continue
		}
		add := func(kind string, columns []string) {
			if columns != nil {
				got = append(got, r.Name+" "+kind+" "+strings.Join(columns, ","))
			}
		}
		add("PRIMARY KEY", r.PrimaryKey)
		for _, columns := range r.Unique {
			add("UNIQUE", columns)
		}
		for _, key := range r.ForeignKeys {
			if !strings.HasSuffix(key.Relation, "titles") { // views
				add("FOREIGN KEY", key.Columns)
			}
		}
	}
	want := rowsOf(t, db, `SELECT format('%s %s %s', table_name, constraint_type,
			string_agg(column_name, ',' ORDER BY ordinal_position))
		FROM information_schema.table_constraints
		JOIN information_schema.key_column_usage USING (table_schema, table_name, constraint_name)
		WHERE table_schema = 'related' AND table_name NOT LIKE 'logs\_%'
		GROUP BY table_name, constraint_type, constraint_name`)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("keys: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Relationships follow from the declarations above, also of views and what these are made of.
func TestRelationshipsFollowForeignKeys(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, relationsSchema...)
	s := load(t, db, "related").Current()
	for name, want := range map[string][]string{
		"films": {
			"one-to-one details film(id=film_id)", "many-to-many people role_film(id=film_id)roles",
			"many-to-one people director(director_id=id)", "one-to-many roles role_film(id=film_id)",
		},
		"details": {
			"one-to-one films film(film_id=id)", "one-to-one short_titles film(film_id=film)",
			"one-to-one titles film(film_id=film)",
		},
		"short_titles": {
			"one-to-one details film(film=film_id)", "many-to-many people role_film(film=film_id)roles",
			"many-to-one people director(director=id)", "one-to-many roles role_film(film=film_id)",
		},
		"songs":   {"many-to-one people singer(sung_by=id)"},
		"counted": {"many-to-one people director(director_id=id)"},
		"people": {
			"one-to-many counted director(id=director_id)",
			"many-to-many films role_person(id=person_id)roles",
			"one-to-many films directed()", "one-to-many films director(id=director_id)",
			"many-to-one people boss(boss_id=id)", "many-to-one people bossed()",
			"one-to-many people boss(id=boss_id)", "one-to-many roles role_person(id=person_id)",
			"many-to-many short_titles role_person(id=person_id)roles",
			"one-to-many short_titles director(id=director)", "one-to-many songs singer(id=sung_by)",
			"many-to-many titles role_person(id=person_id)roles",
			"one-to-many titles director(id=director)",
		},
	} {
		var got []string
		for _, r := range s.Relationships(s.Relation("", name)) {
			text := fmt.Sprintf("%s %s %s(", r.Cardinality, r.To.Name, r.Name)
			for i, column := range r.Columns {
				text += column + "=" + r.References[i]
			}
			if text += ")"; r.Through != nil {
				text += r.Through.Name
			}
			got = append(got, text)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	people := s.Relation("related", "people")
	mail := people.Column("mail")
	if people.Comment != "Who is there" || mail.Comment != "Where to write" {
		t.Errorf("comments: %q, %q", people.Comment, mail.Comment)
	}
	if c := people.Computed; len(c) != 3 || c[2].Name != "loud" || c[2].Type.Name != "text" {
		t.Errorf("functions of a row: %+v", c)
	}
	if r := s.Relation("", "logs_2024"); r != nil {
		t.Errorf("the partition %v is served", r)
	}
}

// What a relation lets a role do is what the database says.
func TestRightsOfRelations(t *testing.T) {
	setUp(t, openPostgres(t), rolesSchema...)
	setUp(t, openPostgres(t),
		`CREATE TABLE roles.read (a int, b int)`, `GRANT SELECT (a) ON roles.read TO roles_anon`,
		`CREATE TABLE roles.write (a int)`, `GRANT INSERT, DELETE ON roles.write TO roles_user`,
		`CREATE VIEW roles.simple AS SELECT a FROM roles.write`,
		`GRANT ALL ON roles.simple TO roles_deep`,
		`CREATE VIEW roles.grouped AS SELECT a, count(*) FROM roles.write GROUP BY a`,
		`GRANT ALL ON roles.grouped TO roles_anon`,
		`CREATE TABLE roles.closed (a int)`, `GRANT ALL ON roles.closed TO roles_stranger`,
		`CREATE TABLE roles_closed.split (a int)`, `GRANT ALL ON roles_closed.split TO roles_user`)
	for _, driver := range []string{"postgres", "pgx"} {
		db := openAs(t, driver, "roles_login")
		got := map[string]catalog.Rights{}
		for _, r := range load(t, db, "roles", "roles_closed").Current().Relations() {
			got[r.Name] = r.Rights
		}
		for name, want := range map[string]catalog.Rights{
			"read": catalog.MaySelect, "write": catalog.MayInsert | catalog.MayDelete,
			"simple":  catalog.MaySelect | catalog.MayInsert | catalog.MayUpdate | catalog.MayDelete,
			"grouped": catalog.MaySelect, // nothing can be inserted into a GROUP BY
		} {
			if got[name] != want {
				t.Errorf("%s: %s has the rights %b, want %b", driver, name, got[name], want)
			}
			delete(got, name)
		}
		if len(got) > 0 {
			t.Errorf("%s: relations that no role may use: %v", driver, got)
		}
	}
}

// A reload has what the database has by then.
func TestRelationsFollowReloads(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `DROP SCHEMA IF EXISTS related_reload CASCADE`, `CREATE SCHEMA related_reload`,
		`CREATE TABLE related_reload.a (id int PRIMARY KEY)`)
	cat := load(t, db, "related_reload")
	before := cat.Current()
	setUp(t, db, `CREATE TABLE related_reload.b (a_id int REFERENCES related_reload.a)`)
	if err := cat.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := cat.Current().Relation("", "a")
	if n := len(cat.Current().Relationships(a)); n != 1 || len(before.Relations()) != 1 {
		t.Errorf("after the reload %d relationships, before it %d relations", n, len(before.Relations()))
	}
}
