package openapitest

import (
	"net/url"
	"slices"
	"strings"
	"testing"
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
