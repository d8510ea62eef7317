package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// An api is what is served of a database.
type api struct {
	m  *moresql.MoreSQL
	db *database

	sampled bool   // the sample is served
	nextCar uint64 // the id that the sample's next car will get

	schemas []string         // served at /rpc/
	cat     *catalog.Catalog // of the schemas, nil if there are none

	maxRows int64 // of a list, 0 for no limit

	superuser bool // the database's user may be one
}

// prepare checks that the database responds, and finds or installs what is served. The sample may
// be missing if there are schemas to serve.
func (a *api) prepare(ctx context.Context, install bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ping, cancelPing := context.WithTimeout(ctx, 10*time.Second)
	defer cancelPing()
	err := a.db.check(ping)
	if err != nil {
		return err
	}
	if !a.superuser {
		if err := a.db.checkUser(ctx); err != nil {
			return err
		}
	}
	a.nextCar, err = a.db.prepare(ctx, a.m, install)
	a.sampled = err == nil
	if err != nil && (install || len(a.schemas) == 0) {
		return err
	}
	if len(a.schemas) > 0 {
		if a.cat, err = a.db.system.load(ctx, a.db.pool, a.schemas...); err != nil {
			return a.db.explain(err)
		}
	}
	return nil
}

// routes returns the routes that do not come from the catalog.
func (a *api) routes() []route {
	if a.sampled {
		return routes
	}
	return slices.DeleteFunc(slices.Clone(routes), func(r route) bool { return r.procedure != "" })
}

// handler returns the handler of all routes, and besides it those of the sample's procedures, for
// check.
func (a *api) handler() (all http.Handler, procedures []http.Handler) {
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		h := health(a.db)
		if r.procedure != "" {
			options := r.options
			if options == nil {
				options = a.listOptions()
			}
			h = a.m.Handler(r.procedure, options...)
			procedures = append(procedures, h)
		}
		mux.Handle(r.method+" "+r.pattern, h)
	}
	if a.cat != nil {
		options := append(a.listOptions(), values())
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(a.m, a.cat, options...)))
	}
	return mux, procedures
}

// listOptions returns the options by which requests filter, order and page a list.
func (a *api) listOptions() []moresql.Option {
	switch {
	case !a.db.system.filterable:
		return nil
	case a.maxRows > 0:
		return with{rest.MaxPage(a.maxRows)}
	}
	return with{rest.Query()}
}

// check compares the handlers of the sample's procedures with those in the database, which another
// version may have installed.
func (a *api) check(ctx context.Context, procedures []http.Handler) error {
	if !a.sampled || a.db.system.load == nil {
		return nil
	}
	cat, err := a.db.system.load(ctx, a.db.pool)
	if err != nil {
		return a.db.explain(err)
	}
	if err := rest.Check(ctx, cat, procedures...); err != nil {
		return fmt.Errorf("the sample in %s is not this version's, run moresql -init: %w",
			a.db.where(), err)
	}
	return nil
}

// print prints every route with a line that tries it on the server at url.
func (a *api) print(w io.Writer, url string) {
	if a.cat != nil {
		fmt.Fprintf(w, "The routines of %s run on %s. Their routes:\n\n",
			strings.Join(a.schemas, ", "), a.db.where())
		current := a.cat.Current()
		for i := range current.Routines() {
			printRoutine(w, url, current, &current.Routines()[i])
		}
		fmt.Fprintln(w)
	}
	if a.sampled {
		fmt.Fprintf(w, "The sample runs on %s. Its routes:\n\n", a.db.where())
	}
	for _, r := range a.routes() {
		fmt.Fprintf(w, "%-6s %s\n\t%s\n", r.method, r.pattern, r.curl(url, a.nextCar))
	}
	if a.sampled {
		fmt.Fprint(w, "\nIn another format, and in a browser as a table:\n\n",
			"\tcurl -H 'Accept: text/csv' '", url, "/films'\n")
	}
}
