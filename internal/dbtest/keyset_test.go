package dbtest

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// keysetSchema has rows with NULL and with equal values of every kind that rows are ordered by.
var keysetSchema = []string{
	`DROP SCHEMA IF EXISTS paged CASCADE`, `CREATE SCHEMA paged`,
	`CREATE TYPE paged.mood AS ENUM ('sad', 'happy')`,
	`CREATE TYPE paged.pair AS (a int, b text)`,
	`CREATE TABLE paged.groups (id int PRIMARY KEY, name text)`,
	`INSERT INTO paged.groups VALUES (1, 'x'), (2, 'a'), (3, NULL)`,
	`CREATE TABLE paged.items (a int, b text, n int, f float8, num numeric, at timestamptz,
		day date, bytes bytea, mood paged.mood, pair paged.pair, tags text[], j jsonb, flag boolean,
		uid uuid, span interval, r int4range, group_id int REFERENCES paged.groups, cursor text,
		PRIMARY KEY (b, a))`,
	`INSERT INTO paged.items SELECT i, (ARRAY['ä', 'a"b', '\', 'null', ''])[i % 5 + 1],
		nullif(i % 4, 0), (ARRAY['NaN', 'Infinity', 0.1, 1e-300, NULL])[i % 5 + 1]::float8,
		(ARRAY['NaN', 1.50, 1.5, NULL, -0.001])[i % 5 + 1]::numeric,
		(ARRAY['2024-01-02 03:04:05.123456+00', 'infinity', NULL])[i % 3 + 1]::timestamptz,
		(ARRAY['2024-01-02', '-infinity', '0044-03-15 BC'])[i % 3 + 1]::date,
		(ARRAY['\x00', '\x5c', NULL])[i % 3 + 1]::bytea,
		(ARRAY['sad', 'happy', NULL])[i % 3 + 1]::paged.mood,
		(ARRAY['(1,"a,b")', '(1,)', NULL, '(,)'])[i % 4 + 1]::paged.pair,
		(ARRAY['{a,"b,c"}', '{}', NULL])[i % 3 + 1]::text[],
		(ARRAY['{"k": "1"}', '{"k": null}', '[]', NULL])[i % 4 + 1]::jsonb, nullif(i % 3, 2)::boolean,
		('00000000-0000-0000-0000-00000000000' || i % 3)::uuid, make_interval(days => i % 3 * 30),
		(ARRAY['[1,3)', 'empty', NULL])[i % 3 + 1]::int4range, nullif(i % 4, 0), 'c'
		FROM generate_series(1, 37) i`,
	`CREATE TABLE paged.loose (n int UNIQUE, m int)`, `INSERT INTO paged.loose VALUES (1, 1), (2, 2)`,
	`CREATE TABLE paged.strict (n int NOT NULL UNIQUE, m int)`,
	`INSERT INTO paged.strict VALUES (1, 1), (2, 1), (3, 1)`,
	`CREATE VIEW paged.plain AS SELECT b AS x, a AS y, n FROM paged.items WHERE a < 20`,
	`CREATE VIEW paged.joined AS SELECT i.b, i.a, g.id FROM paged.items i, paged.groups g`,
	`CREATE VIEW paged.outer_joined AS SELECT * FROM paged.joined`,
	`CREATE TABLE paged.parent (id int PRIMARY KEY)`,
	`CREATE TABLE paged.child () INHERITS (paged.parent)`,
	`CREATE VIEW paged.of_parent AS SELECT * FROM paged.parent`,
	`CREATE FUNCTION paged.half(paged.items) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.a / 2'`,
}

var nextLink = regexp.MustCompile(`^<(\?.*)>; rel="next"$`)

// follow follows the links of a target and returns the rows of all pages, and how many there are.
func follow(t *testing.T, url, target string, between func(page int)) (rows []any, n int) {
	t.Helper()
	path, _, _ := strings.Cut(target, "?")
	for n < 100 {
		got := send(t, "GET", url+target, "", "Prefer", "pagination=keyset")
		var page []any
		if got.status != 200 || json.Unmarshal([]byte(got.body), &page) != nil {
			t.Fatalf("%s: %d %s", target, got.status, got.body)
		}
		rows, n = append(rows, page...), n+1
		if applied := got.header.Get("Preference-Applied"); applied != "pagination=keyset" {
			t.Errorf("%s: Preference-Applied is %q", target, applied)
		}
		link := nextLink.FindStringSubmatch(got.header.Get("Link"))
		if link == nil {
			return rows, n
		}
		if between != nil {
			between(n)
		}
		target = path + link[1]
	}
	t.Fatalf("%s has no end", target)
	return nil, 0
}

// TestLinksByKeysetHaveEachParameterOnce, however a request has spelt the limit that they replace.
func TestLinksByKeysetHaveEachParameterOnce(t *testing.T) {
	setUp(t, openPostgres(t), keysetSchema...)
	db := openPipelined(t)
	url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "paged")))
	if rows, n := follow(t, url, "/items?select=a&l%69mit=10", nil); len(rows) != 37 || n != 4 {
		t.Errorf("%d rows on %d pages", len(rows), n)
	}
}

// The pages together are the whole, in the order of the database, whatever it is.
func TestPagesByKeysetAreTheWhole(t *testing.T) {
	setUp(t, openPostgres(t), keysetSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		formats := moresql.Encoders(encoder.JSON())
		h := rest.Tables(moresql.New(db, quiet), load(t, db, "paged"), formats)
		url := listen(t, h)
		for _, test := range []struct{ target, from, order string }{
			{"/items?select=a,b", "items", "b, a"},
			{"/items?select=a", "items", "b, a"},
			{"/items?select=a&order=a", "items", "a, b"},
			{"/items?select=a&order=a.desc", "items", "a DESC, b DESC"},
			{"/items?select=a&order=b,a.desc", "items", "b, a DESC"},
			{"/items?select=a&order=n", "items", "n, b, a"},
			{"/items?select=a&order=n.nullsfirst", "items", "n NULLS FIRST, b, a"},
			{"/items?select=a&order=n.desc", "items", "n DESC, b DESC, a DESC"},
			{"/items?select=a&order=n.desc.nullslast", "items", "n DESC NULLS LAST, b DESC, a DESC"},
			{"/items?select=a&order=n.desc.nullslast,a", "items", "n DESC NULLS LAST, a, b"},
			{"/items?select=a&order=f,num.desc", "items", "f, num DESC, b DESC, a DESC"},
			{"/items?select=a&order=at.desc,day", "items", "at DESC, day, b, a"},
			{"/items?select=a&order=bytes,mood.desc", "items", "bytes, mood DESC, b DESC, a DESC"},
			{"/items?select=a&order=pair,tags", "items", "pair, tags, b, a"},
			{"/items?select=a&order=pair.desc", "items", "pair DESC, b DESC, a DESC"},
			{"/items?select=a&order=b,a,n,f", "items", "b, a"},
			{"/items?select=a&order=j,flag", "items", "j, flag, b, a"},
			{"/items?select=a&order=j->k", "items", "j->'k', b, a"},
			{"/items?select=a&order=j->>k.desc", "items", "j->>'k' DESC, b DESC, a DESC"},
			{"/items?select=a&order=uid.desc,span,r", "items", "uid DESC, span, r, b, a"},
			{"/items?select=a&order=half.desc", "items", "a/2 DESC, b DESC, a DESC"},
			{"/items?select=a,groups(name)&order=groups(name)",
				"items LEFT JOIN paged.groups ON id = group_id", "name, b, a"},
			{"/items?select=a,...groups(name)&order=groups(name).desc",
				"items LEFT JOIN paged.groups ON id = group_id", "name DESC, b DESC, a DESC"},
			{"/items?select=a,groups!inner(id)&groups.id=gt.1",
				"items JOIN paged.groups ON id = group_id WHERE id > 1", "b, a"},
			{"/items?select=a&n=gt.1&or=(f.is.null,num.gt.0)",
				"items WHERE n > 1 AND (f IS NULL OR num > 0)", "b, a"},
			{"/items?select=a&cursor=eq.c&a=lt.9", "items WHERE a < 9", "b, a"},
			{"/plain?select=a:y&order=n", "items WHERE a < 20", "n, b, a"},
			{"/strict?select=a:n&order=m.desc", "strict", "m DESC, n DESC"},
			{"/items?select=a&a=lt.0", "items WHERE a < 0", "a"},
		} {
			a := "a"
			if test.from == "strict" {
				a = "n"
			}
			var want []any
			text := queryText(t, db, fmt.Sprintf(
				"SELECT coalesce(json_agg(%s ORDER BY %s), '[]') FROM paged.%s", a, test.order, test.from))
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
			for _, limit := range []int{1, 3, 40} {
				rows, n := follow(t, url, fmt.Sprintf("%s&limit=%d", test.target, limit), nil)
				var got []any
				for _, r := range rows {
					got = append(got, r.(map[string]any)["a"])
				}
				if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
					t.Errorf("%s by %d: %v, want %v", test.target, limit, got, want)
				}
				if most := max((len(want)+limit-1)/limit, 1); n != most {
					t.Errorf("%s by %d: %d pages, want %d", test.target, limit, n, most)
				}
			}
		}
	})
}

// Rows that come and go between the pages move no other row out of them.
func TestPagesByKeysetStayRightWhileRowsComeAndGo(t *testing.T) {
	setUp(t, openPostgres(t), keysetSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `DELETE FROM paged.items WHERE a > 37`)
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "paged")))
		rows, _ := follow(t, url, "/items?select=a&order=n.desc,day&limit=3", func(page int) {
			for _, statement := range []string{ // before, after and between all others
				`DELETE FROM paged.items WHERE a > 1000`,
				`INSERT INTO paged.items (a, b, n, day) SELECT 1000 * $1 + i, '', nullif(i % 4, 0),
					'2024-01-02' FROM generate_series(1, 7) i`,
			} {
				args := []any{page}
				if !strings.Contains(statement, "$1") {
					args = nil
				}
				if _, err := db.Exec(statement, args...); err != nil {
					t.Fatal(err)
				}
			}
		})
		seen := map[float64]int{}
		for _, r := range rows {
			seen[r.(map[string]any)["a"].(float64)]++
		}
		for a := range 37 {
			if n := seen[float64(a+1)]; n != 1 {
				t.Errorf("%d is there %d times", a+1, n)
			}
		}
		setUp(t, db, `DELETE FROM paged.items WHERE a > 37`)
	})
}

func TestCursorsThatAreNotThoseOfALink(t *testing.T) {
	setUp(t, openPostgres(t), keysetSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "paged")))
		first := send(t, "GET", url+"/items?select=a&limit=2", "", "Prefer", "pagination=keyset")
		link := nextLink.FindStringSubmatch(first.header.Get("Link"))
		if link == nil {
			t.Fatalf("%d %v", first.status, first.header)
		}
		_, cursor, _ := strings.Cut(link[1], "cursor=")
		b, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			t.Fatal(err)
		}
		changed := slices.Clone(b)
		changed[len(changed)-3] ^= 1
		encode := base64.RawURLEncoding.EncodeToString
		for _, test := range []struct {
			reason, target string
			status         int
		}{
			{"as it is", "/items?select=a&limit=2&cursor=" + cursor, 200},
			{"another filter and selection", "/items?a=gt.3&select=b&limit=2&cursor=" + cursor, 200},
			{"without a limit", "/items?cursor=" + cursor, 200},
			{"empty", "/items?cursor=", 200}, // as without one
			{"no base64", "/items?cursor=!", 400},
			{"changed", "/items?cursor=" + encode(changed), 400},
			{"cut", "/items?cursor=" + encode(b[:len(b)-1]), 400},
			{"values alone", "/items?cursor=" + encode(b[8:]), 400},
			{"of another order", "/items?order=n&cursor=" + cursor, 400},
			{"of another direction", "/items?order=b.desc,a.desc&cursor=" + cursor, 400},
			{"of another relation", "/plain?cursor=" + cursor, 400},
			{"SQL", "/items?cursor=" + encode([]byte("'; DROP TABLE paged.items; --")), 400},
			{"and an offset", "/items?offset=2&cursor=" + cursor, 400},
		} {
			got := send(t, "GET", url+test.target, "")
			if got.status != test.status || test.status == 400 && !strings.Contains(got.body, `"hint":`) {
				t.Errorf("%s: %d %s, want %d with a hint", test.reason, got.status, got.body, test.status)
			}
		}
		for _, relation := range []string{"loose", "joined", "outer_joined", "parent", "of_parent"} {
			got := send(t, "GET", url+"/"+relation+"?limit=1", "", "Prefer", "pagination=keyset")
			if got.status != http.StatusBadRequest || !strings.Contains(got.body, "no key") {
				t.Errorf("%s: %d %s", relation, got.status, got.body)
			}
		}
		counted := send(t, "GET", url+"/items"+link[1], "", "Prefer", "count=exact")
		if got := counted.header.Get("Content-Range"); counted.status != 206 || got != "*/37" {
			t.Errorf("%d, Content-Range %q", counted.status, got)
		}
	})
}

// Of types whose values are ordered by operators of other names than < and > there is no second
// page, and so no first one either.
func TestPagesByKeysetNeedOperators(t *testing.T) {
	setUp(t, openPostgres(t), `CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public`,
		`DROP SCHEMA IF EXISTS unordered CASCADE`, `CREATE SCHEMA unordered`,
		`CREATE TYPE unordered.mood AS ENUM ('sad', 'happy')`,
		`CREATE DOMAIN unordered.tagged AS public.hstore`,
		`CREATE TABLE unordered.keyed (h public.hstore PRIMARY KEY, n int UNIQUE NOT NULL)`,
		`INSERT INTO unordered.keyed VALUES ('a=>1', 1), ('b=>1', 2), ('c=>1', 3)`,
		`CREATE TABLE unordered.rows (id int PRIMARY KEY, h public.hstore, d unordered.tagged,
			mood unordered.mood, p point, x xml)`,
		`INSERT INTO unordered.rows VALUES (1, 'a=>1', 'a=>1', 'sad', '(1,2)', '<a/>'),
			(2, 'b=>1', NULL, 'happy', NULL, NULL), (3, 'c=>1', 'a=>2', NULL, NULL, NULL)`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "unordered")))
		for _, target := range []string{
			"/keyed?limit=1", "/rows?limit=1&order=h", "/rows?limit=1&order=d.desc", "/rows?limit=1&order=p",
			"/rows?limit=1&order=x", "/rows?order=h",
		} {
			got := send(t, "GET", url+target, "", "Prefer", "pagination=keyset")
			if got.status != 400 || problemOf(t, got).Code != "42883" ||
				!strings.Contains(got.body, "pages by keyset need an order") {
				t.Errorf("%s: %d %s", target, got.status, got.body)
			}
			if target == "/rows?limit=1&order=x" || target == "/rows?limit=1&order=p" {
				continue // which have no order at all
			}
			if got := send(t, "GET", url+target, ""); got.status != 200 {
				t.Errorf("%s by offset: %d %s", target, got.status, got.body)
			}
		}
		if rows, pages := follow(t, url, "/rows?limit=1&order=mood&select=id", nil); len(rows) != 3 ||
			pages != 3 {
			t.Errorf("an enum: %v on %d pages", rows, pages)
		}
	})
}

// A page in the middle reads its own rows from the index, and not those before it.
func TestPagesByKeysetUseTheIndex(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS indexed CASCADE`, `CREATE SCHEMA indexed`,
		`CREATE TABLE indexed.events (id int PRIMARY KEY, at timestamptz NOT NULL,
			kind int NOT NULL)`,
		`INSERT INTO indexed.events SELECT i, timestamptz '2024-01-01' + i / 3 * interval '1 s', i % 5
			FROM generate_series(1, 50000) i`,
		`CREATE INDEX ON indexed.events (at, id)`, `CREATE INDEX ON indexed.events (kind DESC, id)`,
		`ANALYZE indexed.events`)
	db, recorded := record(t, "pgx", pgtest.URI(t))
	url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "indexed")))
	for target, condition := range map[string]string{
		"/events?limit=10&order=id":                  "(id > $",
		"/events?limit=10&order=at.desc":             "(ROW(at, id) < ROW($",
		"/events?limit=10&order=at,id":               "(ROW(at, id) > ROW($",
		"/events?limit=10&order=kind.desc,id":        "(kind <= $",
		"/events?limit=10&order=at.desc&select=kind": "(ROW(at, id) < ROW($",
	} {
		got := send(t, "GET", url+target, "", "Prefer", "pagination=keyset")
		link := nextLink.FindStringSubmatch(got.header.Get("Link"))
		if link == nil {
			t.Fatalf("%s: %d %v", target, got.status, got.header)
		}
		recorded.take()
		if got = send(t, "GET", url+"/events"+link[1], ""); got.status != 200 {
			t.Fatalf("%s: %s", target, got.body)
		}
		for text := range recorded.take() {
			if !strings.Contains(text, `"events"`) {
				continue
			}
			plan := genericPlan(t, db, text)
			if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort") ||
				strings.Count(plan, "Index Cond: "+condition) != 2 { // of the rows, and of the cursor
				t.Errorf("%s: %s\n%s", target, text, plan)
			}
		}
	}
}

// genericPlan returns the plan that PostgreSQL has for a statement whatever its values are.
func genericPlan(t *testing.T, db *sql.DB, text string) string {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	n := 0
	for strings.Contains(text, fmt.Sprint("$", n+1)) {
		n++
	}
	values := strings.TrimSuffix(strings.Repeat("NULL,", n), ",")
	var plan []string
	for _, statement := range []string{
		"SET LOCAL plan_cache_mode = force_generic_plan", "PREPARE paged AS " + text,
		"EXPLAIN (COSTS OFF) EXECUTE paged(" + values + ")",
	} {
		rows, err := tx.Query(statement)
		if err != nil {
			t.Fatalf("%s\n%v", statement, err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.Exec("DEALLOCATE paged"); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}
