package main

import (
	"context"
	"net/http"
	"slices"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/openapi"
)

// mounted returns the handlers of the sample's procedures, none if it is not served.
func (a *api) mounted(m *moresql.MoreSQL) (list []openapi.Mounted) {
	for _, r := range a.routes() {
		if r.procedure == "" {
			continue
		}
		options := r.options
		if options == nil {
			options = a.listOptions()
		}
		h := m.Handler(r.procedure, append(slices.Clip(options), a.before...)...)
		list = append(list, openapi.Mounted{
			Pattern: r.method + " " + r.pattern, Handler: h, Catalog: a.sample,
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
		about.Tables = "/"
	}
	cat := a.cat
	if cat == nil {
		about.Title, cat = "The sample of moresql", new(catalog.Catalog)
	}
	return openapi.Handler(m, cat, about, options...)
}

// sampleCatalog returns the catalog that the sample's procedures are in.
func (a *api) sampleCatalog(ctx context.Context) (*catalog.Catalog, error) {
	if files, ok := a.m.Caller().(interface{ Catalog() *catalog.Catalog }); ok {
		return files.Catalog(), nil
	}
	cat, err := a.db.system.load(ctx, a.db.pool)
	if err != nil {
		return nil, a.db.explain(err)
	}
	return cat, nil
}
