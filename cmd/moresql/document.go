package main

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/openapi"
)

// mounted returns the handlers of the sample's procedures, none if it is not served.
func (a *api) mounted(m *moresql.MoreSQL) (list []openapi.Mounted) {
	for _, r := range a.routes() {
		if r.Procedure == "" {
			continue
		}
		options := r.Options
		if options == nil && a.db.System.Filterable {
			options = a.listOptions()
		}
		h := m.Handler(r.Procedure, append(slices.Clip(options), a.before...)...)
		list = append(list, openapi.Mounted{
			Pattern: r.Method + " " + r.Pattern, Handler: h, Catalog: a.sample,
		})
	}
	return list
}

// document returns the handler of the OpenAPI document of all that is served.
func (a *api) document(
	m *moresql.MoreSQL, handlers []openapi.Mounted, options ...moresql.Option,
) http.Handler {
	about := openapi.About{Handlers: handlers, Server: a.server, Bearer: a.secured}
	if a.tables {
		about.Tables, about.Aggregates = "/", a.grouped
	}
	for _, c := range a.channels {
		about.Channels = append(about.Channels, c.Name)
		if isRestricted(c) {
			if about.ChannelRoles == nil {
				about.ChannelRoles = map[string][]string{}
			}
			about.ChannelRoles[c.Name] = c.Roles
		}
	}
	called, cat := a.callable(m)
	switch {
	case cat == nil:
		about.Title, cat = "The sample of moresql", new(catalog.Catalog)
	case a.files != nil && a.cat != nil:
		return &filesDocument{files: a.files.cat, of: func() http.Handler {
			about := about
			about.Handlers = append(a.files.mounted(m, options), handlers...)
			return openapi.Handler(m, a.cat, about, options...)
		}}
	case a.files != nil:
		about.Title = "The files of moresql -sql"
	}
	return openapi.Handler(called, cat, about, options...)
}

// A filesDocument is the document of tables and of files, whose handlers are made anew when the
// files have been read again.
type filesDocument struct {
	files *catalog.Catalog
	of    func() http.Handler

	mu      sync.Mutex
	handler http.Handler
	read    *catalog.Snapshot // the files that it is of
}

func (d *filesDocument) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.current().ServeHTTP(w, r)
}

func (d *filesDocument) current() http.Handler {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.files.Current(); now != d.read {
		d.handler, d.read = d.of(), now
	}
	return d.handler
}

// sampleCatalog returns the catalog that the sample's procedures are in.
func (a *api) sampleCatalog(ctx context.Context) (*catalog.Catalog, error) {
	if files, ok := a.m.Caller().(interface{ Catalog() *catalog.Catalog }); ok {
		return files.Catalog(), nil
	}
	cat, err := a.db.System.Load(ctx, a.db.Pool)
	if err != nil {
		return nil, a.db.Explain(err)
	}
	return cat, nil
}
