package openapitest

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/openapi"
)

// serve serves all routines of schemas at /rpc/, their relations at / and the document of both at
// /openapi.json.
func serve(
	t *testing.T, db *sql.DB, schemas []string, options ...moresql.Option,
) (url string, reload func()) {
	t.Helper()
	cat, m := load(t, db, schemas...), moresql.New(db, options...)
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
	mux.Handle("/{relation}", rest.Tables(m, cat))
	mux.Handle("/openapi.json", openapi.Handler(m, cat, openapi.About{Tables: "/"}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, func() {
		if err := cat.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// send sends a request with header fields, alternately names and values.
func send(
	t *testing.T, method, url, body string, fields ...string,
) (*http.Request, *http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(fields, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	response.Body = io.NopCloser(strings.NewReader(string(text)))
	r.Body = io.NopCloser(strings.NewReader(body))
	return r, response, string(text)
}

// What the server sends is as the document says.
func TestResponsesAreAsDescribed(t *testing.T) {
	db := open(t, "kinds.sql", "values.sql", "relations.sql")
	url, _ := serve(t, db, schemas)
	_, response, document := send(t, "GET", url+"/openapi.json", "")
	if response.StatusCode != 200 {
		t.Fatalf("%d %s", response.StatusCode, document)
	}
	doc, err := libopenapi.NewDocument([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if errs != nil {
		t.Fatal(errs)
	}
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/every", "", 200},
		{"GET", "/every?select=c,ae", "", 200},
		{"GET", "/set_of_table?order=id.desc&limit=1&id=gt.0", "", 200},
		{"GET", "/set_of_scalar", "", 200},
		{"GET", "/set_of_enum", "", 200},
		{"GET", "/set_of_composite", "", 200},
		{"GET", "/composites_inside?n={}", "", 200},
		{"GET", "/composite?p=" + `{"amount":1.5,"currency":"EUR","moods":["sad",null]}`, "", 200},
		{"GET", "/limited?c=AB-12&n=7", "", 200},
		{"GET", "/enum?m=sad", "", 200},
		{"GET", "/scalar?a=1&b=x", "", 200},
		{"GET", "/overloaded", "", 200},
		{"GET", "/overloaded?a=1&b=2", "", 200},
		{"GET", "/defaults?a=1", "", 200},
		{"GET", "/outs?b=x&c=ok", "", 200},
		{"GET", "/returns_table?n=1", "", 200},
		{"GET", "/table_of_one", "", 200},
		{"GET", "/table_of_composite", "", 200},
		{"GET", "/domain_over_composite", "", 200},
		{"GET", "/no_columns", "", 204},
		{"GET", "/void", "", 204},
		{"GET", "/variadic_of?a=1&b=x&b=y", "", 200},
		{"POST", "/enum", `{"m": null}`, 200},
		{"POST", "/limited", `{"c": "AB-12", "p": null}`, 200},
		{"POST", "/nothing", "", 204},
		{"POST", "/gives", `{"a": 3, "r": 1, "list": [1]}`, 200},
		{"POST", "/whole_body", `{"any": ["thing"]}`, 200},
		{"POST", "/array_of", `{"a": [1, null], "b": null, "c": null, "d": null}`, 200},
		{"POST", "/hash", `{"a": "k=>v, n=>NULL", "b": null}`, 200},
		{"GET", "../directors?order=id&id=gte.1", "", 200},
		{"GET", "../films?limit=1&offset=1", "", 200},
		{"GET", "../films?select=title,director(name)", "", 200},
		{"GET", "../titles", "", 200},
		{"GET", "../counts", "", 200},
		{"POST", "../actors", `{"id": 5, "name": "Kim"}`, 201},
		{"POST", "../actors", `[{"id": 6, "name": "Lee"}, {"id": 7, "name": "Mo"}]`, 201},
		{"PATCH", "../actors?id=eq.5", `{"name": "Kit"}`, 204},
		{"PUT", "../actors?id=eq.8", `{"id": 8, "name": "Nan"}`, 204},
		{"DELETE", "../actors?id=gt.4", "", 204},
		{"POST", "../actors", `{"id": 1, "name": "Eve again"}`, 409},
		{"GET", "../films?id=eq.x", "", 400},
		{"GET", "/enum?m=happy", "", 400},
		{"GET", "/every?c=nope.1", "", 400},
		{"GET", "/enum", "", 404},
		{"POST", "/overloaded", `{"a": 1}`, 300},
		{"POST", "/limited", `{"c": "ab"}`, 400},
	} {
		fields := []string{"Content-Type", "application/json"}
		if test.body == "" {
			fields = nil
		}
		if strings.HasPrefix(test.path, "..") && test.method == "POST" {
			fields = append(fields, "Prefer", "return=representation") // OpenAPI has no optional body
		}
		path := strings.NewReplacer(" ", "%20", `"`, "%22", "{", "%7B", "}", "%7D").Replace(test.path)
		path, isTable := strings.CutPrefix(path, "..")
		if !isTable {
			path = "/rpc" + path
		}
		r, response, body := send(t, test.method, url+path, test.body, fields...)
		if response.StatusCode != test.status {
			t.Errorf("%s %s: %d %s", test.method, test.path, response.StatusCode, body)
			continue
		}
		selects := strings.Contains(path, "select=") // which leaves out columns that are described
		if ok, problems := v.ValidateHttpResponse(r, response); ok == selects {
			t.Errorf("%s %s: %.600s", test.method, test.path, body)
			for _, p := range problems {
				t.Errorf("%s: %s", p.Message, p.Reason)
				for _, e := range p.SchemaValidationErrors {
					t.Errorf("%s: %s", e.KeywordLocation, e.Reason)
				}
			}
		}
		if ok, problems := v.ValidateHttpRequest(r); !ok && test.status < 300 {
			for _, p := range problems {
				t.Errorf("%s %s: %s: %s", test.method, test.path, p.Message, p.Reason)
			}
		}
	}
}

// A role gets the document of what it may call, with a tag of its own, and GRANT and REVOKE have an
// effect at once.
func TestDocumentFollowsTheRightsOfTheRole(t *testing.T) {
	db := open(t)
	run(t, db, `DO $$ BEGIN CREATE ROLE openapi_ann; EXCEPTION WHEN duplicate_object THEN END $$;
		DO $$ BEGIN CREATE ROLE openapi_bob; EXCEPTION WHEN duplicate_object THEN END $$;
		CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO openapi_ann, openapi_bob;
		CREATE FUNCTION api.all() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE TYPE api.secret AS ENUM ('classified');
		CREATE FUNCTION api.anns(s api.secret) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.anns() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		REVOKE EXECUTE ON FUNCTION api.anns(api.secret), api.anns() FROM public;
		GRANT EXECUTE ON FUNCTION api.anns(api.secret) TO openapi_ann`)
	t.Cleanup(func() {
		db.Exec("DROP OWNED BY openapi_ann, openapi_bob; DROP ROLE openapi_ann, openapi_bob")
	})
	session := rest.Session(func(r *http.Request) (rest.Identity, error) {
		role := r.Header.Get("X-Role")
		if role == "" {
			return rest.Identity{}, &moresql.Error{Status: 401, Message: "who are you?", Public: true}
		}
		return rest.Identity{Role: role, Claims: role}, nil
	})
	url, reload := serve(t, db, []string{"api"}, session)
	get := func(role string, fields ...string) (int, string, []string, string) {
		t.Helper()
		_, response, body := send(t, "GET", url+"/openapi.json", "", append(fields, "X-Role", role)...)
		if response.StatusCode != 200 {
			return response.StatusCode, response.Header.Get("Etag"), nil, body
		}
		validate(t, []byte(body))
		var paths []string
		for path := range at(parse(t, []byte(body)), "paths").(object) {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		return 200, response.Header.Get("Etag"), paths, body
	}
	if status, _, _, body := get(""); status != 401 || strings.Contains(body, "paths") {
		t.Errorf("a stranger: %d %s", status, body)
	}
	_, ann, paths, body := get("openapi_ann")
	if len(paths) != 2 || paths[1] != "/rpc/anns" || !strings.Contains(body, "classified") {
		t.Errorf("%q %s", paths, body)
	}
	if strings.Contains(body, "anns()") {
		t.Errorf("an overload that the role may not call is described: %s", body)
	}
	_, bob, paths, body := get("openapi_bob")
	if !slices.Equal(paths, []string{"/rpc/all"}) || strings.Contains(body, "classified") {
		t.Errorf("%q %s", paths, body)
	}
	for _, test := range []struct {
		role, tag string
		status    int
	}{
		{"openapi_ann", ann, 304},
		{"openapi_ann", `"x", W/` + ann, 304},
		{"openapi_ann", "*", 304},
		{"openapi_ann", bob, 200},
		{"openapi_bob", ann, 200},
		{"openapi_bob", bob, 304},
	} {
		status, tag, _, body := get(test.role, "If-None-Match", test.tag)
		if status != test.status || status == 304 && body != "" || tag == "" {
			t.Errorf("%s %s: %d %q %s", test.role, test.tag, status, tag, body)
		}
	}
	run(t, db, "GRANT EXECUTE ON FUNCTION api.anns(api.secret) TO openapi_bob")
	if _, tag, _, _ := get("openapi_bob"); tag != ann {
		t.Error("roles with the same rights have different documents")
	}
	run(t, db, "REVOKE USAGE ON SCHEMA api FROM openapi_bob")
	if _, _, paths, _ := get("openapi_bob"); paths != nil {
		t.Errorf("the schema is closed: %q", paths)
	}
	run(t, db, "CREATE FUNCTION api.new() RETURNS int LANGUAGE sql AS 'SELECT 1'")
	reload()
	status, _, paths, _ := get("openapi_ann", "If-None-Match", ann)
	if status != 200 || len(paths) != 3 {
		t.Errorf("after a reload: %d %q", status, paths)
	}
}
