package dbtest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/rest"
)

// alikeSchema is the same on every database: relations that lead to each other in every way.
var alikeSchema = []string{
	"CREATE TABLE people (id int PRIMARY KEY, name varchar(20) NOT NULL, born date, boss int," +
		" FOREIGN KEY (boss) REFERENCES people (id))",
	"CREATE TABLE films (id int PRIMARY KEY, title varchar(20), year int, price decimal(6,2)," +
		" director_id int, FOREIGN KEY (director_id) REFERENCES people (id))",
	"CREATE TABLE plots (film_id int PRIMARY KEY, plot text," +
		" FOREIGN KEY (film_id) REFERENCES films (id))",
	"CREATE TABLE roles (film_id int NOT NULL, person_id int NOT NULL, role varchar(20)," +
		" PRIMARY KEY (film_id, person_id), FOREIGN KEY (film_id) REFERENCES films (id)," +
		" FOREIGN KEY (person_id) REFERENCES people (id))",
	"CREATE VIEW titles AS SELECT id AS film, title FROM films",
	"INSERT INTO people VALUES (1, 'Ann', '1960-01-02', NULL)",
	"INSERT INTO people VALUES (2, 'Bob', NULL, 1)",
	"INSERT INTO people VALUES (3, 'Cid', '1980-12-31', 1)",
	"INSERT INTO people VALUES (4, 'dan', '1990-05-05', 2)",
	"INSERT INTO films VALUES (1, 'Up', 2009, 9.75, 1), (2, 'Do%wn', 2010, NULL, 1)",
	"INSERT INTO films VALUES (3, 'Left', 1999, 0.25, 3), (4, NULL, NULL, 1.25, NULL)",
	"INSERT INTO plots VALUES (1, 'A \"house\"'), (3, 'Lost')",
	"INSERT INTO roles VALUES (1, 2, 'lead'), (1, 3, 'dog'), (2, 2, 'lead'), (3, 4, NULL)",
}

// alikeRequests are those whose response is the same on every database: what PostgreSQL's is, which
// other tests compare with what it computes by itself. Before each is its status.
const alikeRequests = `
200 /people?order=id
200 /titles?order=film
200 /people?select=n:name,id,n2:name&order=id.desc
200 /people?order=id&limit=2&offset=1
206 counted /people?order=id&limit=2
206 estimated /people?order=id&limit=2
206 counted /people?order=id&limit=2&offset=3
200 counted /people?id=gt.9
416 counted /people?order=id&offset=9
200 /people?order=born.nullsfirst,id
200 /people?order=born.desc.nullslast,id
200 /films?id=eq.2
200 /films?id=neq.2&order=id
200 /films?id=gt.2&order=id
200 /films?id=gte.2&order=id
200 /films?id=lt.2&order=id
200 /films?id=lte.2&order=id
200 /films?title=like.L*
200 /films?title=like.l*
200 /films?title=ilike.l*
200 /films?title=like.*\%25*
200 /films?id=in.(1,3)&order=id
200 /films?id=in.()
200 /films?id=not.in.(1,3)&order=id
200 /films?price=is.null
200 /films?price=not.is.null&order=id
200 /films?price=isdistinct.9.75&order=id
200 /films?price=eq.9.75
200 /films?price=lt.2&order=id
200 /people?born=gte.1980-12-31&order=id
200 /films?or=(year.gt.2009,and(price.lt.1,title.not.is.null))&order=id
200 /films?not.and=(id.gt.1,id.lt.4)&order=id
200 /films?select=title,people!director_id(id,name)&order=id
200 /films?select=id,director:director_id(name,born)&order=id
200 /films?select=id,people!films_director_id_fkey(name)&order=id
200 /films?select=id,plots(*)&order=id
200 /plots?select=plot,films(title,price)&order=film_id
200 /people?select=name,films!director_id(title,price)&films.order=id.desc&order=id
200 /people?select=id,films!director_id(id)&films.order=id&films.limit=1&order=id
200 /people?select=id,films!director_id(id)&films.order=id&films.limit=1&films.offset=1&order=id
200 /people?select=id,films!director_id(id)&films.limit=0&order=id
200 /people?select=id,f:films!director_id(*)&f.year=gt.2009&f.order=id&order=id
200 /films?select=id,people!roles(name)&people.order=name.desc&order=id
200 /films?select=id,roles(role,people(name,boss(name)))&roles.order=person_id&order=id
200 /people?select=id,boss(id,boss(name))&order=id
200 /people?select=id,people(id,people(id))&people.order=id&order=id
400 /films?select=id,p:plots("the ""plot":plot,f:film_id)&order=id
200 /films?select=id,p:plots("the%20\"plot":plot,f:film_id)&order=id
200 counted /films?select=id,plots!inner(plot)&order=id
206 counted /films?select=id,plots!inner(plot)&order=id&limit=1
200 /people?select=id,films!director_id!inner(id)&films.year=gt.2009&order=id
200 /people?select=id,films!director_id()&films=is.null&order=id
200 /people?select=id,films!director_id()&films=not.is.null&order=id
200 /films?select=id,...people!director_id(director:name,born)&order=id
200 /films?select=id,...people!director_id(name,...boss(b:name))&order=id
200 /films?select=id,...people!director_id(name,plots:films!director_id(plots(plot)))&order=id
200 /people?select=id,...films!director_id(titles:title,ps:plots(plot))&films.order=id&order=id
200 /films?select=id,people!director_id(name)&order=people(name).desc.nullslast,id
200 /films?select=id,people!director_id(name)&people.order=name&order=people(name).nullsfirst,id
200 /films?select=id,people!director_id(name)&people.name=eq.Ann&order=id
200 /films?select=director_id,count()&order=director_id.nullsfirst
200 /films?select=director_id,n:id.max(),year.min()&order=director_id.nullsfirst
200 /films?select=id.sum(),count()&id=lt.4
206 counted /films?select=director_id,count()&order=director_id.nullsfirst&limit=1
206 counted /films?select=director_id,count()&order=director_id.nullsfirst&limit=1&offset=1
200 counted /films?select=director_id,count()&id=gt.9
200 counted /films?select=...people!director_id(n:name),count()&order=people(n).desc.nullslast
400 /films?select=count()&order=id
200 /films?select=...people!director_id(name),count()&order=people(name).nullslast
404 /nothing
400 /people?nothing=eq.1
400 /people?select=nothing(id)
400 /people?select=id::nothing
400 /people?select=films!director_id(nothing)
200 /films?select=id::text,year::bigint&order=id
200 /people?select=id,films!director_id(i:id::text)&films.order=id&order=id
`

// others are the databases besides PostgreSQL whose relations are served: each opens a database
// with the tables of statements.
var others = map[string]func(*testing.T, ...string) (*sql.DB, *catalog.Catalog){
	"SQLite": func(t *testing.T, statements ...string) (*sql.DB, *catalog.Catalog) {
		db := open(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "alike.db")+
			"?_pragma=foreign_keys(1)&_pragma=synchronous(0)&_txlock=immediate")
		setUp(t, db, statements...)
		cat, err := catalog.LoadSQLite(context.Background(), db)
		if err != nil {
			t.Fatal(err)
		}
		return db, cat
	},
	"MariaDB": func(t *testing.T, statements ...string) (*sql.DB, *catalog.Catalog) {
		db := openEmptyMariaDB(t)
		setUp(t, db, statements...)
		cat, err := catalog.LoadMySQL(context.Background(), db)
		if err != nil {
			t.Fatal(err)
		}
		return db, cat
	},
}

// TestTablesOfOthersRespondAsThoseOfPostgreSQL requests the same of the same tables.
func TestTablesOfOthersRespondAsThoseOfPostgreSQL(t *testing.T) {
	formats := moresql.Encoders(encoder.JSON(), encoder.CSV())
	options := []moresql.Option{quiet, rest.Aggregates(), formats}
	postgres := openPostgres(t)
	setUp(t, postgres, "DROP SCHEMA IF EXISTS alike CASCADE", "CREATE SCHEMA alike")
	for _, s := range alikeSchema {
		setUp(t, postgres, "SET search_path = alike; "+s+"; RESET search_path")
	}
	theirs := listen(t, rest.Tables(moresql.New(postgres, options...), load(t, postgres, "alike")))
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			db, cat := open(t, alikeSchema...)
			ours := listen(t, rest.Tables(moresql.New(db, options...), cat))
			for line := range strings.Lines(strings.TrimSpace(alikeRequests)) {
				status, target, _ := strings.Cut(strings.TrimSpace(line), " ")
				prefer := "handling=lenient"
				if rest, ok := strings.CutPrefix(target, "counted "); ok {
					target, prefer = rest, "count=exact"
				}
				if rest, ok := strings.CutPrefix(target, "estimated "); ok { // which counts few rows
					target, prefer = rest, "count=estimated"
				}
				theirTarget := target
				if name == "MariaDB" {
					target = strings.ReplaceAll(target, "films_director_id_fkey", "films_ibfk_1")
				}
				for _, accept := range []string{jsonType, csvType} {
					header := []string{"Accept", accept, "Prefer", prefer}
					want := send(t, "GET", theirs+theirTarget, "", header...)
					got := send(t, "GET", ours+target, "", header...)
					if fmt.Sprint(want.status) != status {
						t.Errorf("%s of PostgreSQL: %d %s, want %s", target, want.status, want.body, status)
					}
					if got.status != want.status || got.status < 300 && !sameContent(got.body, want.body) ||
						got.header.Get("Content-Range") != want.header.Get("Content-Range") {
						t.Errorf("%s as %s: %d %s %s, want %d %s %s", target, accept, got.status,
							got.header.Get("Content-Range"), got.body, want.status,
							want.header.Get("Content-Range"), want.body)
					}
				}
			}
		})
	}
}

// sameContent reports whether two bodies are the same apart from the spaces of JSON.
func sameContent(a, b string) bool { return reflect.DeepEqual(content(a), content(b)) }

// content returns JSON decoded, and CSV without spaces: those in what is embedded mean nothing.
func content(body string) any {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) == nil && !d.More() {
		return v
	}
	return strings.NewReplacer(" ", "", "\n", "").Replace(body)
}

// openEmptyMariaDB opens a database of the test's own on the shared server.
func openEmptyMariaDB(t *testing.T) *sql.DB {
	config, err := mysql.ParseDSN(mariadbtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	config.DBName = "own_" + strings.ToLower(strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' || r == '#' {
			return '_'
		}
		return r
	}, t.Name()))
	config.DBName = config.DBName[:min(len(config.DBName), 60)]
	setUp(t, openMariaDB(t), "DROP DATABASE IF EXISTS "+config.DBName,
		"CREATE DATABASE "+config.DBName)
	return open(t, "mysql", config.FormatDSN())
}
