package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// otherwise are settings of a connection that change how PostgreSQL writes values.
const otherwise = "-c DateStyle=SQL,DMY -c IntervalStyle=iso_8601 -c TimeZone=America/St_Johns " +
	"-c extra_float_digits=-3 -c bytea_output=escape"

// oneWay has what cannot be sent back (docs/types.md): a type without an input, arrays of arrays
// that PostgreSQL takes for elements, and documents with a key twice, which a body may not have.
var oneWay = []string{"pg_node_tree", "int2vector array", "oidvector array", "json array"}

// Values of every type are shown as to_json shows them, and what is shown can be sent back.
func TestCommandShowsEveryTypeAsToJSONDoes(t *testing.T) {
	uri := withQuery(t, newPostgreSQL(t), "options", otherwise)
	db := connect(t, uri)
	mustExec(t, db, "CREATE SCHEMA api")
	names := map[string]string{} // of functions that show values, and of those that return one
	show := func(name, same, typ string, expressions []string) {
		var rows []string
		for i, e := range expressions {
			rows = append(rows, fmt.Sprintf("(%d, (%s)::%s)", i, e, typ))
		}
		mustExec(t, db, fmt.Sprintf(`CREATE FUNCTION api.%q() RETURNS TABLE (n int, v %s)
			LANGUAGE sql STABLE AS $f$ VALUES %s $f$`, name, typ, strings.Join(rows, ", ")))
		names[name] = same
	}
	for typ := range pgtest.Samples {
		name := `pg_catalog."` + typ + `"`
		scalars, arrays := pgtest.Expressions(typ)
		for _, form := range []struct {
			name, typ   string
			expressions []string
		}{{typ, name, scalars}, {typ + " array", name + "[]", arrays}} {
			if len(form.expressions) == 0 {
				continue
			}
			same := ""
			if !slices.Contains(oneWay, form.name) {
				same = "same " + form.name
				mustExec(t, db, fmt.Sprintf(`CREATE FUNCTION api.%q(v %s) RETURNS %[2]s
					LANGUAGE sql STABLE AS 'SELECT v'`, same, form.typ))
			}
			show(form.name, same, form.typ, form.expressions)
		}
	}
	c := start(t, uri, "-schema", "api")
	shown, returned := 0, 0
	for name, same := range names {
		var want string
		query := fmt.Sprintf("SELECT json_agg(f ORDER BY n)::text FROM api.%q() f", name)
		if err := db.QueryRow(query).Scan(&want); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		status, _, body := c.get("/rpc/" + url.PathEscape(name))
		if status != 200 || compact(body) != compact(want) {
			t.Errorf("%s: %d\n got %.600s\nwant %.600s", name, status, body, want)
			continue
		}
		var rows []struct{ V json.RawMessage }
		if err := json.Unmarshal([]byte(body), &rows); err != nil {
			t.Fatal(err)
		}
		shown += len(rows)
		if same == "" {
			continue
		}
		for _, row := range rows[:min(len(rows), 6)] {
			value := row.V
			status, _, body := c.request("POST", "/rpc/"+url.PathEscape(same), jsonType,
				`{"v":`+string(value)+"}")
			if status != 200 || compact(body) != compact(string(value)) {
				t.Errorf("%s: %.300s becomes %d %.300s", same, value, status, body)
			}
			returned++
		}
	}
	if shown < 1500 || returned < 500 {
		t.Errorf("%d values are shown, %d are sent back", shown, returned)
	}
	c.stop()
}

// A filter finds each row by what the response shows of it.
func TestCommandFindsWhatItShows(t *testing.T) {
	postgres, _ := startSchemas(t)
	for _, test := range []struct {
		name, list string
		c          *command
	}{{"SQLite", "/cars", start(t, "")}, {"PostgreSQL", "/rpc/trips", postgres}} {
		status, _, body := test.c.get(test.list)
		var rows []map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &rows); status != 200 || err != nil {
			t.Fatalf("%s: %d %s %v", test.name, status, body, err)
		}
		for _, row := range rows {
			for name, value := range row {
				text, filter := string(value), "=eq."
				switch {
				case text == "null":
					filter = "=is."
				case name != "data": // whose strings are documents
					json.Unmarshal(value, &text)
				}
				target := fmt.Sprintf("%s?select=id&id=eq.%s&%s%s%s", test.list, row["id"], name, filter,
					url.QueryEscape(text))
				want := fmt.Sprintf(`[{"id":%s}]`, row["id"])
				if status, _, body := test.c.get(target); status != 200 || body != want {
					t.Errorf("%s: %s: %d %s, want %s", test.name, target, status, body, want)
				}
			}
		}
		test.c.stop()
	}
}

// Columns stand in the order of the result, also those of one name, and equal rows stay.
func TestCommandKeepsOrderAndDuplicates(t *testing.T) {
	postgres, maria := newPostgreSQL(t), newMariaDB(t)
	mustExec(t, connect(t, postgres), `CREATE SCHEMA api;
		CREATE FUNCTION api.f() RETURNS TABLE (z int, a text, m int) LANGUAGE sql STABLE
			AS $$ VALUES (2, 'x', 1), (1, 'y', 3), (2, 'x', 1) $$`)
	mustExec(t, connect(t, maria), `CREATE PROCEDURE f()
		SELECT 2 AS z, 'x' AS a, 1 AS z UNION ALL SELECT 1, 'y', 3 UNION ALL SELECT 2, 'x', 1`)
	for _, test := range []struct{ uri, schema, last string }{
		{postgres, "api", "m"}, {maria, databaseOf(maria), "z"},
	} {
		c := start(t, test.uri, "-schema", test.schema)
		for accept, want := range map[string]string{
			jsonType: `[{"z":2,"a":"x","§":1},{"z":1,"a":"y","§":3},{"z":2,"a":"x","§":1}]`,
			"application/x-ndjson": `{"z":2,"a":"x","§":1}` + "\n" + `{"z":1,"a":"y","§":3}` + "\n" +
				`{"z":2,"a":"x","§":1}` + "\n",
			"text/csv": "z,a,§\r\n2,x,1\r\n1,y,3\r\n2,x,1\r\n",
		} {
			r := c.newRequest("POST", "/rpc/f", "")
			r.Header.Set("Accept", accept)
			want = strings.ReplaceAll(want, "§", test.last)
			if status, _, body := c.do(r); status != 200 || body != want {
				t.Errorf("%s, %s: %d %q, want %q", test.schema, accept, status, body, want)
			}
		}
		c.stop()
	}
}
