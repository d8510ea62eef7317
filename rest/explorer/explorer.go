// Package explorer serves a page on which people find and call what an OpenAPI document describes:
// routines and relations with their comments, a form for each, and results as tables, charts, JSON
// and files.
//
//	document := openapi.Handler(m, cat, openapi.About{})
//	mux.Handle("GET /openapi.json", document)
//	page := explorer.New("openapi.json", document)
//	mux.Handle("GET /{$}", page)
//	mux.Handle("GET /explorer/", page)
//
// The page needs no other server, and works without JavaScript for what a form can do.
package explorer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var assets embed.FS

// policy lets the page load and run only what the handler itself serves, and call only its own
// server. With trusted types no text can become HTML, whatever a database says of itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// New returns a handler of GET and HEAD for the page of an OpenAPI 3.1 document, as package openapi
// makes it. document serves that document; its address, relative to the page, is where the page
// gets it. Both have to be those of one server, since the page calls no other.
//
// The page is at the root of the handler, and what it loads in the folder explorer below that:
// mount it at "/", or elsewhere under http.StripPrefix. Each request for the page is one for the
// document too, with the same header: the page lists what its client may call. Someone whom the
// document refuses gets the page without a list, and with a place for a token, which stays in the
// browser's tab.
//
// The response forbids to be framed, and may be cached by the client alone. The files in the folder
// never change under one address. It is safe for concurrent use if document is.
func New(address string, document http.Handler) http.Handler {
	h := &handler{address: address, document: document, files: map[string]*file{}}
	entries, err := fs.ReadDir(assets, "assets")
	if err != nil {
		panic(err) // they are embedded
	}
	sum := sha256.New()
	for _, entry := range entries {
		body, err := assets.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err)
		}
		sum.Write(body)
		if entry.Name() == pageFile {
			h.page = template.Must(template.New("").Parse(string(body)))
			continue
		}
		h.files[entry.Name()] = newFile(entry.Name(), body)
	}
	h.folder = "explorer/" + hex.EncodeToString(sum.Sum(nil)[:8]) + "/"
	return h
}

const pageFile = "page.html"

// A handler serves the page and its files.
type handler struct {
	address  string
	document http.Handler
	page     *template.Template
	folder   string           // of the files, named by their content
	files    map[string]*file // by name

	mu     sync.Mutex
	parsed map[string]*listing // of documents, by their ETags
}

// A file is one that the page loads.
type file struct {
	mediaType string
	body      []byte
	gzipped   func() []byte // made once, by the first client that takes it
}

func newFile(name string, body []byte) *file {
	mediaType := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // which a machine's own table may have otherwise
	case ".js":
		mediaType = "text/javascript; charset=utf-8"
	case ".css":
		mediaType = "text/css; charset=utf-8"
	case ".svg":
		mediaType = "image/svg+xml"
	}
	compressed := sync.OnceValue(func() []byte { return compress(body) })
	return &file{mediaType, body, compressed}
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a Buffer takes everything
	}
	return b.Bytes()
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "the page is for GET", http.StatusMethodNotAllowed)
		return
	}
	switch name := strings.TrimPrefix(r.URL.Path, "/"); {
	case name == "":
		h.servePage(w, r)
	case h.files[strings.TrimPrefix(name, h.folder)] != nil && strings.HasPrefix(name, h.folder):
		h.files[strings.TrimPrefix(name, h.folder)].serve(w, r)
	default:
		http.NotFound(w, r)
	}
}

// serve sends the file. Its address changes with its content, so that no client needs another.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.mediaType)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	body := f.body
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = f.gzipped()
	}
	if r.Method == http.MethodHead {
		return
	}
	w.Write(body) // an error is that of a client that has left
}

// takesGzip reports whether a client names gzip and does not exclude it, as browsers do.
func takesGzip(accept string) bool {
	for member := range strings.SplitSeq(accept, ",") {
		name, weight, _ := strings.Cut(member, ";")
		if strings.TrimSpace(name) == "gzip" {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.") != "" ||
				strings.TrimSpace(weight) == ""
		}
	}
	return false
}

// servePage sends the page for what the client may call.
func (h *handler) servePage(w http.ResponseWriter, r *http.Request) {
	view := h.view(r)
	var b bytes.Buffer
	if err := h.page.Execute(&b, view); err != nil {
		panic(err) // a mistake of the template, which tests find
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", policy)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "private, no-cache")
	header.Add("Vary", "Accept, Authorization, Cookie")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(b.Bytes())
	}
}
