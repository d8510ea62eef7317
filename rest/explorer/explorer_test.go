package explorer

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// serving returns a handler of a document, which only those with a token may see if there is one.
func serving(document, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token != "" && r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, document)
	})
}

func get(h http.Handler, target string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const document = `{"openapi": "3.1.0", "info": {"title": "Shop"}, "paths": {
	"/rpc/stock": {"get": {"tags": ["api"], "summary": "How many", "parameters": [
		{"name": "size", "in": "query", "required": true, "schema": {
			"$ref": "#/components/schemas/size"}},
		{"name": "least", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 3}},
		{"$ref": "#/components/parameters/order"}]}},
	"/rpc/sell": {"post": {"tags": ["api"], "requestBody": {"content": {"application/json": {"schema":
		{"type": "object", "required": ["id"], "properties": {
			"id": {"type": ["integer", "null"]}, "password": {"type": "string"}}}}}}}},
	"/cars/{id}": {"get": {"parameters": [{
		"name": "id", "in": "path", "required": true, "schema": {}}]}},
	"/rpc/photo": {"post": {"requestBody": {"content": {"application/octet-stream": {"schema": {}}}}}}
}, "components": {"schemas": {"size": {"type": "string", "enum": ["S", "\"><script>"]}}}}`

// Without JavaScript the page has a form for each call, whose fields are the right controls.
func TestFormsWithoutJavaScript(t *testing.T) {
	h := New("openapi.json", serving(document, ""))
	for _, test := range []struct {
		name, query string
		has         []string
		hasNot      string
	}{
		{
			"the list", "", []string{`href="?call=%2frpc%2fstock"`, "How many", "Choose a routine"},
			"<form",
		},
		{
			"what is required", "call=/rpc/stock",
			[]string{`action="rpc/stock" method="get"`, `<option>S</option>`, `add <bdi>least</bdi>`},
			`name="least"`,
		},
		{
			"what is added", "call=/rpc/stock&with=least",
			[]string{`name="least" type="number" autocomplete="off" value="3" min="1"`}, "add <bdi>",
		},
		{
			"a body", "call=/rpc/sell&with=password",
			[]string{
				`method="post" enctype="application/x-www-form-urlencoded"`, `name="id" type="number"`,
				`name="password" type="password"`,
			}, "add <bdi>",
		},
		{"a value of the path first", "call=/cars/{id}", []string{`name="in.id"`, "Continue"}, "action="},
		{"and then the call", "call=/cars/{id}&in.id=a/b", []string{`action="cars/a%2Fb"`}, "Continue"},
		{"a body that no form writes", "call=/rpc/photo", []string{"needs JavaScript"}, "<button class"},
		{"what is missing", "call=/rpc/gone", []string{"Nothing is served at this path"}, "<form"},
	} {
		query, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		w := get(h, "/?"+query.Encode())
		body := w.Body.String()
		for _, want := range test.has {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %q is missing in %s", test.name, want, body)
			}
		}
		if strings.Contains(body, test.hasNot) || strings.Contains(body, `"><script>`) {
			t.Errorf("%s: %q is in %s", test.name, test.hasNot, body)
		}
	}
}

// Who may not have the document gets the page without a list, and who has a token the list.
func TestListIsThatOfTheClient(t *testing.T) {
	h := New("openapi.json", serving(document, "secret"))
	w := get(h, "/")
	if w.Code != 200 || strings.Contains(w.Body.String(), "stock") ||
		!strings.Contains(w.Body.String(), "It responds with 401") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = get(h, "/", "Authorization", "Bearer secret")
	if !strings.Contains(w.Body.String(), "stock") || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(h, "/"); strings.Contains(w.Body.String(), "stock") {
		t.Errorf("the list of another client: %s", w.Body)
	}
}

// The page may run and load only what the handler serves.
func TestPolicy(t *testing.T) {
	w := get(New("openapi.json", serving(document, "")), "/")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
		"base-uri 'none'", "require-trusted-types-for 'script'",
	} {
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, want) ||
			strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%q is missing in %s", want, policy)
		}
	}
	for _, no := range []string{"style=", "onclick", "<script>", "<style", "http:", "https:"} {
		if strings.Contains(w.Body.String(), no) {
			t.Errorf("the page has %q", no)
		}
	}
}

// All that a browser loads is at most 60 KB compressed, and is the same under one address for good.
func TestFilesAreSmallAndImmutable(t *testing.T) {
	const most = 60 << 10
	h := New("openapi.json", serving(document, "")).(*handler)
	total := 0
	for name, f := range h.files {
		w := get(h, "/"+h.folder+name, "Accept-Encoding", "deflate, gzip;q=0.5, br")
		total += w.Body.Len()
		r, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil || string(plain) != string(f.body) ||
			w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %v %v", name, err, w.Header())
		}
		w = get(h, "/"+h.folder+name, "Accept-Encoding", "gzip;q=0")
		if w.Body.String() != string(f.body) || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed: %v", name, w.Header())
		}
	}
	if total > most || total < 1000 {
		t.Errorf("%d bytes, at most %d", total, most)
	}
	for _, target := range []string{
		"/" + h.folder, "/" + h.folder + pageFile, "/explorer/0/app.js", "/app.js", "/x",
	} {
		if w := get(h, target); w.Code != 404 {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", w.Code, w.Header())
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("HEAD", "/", nil))
	if w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("HEAD: %d %s", w.Code, w.Body)
	}
}
