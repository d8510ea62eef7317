package openapitest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/openapi"
)

// A row has what the database says of its columns.
func TestRowsOfRelationsAreDescribed(t *testing.T) {
	cat := load(t, open(t, "kinds.sql", "relations.sql"), schemas...)
	doc := parse(t, openapi.Document(cat.Current(), openapi.About{Tables: "/"}))
	row := at(doc, "components", "schemas", "kinds.directors.row")
	for column, want := range map[string]string{
		"id":    `{"description":"The primary key.","format":"int32","type":"integer"}`,
		"name":  `{"maxLength":40,"type":"string"}`,
		"mood":  `{"allOf":[{"$ref":"#/components/schemas/kinds.mood"}],"default":"ok"}`,
		"code":  `{"$ref":"#/components/schemas/kinds.code"}`, // a domain that is NOT NULL
		"born":  `{"description":"The day of birth","format":"date","type":["string","null"]}`,
		"label": `{"readOnly":true,"type":["string","null"]}`,
	} {
		if got := shown(at(row, "properties", column)); got != want {
			t.Errorf("%s: %s, want %s", column, got, want)
		}
	}
	if got := shown(at(row, "x-primary-key")); got != `["id"]` {
		t.Errorf("the key: %s", got)
	}
	film := at(doc, "components", "schemas", "kinds.films.row", "properties")
	for column, want := range map[string]string{
		"director": `{"description":"Refers to ` + "`kinds.directors.id`" +
			`.","format":"int32","type":"integer"}`,
		"price": `{"default":9.5,"exclusiveMaximum":10000,"exclusiveMinimum":-10000,` +
			`"type":["number","null"]}`,
	} {
		if got := shown(at(film, column)); got != want {
			t.Errorf("%s: %s, want %s", column, got, want)
		}
	}
	directors := at(doc, "paths", "/directors", "get")
	if at(directors, "summary") != "People who direct." ||
		!strings.HasPrefix(at(directors, "description").(string), "Each of them at least once.\n\n") {
		t.Errorf("%v", directors)
	}
	films := at(doc, "paths", "/films", "get", "description").(string)
	for _, name := range []string{
		"`director(*)` (one row)", "`second(*)` (one row)", "`sequel_of(*)` (one row)", "`films(*)`",
		"`actors(*)`", "`roles(*)`",
	} {
		if !strings.Contains(films, name) {
			t.Errorf("%s is missing: %s", name, films)
		}
	}
	counts := at(doc, "components", "schemas", "kinds.counts.row", "properties")
	if at(counts, "n", "readOnly") != true {
		t.Error("a count can be written")
	}
}

// A row that is added needs what the database would refuse it without, and a method is there where
// some right is.
func TestWritesOfRelationsAreDescribed(t *testing.T) {
	cat := load(t, open(t, "kinds.sql", "relations.sql"), schemas...)
	doc := parse(t, openapi.Document(cat.Current(), openapi.About{Tables: "/"}))
	for path, want := range map[string]string{
		"/directors": "delete get patch post put", "/same%20name": "delete get patch post",
		"/titles": "delete get patch post put", "/counts": "get",
	} {
		methods := slices.Sorted(maps.Keys(at(doc, "paths", path).(object)))
		if got := strings.Join(methods, " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	insert := at(doc, "components", "schemas", "kinds.directors.insert")
	if got := shown(at(insert, "required")); got != `["name","code"]` {
		t.Errorf("required: %s", got) // code is of a domain that is NOT NULL
	}
	columns := slices.Sorted(maps.Keys(at(insert, "properties").(object)))
	if !slices.Equal(columns, []string{"born", "code", "id", "mood", "name"}) {
		t.Errorf("an insert has %q", columns) // label is generated
	}
	update := at(doc, "components", "schemas", "kinds.directors.update")
	if update == nil || at(update, "required") != nil {
		t.Errorf("an update requires columns: %v", update)
	}
	// What a generator takes for a column that is always there, a request may leave out.
	for component, want := range map[string]string{
		"row": `{"allOf":[{"$ref":"#/components/schemas/kinds.mood"}],"default":"ok"}`,
		"insert": `{"allOf":[{"$ref":"#/components/schemas/kinds.mood"}],` +
			"\"description\":\"Without it: `\\\"ok\\\"`.\"}",
		"update": `{"$ref":"#/components/schemas/kinds.mood"}`,
	} {
		schema := at(doc, "components", "schemas", "kinds.directors."+component)
		if got := shown(at(schema, "properties", "mood")); got != want {
			t.Errorf("%s: %s, want %s", component, got, want)
		}
	}
}

// A role has in its document what it may read, column by column, and the names of nothing else.
func TestDocumentFollowsTheRightsToRelations(t *testing.T) {
	db := open(t)
	run(t, db, `DO $$ BEGIN CREATE ROLE openapi_eve; EXCEPTION WHEN duplicate_object THEN END $$;
		CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO openapi_eve;
		CREATE TABLE api.classified (id int PRIMARY KEY, codename text);
		CREATE TABLE api.films (id int PRIMARY KEY, title text, budget int,
			file int REFERENCES api.classified);
		CREATE TABLE api.drop_box (id int, note text);
		CREATE VIEW api.titles AS SELECT title FROM api.films;
		GRANT SELECT (id, title, file) ON api.films TO openapi_eve;
		GRANT SELECT ON api.titles TO openapi_eve;
		GRANT INSERT ON api.drop_box TO openapi_eve`)
	t.Cleanup(func() { db.Exec("DROP OWNED BY openapi_eve; DROP ROLE openapi_eve") })
	session := rest.Session(func(r *http.Request) (rest.Identity, error) {
		return rest.Identity{Role: r.Header.Get("X-Role"), Claims: "{}"}, nil
	})
	url, _ := serve(t, db, []string{"api"}, session)
	get := func() (paths []string, doc object, body string) {
		t.Helper()
		_, response, body := send(t, "GET", url+"/openapi.json", "", "X-Role", "openapi_eve")
		if response.StatusCode != 200 {
			t.Fatalf("%d %s", response.StatusCode, body)
		}
		validate(t, []byte(body))
		doc = parse(t, []byte(body))
		for path, methods := range at(doc, "paths").(object) {
			if at(methods, "get") != nil {
				paths = append(paths, path)
			}
		}
		return slices.Sorted(slices.Values(paths)), doc, body
	}
	paths, doc, body := get()
	if !slices.Equal(paths, []string{"/films", "/titles"}) {
		t.Errorf("%q", paths)
	}
	row := at(doc, "components", "schemas", "api.films.row", "properties").(object)
	if got := slices.Sorted(maps.Keys(row)); !slices.Equal(got, []string{"file", "id", "title"}) {
		t.Errorf("%q", got)
	}
	box := at(doc, "paths", "/drop_box").(object)
	if at(box, "post") == nil || len(box) != 1 ||
		at(doc, "components", "schemas", "api.drop_box.row") != nil {
		t.Errorf("what may only be filled: %v", box)
	}
	for _, secret := range []string{"budget", "classified", "codename"} {
		if strings.Contains(body, secret) {
			t.Errorf("%s is described: %s", secret, body)
		}
	}
	run(t, db, "GRANT SELECT ON api.classified, api.films TO openapi_eve")
	if paths, _, body := get(); len(paths) != 3 || !strings.Contains(body, "budget") {
		t.Errorf("%q %s", paths, body)
	}
	run(t, db, "REVOKE SELECT ON api.titles FROM openapi_eve")
	if paths, _, _ := get(); slices.Contains(paths, "/titles") {
		t.Errorf("%q", paths)
	}
}

// What an operation is of, and what can be embedded in its rows, a program reads without prose.
func TestKindsAndEmbeddingsAreDescribed(t *testing.T) {
	db := open(t, "kinds.sql", "relations.sql")
	cat := load(t, db, schemas...)
	doc := parse(t, openapi.Document(cat.Current(), openapi.About{Tables: "/"}))
	for _, test := range []struct{ path, method, member, want string }{
		{"/films", "get", "x-kind", `"table"`},
		{"/titles", "get", "x-kind", `"view"`},
		{"/rpc/gives", "post", "x-kind", `"procedure"`},
		{"/rpc/every", "get", "x-kind", `"function"`},
		{"/rpc/every", "get", "x-reads", "true"},
		{"/rpc/scalar", "post", "x-reads", "false"},
		// roles has two foreign keys, to relations of which the view shows one
		{"/actors", "get", "x-embeds", `[{"name":"films","one":false,"path":"/films"},` +
			`{"name":"roles","one":false,"path":"/roles"},{"name":"titles","one":false,"path":"/titles"}]`},
		{"/counts", "get", "x-embeds", "null"},
	} {
		if got := shown(at(doc, "paths", test.path, test.method, test.member)); got != test.want {
			t.Errorf("%s of %s: %s, want %s", test.member, test.path, got, test.want)
		}
	}
}
