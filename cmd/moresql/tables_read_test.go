package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The pages by keyset are the whole, whatever has been inserted and deleted before them.
func TestCommandPagesByKeyset(t *testing.T) {
	c, db := startTables(t)
	mustExec(t, db, `INSERT INTO api.films SELECT i, 't' || i % 7, i % 3, 1
		FROM generate_series(10, 60) i`)
	next := regexp.MustCompile(`^<(\?.*)>; rel="next"$`)
	target, seen := "/films?select=id&order=price.desc&limit=4", ""
	for page := 1; target != ""; page++ {
		r := c.newRequest("GET", target, "")
		r.Header.Set("Prefer", "pagination=keyset")
		status, header, body := c.do(r)
		if status != 200 || page > 30 {
			t.Fatalf("page %d of %s: %d %s", page, target, status, body)
		}
		seen, target = seen+body, ""
		if link := next.FindStringSubmatch(header.Get("Link")); link != nil {
			target = "/films" + link[1]
		}
		mustExec(t, db, fmt.Sprintf(`DELETE FROM api.films WHERE id = %d;
			INSERT INTO api.films VALUES (%[1]d, 'first', 9999, 1)`, 1000+page))
	}
	for i := 10; i <= 60; i++ {
		if n := strings.Count(seen, fmt.Sprintf(`{"id":%d}`, i)); n != 1 {
			t.Errorf("%d is there %d times", i, n)
		}
	}
	if status, _, body := c.get("/films?cursor=AAAA"); status != 400 ||
		!strings.Contains(body, "follow the Link") {
		t.Errorf("%d %s", status, body)
	}
	c.stop()
}

// What a table is made into by an aggregate, and what only clients of PostgREST accept.
func TestCommandServesOtherMediaTypesOfTables(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api;
		CREATE TABLE api.films (id int PRIMARY KEY, title text, price numeric);
		INSERT INTO api.films VALUES (1, 'Up', 9.90), (2, 'Down', NULL);
		CREATE DOMAIN api."text/x-titles" AS text;
		CREATE FUNCTION api.add_title(text, api.films) RETURNS api."text/x-titles" LANGUAGE sql
			AS $$ SELECT $1 || $2.title || ';' $$;
		CREATE AGGREGATE api.titles_of(api.films) (SFUNC = api.add_title,
			STYPE = api."text/x-titles", INITCOND = '')`)
	c := start(t, uri, "-schema", "api", "-tables")
	for _, test := range []struct{ accept, target, mediaType, want string }{
		{"text/x-titles", "/films?order=id", "text/x-titles; charset=utf-8", "Up;Down;"},
		{"application/vnd.pgrst.array+json;nulls=stripped", "/films?select=id,price&order=id",
			"application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
			`[{"id":1,"price":9.90},{"id":2}]`},
		{"application/vnd.pgrst.object", "/films?select=id&id=eq.1",
			"application/vnd.pgrst.object+json; charset=utf-8", `{"id":1}`},
		{"text/csv; version=1", "/films?select=id&id=eq.1",
			"text/csv; charset=utf-8; header=present", "id\r\n1\r\n"},
	} {
		status, header, body := c.send("GET", test.target, "Accept", test.accept)
		got := header.Get("Content-Type")
		if status != 200 || got != test.mediaType || body != test.want {
			t.Errorf("%s of %s: %d, %q %q, want %q %q", test.accept, test.target, status, got, body,
				test.mediaType, test.want)
		}
		if at := header.Get("Content-Location"); !strings.HasPrefix(at, "/films?") {
			t.Errorf("Content-Location is %q", at)
		}
	}
	c.stop()
}

// A row is loaded anew only if it has changed, and changed only if nobody else has changed it.
func TestCommandKeepsToEntityTags(t *testing.T) {
	c, db := startTables(t)
	const target = "/films?id=eq.1"
	_, header, _ := c.get(target)
	tag := header.Get("ETag")
	if status, _, body := c.get(target, "If-None-Match", tag); status != 304 || body != "" {
		t.Errorf("%d %q", status, body)
	}
	patch := func(price, tag string) int {
		t.Helper()
		r := c.newRequest("PATCH", target, `{"price":`+price+`}`)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-Match", tag)
		status, _, _ := c.do(r)
		return status
	}
	if status := patch("1", tag); status != 204 {
		t.Errorf("as it was read: %d", status)
	}
	if status := patch("2", tag); status != 412 {
		t.Errorf("as it was before: %d", status)
	}
	if status, _, _ := c.get(target, "If-None-Match", tag); status != 200 {
		t.Errorf("changed: %d", status)
	}
	var price string
	if err := db.QueryRow("SELECT price FROM api.films WHERE id = 1").Scan(&price); err != nil ||
		price != "1.00" {
		t.Errorf("%s, %v", price, err)
	}
	c.stop()
}

// A list within a row is whole, or the request is refused.
func TestCommandCutsNoEmbeddedList(t *testing.T) {
	check := func(c *command) {
		for _, test := range []struct {
			target string
			status int
			want   string
		}{
			{"/directors?select=id,films(id)&id=eq.2", 200, `[{"id":2,"films":[{"id":3}]}]`},
			{"/directors?select=id,films(id)&order=id", 400, "films.limit=1"},
			{"/directors?select=id,films(id)&id=eq.1&films.order=id.desc&films.limit=1", 200,
				`[{"id":1,"films":[{"id":2}]}]`},
			{"/films?select=id,directors(name)&id=eq.3", 200, `[{"id":3,"directors":{"name":"Bob"}}]`},
		} {
			status, _, body := c.get(test.target)
			if status != test.status || !strings.Contains(body, test.want) {
				t.Errorf("%s: %d %s, want %d %s", test.target, status, body, test.status, test.want)
			}
		}
		c.stop()
	}
	c, _ := startTables(t, "-max-rows", "1")
	check(c)
	c, _ = startFile(t, "-max-rows", "1")
	check(c)
}

// SQLite sends rows as they come: what is found too late is no complete response, and is logged.
func TestCommandLogsWhyItCutsAResponse(t *testing.T) {
	c, db := startFile(t, "-max-rows", "2")
	mustExec(t, db, `INSERT INTO directors VALUES (0, printf('%.*c', 100000, 'x'), NULL);
		INSERT INTO films (id, director_id) VALUES (4, 1)`)
	r := c.newRequest("GET", "/directors?select=name,films(id)&order=id", "")
	r.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil || res.StatusCode != 200 {
		t.Errorf("a complete response %d of %d bytes", res.StatusCode, len(body))
	}
	c.await(c.stderr, "an embedded list has more than 2 rows")
	c.stop()
}
