package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// The document is at /openapi.json, and at / for clients of PostgREST, which look there for it.
func TestCommandDescribesItsRoutines(t *testing.T) {
	c, db := startSchemas(t)
	status, header, body := c.send("GET", "/openapi.json", "User-Agent", "curl")
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]json.RawMessage
	}
	err := json.Unmarshal([]byte(body), &doc)
	if err != nil || status != 200 || doc.OpenAPI != "3.1.0" {
		t.Fatalf("%d %v %.300s", status, err, body)
	}
	etag := header.Get("ETag")
	for path, methods := range map[string]string{
		"/rpc/add": "get post", "/rpc/cars": "get post", "/rpc/divide": "post", "/rpc/whole": "post",
		"/rpc/twins": "", // nothing tells them apart
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(doc.Paths[path])), " "); got != methods {
			t.Errorf("%s: %q, want %q", path, got, methods)
		}
	}
	for _, test := range []struct {
		path, accept, etag string
		status             int
		mediaType          string
	}{
		{"/", "application/openapi+json", "", 200, "application/openapi+json"},
		{"/", "application/json", "", 200, "application/json"},
		{"/", "application/openapi+json;q=0, */*", "", 200, "text/plain; charset=utf-8"},
		{"/", "text/html, */*", "", 200, "text/html; charset=utf-8"},
		{"/openapi.json", "text/html, */*", "", 200, "application/openapi+json"},
		{"/openapi.json", "*/*", etag, 304, ""},
		{"/openapi.json", "*/*", `"another"`, 200, "application/openapi+json"},
	} {
		fields := []string{"Accept", test.accept}
		if test.etag != "" {
			fields = append(fields, "If-None-Match", test.etag)
		}
		status, header, text := c.send("GET", test.path, fields...)
		mediaType := header.Get("Content-Type")
		if status != test.status || mediaType != test.mediaType || (status == 304) != (text == "") {
			t.Errorf("%+v: %d %v %.100s", test, status, header, text)
		}
		if strings.Contains(mediaType, "json") && status == 200 && text != body {
			t.Errorf("%+v: another document", test)
		}
	}
	if _, _, text := c.get("/"); !strings.Contains(text, "/openapi.json'") {
		t.Errorf("the document is not listed: %s", text)
	}
	mustExec(t, db, `CREATE FUNCTION api.brand_new() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
	mustExec(t, db, "NOTIFY moresql")
	c.becomes("/rpc/brand_new", 200, "")
	if status, _, text := c.send("GET", "/openapi.json", "If-None-Match", etag); status != 200 ||
		!strings.Contains(text, "/rpc/brand_new") {
		t.Errorf("after a reload: %d %.100s", status, text)
	}
	c.stop()
}

// Tables are in the document if they are served, as far as the role may read them.
func TestCommandDescribesItsTables(t *testing.T) {
	c, _ := startTables(t)
	for schema, row := range map[string]string{"api": "title", "two": "here"} {
		_, _, body := c.send("GET", "/openapi.json", "Accept-Profile", schema)
		var doc struct {
			Paths      map[string]map[string]json.RawMessage
			Components struct {
				Schemas map[string]struct{ Properties map[string]any }
			}
		}
		if err := json.Unmarshal([]byte(body), &doc); err != nil {
			t.Fatal(err, body)
		}
		if doc.Paths["/films"]["get"] == nil {
			t.Errorf("%s: no films: %s", schema, body)
		}
		if doc.Components.Schemas[schema+".films.row"].Properties[row] == nil {
			t.Errorf("%s: %v", schema, doc.Components.Schemas)
		}
		if isThere := doc.Paths["/odd%20name"] != nil; isThere != (schema == "api") {
			t.Errorf("%s: the odd name is there: %v", schema, isThere)
		}
	}
	c.stop()
	c, _ = startSchemas(t)
	if _, _, body := c.get("/openapi.json"); strings.Contains(body, "The rows of the") {
		t.Errorf("tables that are not served are described: %.500s", body)
	}
	c.stop()
}

// The sample's own handlers are described, with the comments of the files that they call.
func TestCommandDescribesTheSample(t *testing.T) {
	for name, uri := range map[string]string{"SQLite": "", "PostgreSQL": newPostgreSQL(t)} {
		args := []string{}
		if uri != "" {
			args = append(args, "-init")
		}
		c := start(t, uri, args...)
		status, _, body := c.get("/openapi.json")
		var doc struct {
			Paths map[string]map[string]struct {
				Summary    string
				Parameters []struct{ Name, In string }
			}
		}
		if err := json.Unmarshal([]byte(body), &doc); err != nil || status != 200 {
			t.Fatalf("%s: %d %v %s", name, status, err, body)
		}
		for path, want := range map[string]string{
			"/user": "get", "/cars": "get post", "/cars/{id}": "delete get put", "/films": "get",
		} {
			got := strings.Join(slices.Sorted(maps.Keys(doc.Paths[path])), " ")
			if got != want {
				t.Errorf("%s: %s: %q, want %q", name, path, got, want)
			}
		}
		films := doc.Paths["/films"]["get"]
		if len(films.Parameters) < 3 || films.Parameters[0].Name != "title" {
			t.Errorf("%s: %+v", name, films)
		}
		if name == "SQLite" && films.Summary != "Films by a part of their title and by year" {
			t.Errorf("the comment of the file: %q", films.Summary)
		}
		if name == "PostgreSQL" && !strings.Contains(body, `"electric":{"type":`) {
			t.Errorf("the columns of the cars: %s", body)
		}
		c.stop()
	}
}
