package dbtest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// unprepared is the schema of a shop as it has grown, with nothing in it for an API: names of all
// sorts, tables without a key, a table of two keys, a partitioned one, an unlogged one, views.
var unprepared = []string{
	`DROP SCHEMA IF EXISTS shop CASCADE`, `CREATE SCHEMA shop`,
	`CREATE TYPE shop.state AS ENUM ('new', 'paid')`,
	`CREATE TABLE shop.customer (id serial PRIMARY KEY, "E-Mail" varchar(80) UNIQUE, vip boolean,
		meta jsonb DEFAULT '{}', since timestamptz DEFAULT '2024-01-02', "limit" money)`,
	`CREATE TABLE shop."order" (id bigserial PRIMARY KEY, customer int REFERENCES shop.customer,
		state shop.state, "select" text, total numeric, at tstzrange)`,
	`CREATE TABLE shop."Order Line" ("order" bigint REFERENCES shop."order", "No." smallint,
		sku char(4), price float8, tags text[], PRIMARY KEY ("order", "No."))`,
	`CREATE TABLE shop.log (at timestamp, what text)`,
	`CREATE UNLOGGED TABLE shop.cache (key bytea, value xml)`,
	`CREATE TABLE shop.sales (day date, n int) PARTITION BY RANGE (day)`,
	`CREATE TABLE shop.sales_2024 PARTITION OF shop.sales
		FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`,
	`CREATE VIEW shop.totals AS SELECT customer, sum(total) FROM shop."order" GROUP BY 1`,
	`CREATE MATERIALIZED VIEW shop."Ünïcode" AS SELECT 'ä'::text AS "ö"`,
	`INSERT INTO shop.customer ("E-Mail", vip, meta) SELECT 'c' || i || '@example.org',
		nullif(i % 3, 0) = 1, jsonb_build_object('city', CASE i % 2 WHEN 0 THEN 'Bonn' ELSE 'Ulm' END,
		'kids', jsonb_build_array(i)) FROM generate_series(1, 57) i`,
	`INSERT INTO shop."order" (customer, state, "select", total) SELECT i % 57 + 1,
		(ARRAY['new', 'paid'])[i % 2 + 1]::shop.state, 's' || i, i * 1.1
		FROM generate_series(1, 123) i`,
	`INSERT INTO shop."Order Line" SELECT i % 123 + 1, i / 123, 'ab', i / 7.0, '{a,"b,c"}'
		FROM generate_series(0, 400) i`,
	`INSERT INTO shop.log SELECT '2024-01-02', 'line ' || i FROM generate_series(1, 31) i`,
	`INSERT INTO shop.cache VALUES ('\x00', '<a/>'), (NULL, NULL)`,
	`INSERT INTO shop.sales SELECT date '2024-01-01' + i, i FROM generate_series(1, 40) i`,
}

// What Flask-Restless promised, on a schema that nobody has prepared: every table is an endpoint,
// pages come by themselves, a search takes any condition and returns JSON, and the program
// sees each request before and after the database does, and each row on its way.
func TestPromisesOfFlaskRestless(t *testing.T) {
	setUp(t, openPostgres(t), unprepared...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "shop")
		base := listen(t, rest.Tables(moresql.New(db, quiet), cat, rest.MaxPage(10)))
		t.Run("every table, by pages", func(t *testing.T) { everyTable(t, db, base, cat) })
		t.Run("search", func(t *testing.T) { searches(t, db, base) })
		t.Run("processors", func(t *testing.T) { processors(t, db, cat) })
	})
}

// everyTable reads all relations by the links from page to page. Rows without a key have no order.
func everyTable(t *testing.T, db *sql.DB, base string, cat *catalog.Catalog) {
	names := 0
	for _, r := range cat.Current().Relations() {
		names++
		var got []any
		order := []string{}
		for _, name := range r.Key {
			order = append(order, `"`+name+`"`)
		}
		query := ""
		if len(order) > 0 {
			query = "?order=" + url.QueryEscape(strings.Join(order, ","))
		}
		path := base + "/" + url.PathEscape(r.Name)
		for pages := 0; ; pages++ {
			a := send(t, "GET", path+query, "")
			var page []any
			if a.status != 200 || json.Unmarshal([]byte(a.body), &page) != nil || len(page) > 10 {
				t.Fatalf("%s%s: %d %s", &r, query, a.status, a.body)
			}
			got = append(got, page...)
			link := nextLink.FindStringSubmatch(a.header.Get("Link"))
			if link == nil || pages > 99 {
				break
			}
			query = link[1]
		}
		from := `shop."` + r.Name + `" AS r`
		if len(order) > 0 {
			from += " ORDER BY " + strings.Join(order, ", ")
		}
		var want []any
		text := queryText(t, db, "SELECT json_agg(s) FROM (SELECT r.* FROM "+from+") AS s")
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d rows, want %d: %v", &r, len(got), len(want), got)
		}
	}
	if names != 8 { // the partition is part of its table
		t.Errorf("there are %d relations", names)
	}
}

// searches tries conditions of every kind, in and with what foreign keys lead to.
func searches(t *testing.T, db *sql.DB, base string) {
	for _, test := range []struct{ target, want string }{
		{`/customer?select=id&vip=is.true&id=lt.20&order=id`,
			`SELECT id FROM shop.customer WHERE vip AND id < 20 ORDER BY id`},
		{`/customer?select=id&or=(meta->>city.eq.Ulm,id.in.(2,4))&id=lte.6&order=id.desc`,
			`SELECT id FROM shop.customer WHERE (meta->>'city' = 'Ulm' OR id IN (2, 4)) AND id <= 6
				ORDER BY id DESC`},
		{`/customer?select=id,"E-Mail"&"E-Mail"=like.c1*&order=id&limit=3`,
			`SELECT id, "E-Mail" FROM shop.customer WHERE "E-Mail" LIKE 'c1%' ORDER BY id LIMIT 3`},
		{`/customer?select=id&meta->kids->0=eq.7`,
			`SELECT id FROM shop.customer WHERE meta->'kids'->0 = '7'`},
		{`/order?select=id,select,customer(meta)&and=(select.eq.s5)`,
			`SELECT id, "select", (SELECT row_to_json(c) FROM (SELECT meta FROM shop.customer
				WHERE id = customer) c) AS customer FROM shop."order" WHERE "select" = 's5'`},
		{`/order?select=id,"Order Line"!inner("No.")&"Order Line".price=gt.56.9&order=id`,
			`SELECT id, (SELECT json_agg(l) FROM (SELECT "No." FROM shop."Order Line"
				WHERE "order" = o.id AND price > 56.9) l) AS "Order Line" FROM shop."order" o
				WHERE EXISTS (SELECT FROM shop."Order Line" WHERE "order" = o.id AND price > 56.9)
				ORDER BY id`},
		{`/Order Line?select=order,"No."&tags=cs.{"b,c"}&price=gte.57`,
			`SELECT "order", "No." FROM shop."Order Line" WHERE tags @> '{"b,c"}' AND price >= 57`},
		{`/sales?select=n&day=gte.2024-02-08&order=n`,
			`SELECT n FROM shop.sales WHERE day >= '2024-02-08' ORDER BY n`},
		{`/cache?select=key&key=is.null`, `SELECT key FROM shop.cache WHERE key IS NULL`},
	} {
		path, query, _ := strings.Cut(test.target, "?")
		replace := strings.NewReplacer(`"`, "%22", " ", "%20", "{", "%7B", "}", "%7D", ">", "%3E")
		a := send(t, "GET", base+replace.Replace(path)+"?"+replace.Replace(query), "")
		want := "SELECT coalesce(json_agg(r), '[]') FROM (" + test.want + ") r"
		if a.status != 200 || !sameJSON(t, a.body, queryText(t, db, want)) {
			t.Errorf("%s: %d %s, want %s", test.target, a.status, a.body, queryText(t, db, want))
		}
	}
}

// processors refuses, changes and counts what comes through.
func processors(t *testing.T, db *sql.DB, cat *catalog.Catalog) {
	var before, after, failed atomic.Int64
	hidden, err := row.ValueOf("hidden")
	if err != nil {
		t.Fatal(err)
	}
	base := listen(t, rest.Tables(moresql.New(db, quiet), cat, moresql.Hooks{
		Before: func(r *http.Request, c *moresql.Call) error {
			before.Add(1)
			if c.Name == "shop.log" && r.Header.Get("X-Admin") == "" {
				return &moresql.Error{Status: http.StatusForbidden, Message: "for admins", Public: true}
			}
			return nil
		},
		Row: func(r *row.Row) error {
			for i, c := range r.Columns() {
				switch {
				case c.Name == "E-Mail":
					r.Set(i, hidden)
				case c.Name == "id" && r.Value(i).Int() == 2:
					return row.ErrSkip
				}
			}
			return nil
		},
		After: func(_ *http.Request, _ *moresql.Call, err error) {
			after.Add(1)
			if err != nil {
				failed.Add(1)
			}
		},
	}))
	for _, test := range []struct {
		target, admin string
		status        int
		want          string
	}{
		{"/customer?select=id,%22E-Mail%22&id=lt.4&order=id", "", 200,
			`[{"id":1,"E-Mail":"hidden"},{"id":3,"E-Mail":"hidden"}]`},
		{"/log?limit=1&select=what", "", 403, ""},
		{"/log?select=what&what=eq.line%203", "yes", 200, `[{"what":"line 3"}]`},
		{"/nothing", "", 404, ""},
	} {
		a := send(t, "GET", base+test.target, "", "X-Admin", test.admin)
		if a.status != test.status || test.want != "" && a.body != test.want {
			t.Errorf("%s: %d %s, want %d %s", test.target, a.status, a.body, test.status, test.want)
		}
	}
	if before.Load() != 3 || after.Load() != 4 || failed.Load() != 2 {
		t.Errorf("%d before, %d after, %d of them failed", before.Load(), after.Load(), failed.Load())
	}
}
