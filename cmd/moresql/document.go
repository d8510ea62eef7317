package main

import (
	"context"
	"net/http"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/openapi"
)

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
