package openapitest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/rest"
)

// oddColumns are names that the grammar has words, dots or quotes of its own for.
const oddColumns = `id int, "e.f" text, "c""d" text, "a\b" text, "g,h" text, "(x)" text,
	"a->b" text, "a:b" text, " lead" text, "two words" text, "or" text, "not.and" text, "select" text,
	"order" text, "limit" text, "columns" text, "on_conflict" text, "ünï" text,
	PRIMARY KEY (id, "or")`

// A filter of the document is one to the server, whatever the column is called, and no operation
// has two parameters of one name.
func TestFiltersHaveTheNamesThatTheServerKnows(t *testing.T) {
	db := open(t)
	run(t, db, `CREATE SCHEMA api; CREATE TABLE api.odd (`+oddColumns+`);
		CREATE FUNCTION api.odds(a int DEFAULT 1) RETURNS SETOF api.odd LANGUAGE sql STABLE
			AS 'SELECT * FROM api.odd'`)
	address, _ := serve(t, db, []string{"api"})
	_, _, body := send(t, "GET", address+"/openapi.json", "")
	validate(t, []byte(body))
	doc := parse(t, []byte(body))
	for _, operation := range []struct {
		path, method string
		filters      int // of 18 columns, of which five are words of the grammar
	}{
		{"/odd", "get", 13}, {"/odd", "patch", 18}, {"/odd", "delete", 18}, {"/odd", "put", 2},
		{"/rpc/odds", "get", 13}, {"/rpc/odds", "post", 13},
	} {
		var names []string
		filters := 0
		parameters, _ := at(doc, "paths", operation.path, operation.method, "parameters").([]any)
		for _, p := range parameters {
			if reference, ok := at(p, "$ref").(string); ok {
				name := reference[strings.LastIndex(reference, "/")+1:]
				p = at(doc, "components", "parameters", name)
			}
			name := at(p, "name").(string)
			if slices.Contains(names, name) {
				t.Errorf("%s %s has two parameters %s", operation.method, operation.path, name)
			}
			names = append(names, name)
			if at(p, "x-filter") != true {
				continue
			}
			filters++
			target := address + operation.path + "?" + url.QueryEscape(name) + "=is.null"
			_, response, text := send(t, "GET", target, "")
			if response.StatusCode != 200 {
				t.Errorf("a filter %s: %d %s", name, response.StatusCode, text)
			}
		}
		if filters != operation.filters {
			t.Errorf("%s %s has %d filters of %d", operation.method, operation.path, filters,
				operation.filters)
		}
	}
}

// Where a role may read some columns only, the document says so of the rows, and names the columns
// where it says what can be embedded: the server refuses a star.
func TestRowsWithOtherColumnsAreSaidToBePartial(t *testing.T) {
	db := open(t)
	run(t, db, `DO $$ BEGIN CREATE ROLE openapi_kim; EXCEPTION WHEN duplicate_object THEN END $$;
		CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO openapi_kim;
		CREATE TABLE api.films (id int PRIMARY KEY, "e.f" text, budget int);
		CREATE TABLE api.reviews (film int REFERENCES api.films);
		GRANT SELECT (id, "e.f") ON api.films TO openapi_kim; GRANT SELECT ON api.reviews TO openapi_kim`)
	t.Cleanup(func() { db.Exec("DROP OWNED BY openapi_kim; DROP ROLE openapi_kim") })
	session := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{Role: "openapi_kim", Claims: "{}"}, nil
	})
	address, _ := serve(t, db, []string{"api"}, session)
	_, _, body := send(t, "GET", address+"/openapi.json", "")
	doc := parse(t, []byte(body))
	for row, want := range map[string]any{"api.films.row": true, "api.reviews.row": nil} {
		if got := at(doc, "components", "schemas", row, "x-partial"); got != want {
			t.Errorf("%s: %v, want %v", row, got, want)
		}
	}
	const embedded = `films(id,"e.f")`
	about, _ := at(doc, "paths", "/reviews", "get", "description").(string)
	if !strings.Contains(about, "`"+embedded+"`") {
		t.Errorf("what can be embedded: %s", about)
	}
	for selected, want := range map[string]int{embedded: 200, "films(*)": 403} {
		target := address + "/reviews?select=" + url.QueryEscape(selected)
		if _, response, text := send(t, "GET", target, ""); response.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", selected, response.StatusCode, text, want)
		}
	}
}
