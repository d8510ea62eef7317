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
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/sample"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/events"
	"github.com/moresql/moresql/rest/explorer"
)

// An api is what is served of a database.
type api struct {
	m  *moresql.MoreSQL
	db *database.DB

	sampled bool             // the sample is served
	sample  *catalog.Catalog // of the sample's procedures
	nextCar uint64           // the id that the sample's next car will get

	schemas []string         // served at /rpc/
	cat     *catalog.Catalog // of the schemas, nil if there are none
	folder  string           // of .sql files that are served at /rpc/ instead of routines, "" for none
	files   *sqlFolder       // it, nil if there is none
	tables  bool             // of the schemas are served, each at its name
	grouped bool             // requests for them may aggregate
	whole   bool             // requests may change all rows of one
	txEnd   rest.TxEnd       // how transactions of the schemas' routines and tables end

	maxRows  int64 // of a list, 0 for no limit
	maxCalls int   // of a batch, 0 for no limit

	channels []events.Channel // that clients may follow
	hub      *events.Hub      // of them, nil if there are none

	mcp         bool     // the routines are tools at /mcp
	toolRows    int64    // of the result of one
	limits      limits   // of the requests for them
	authServers []string // where their clients get tokens

	secured bool             // who makes a request decides on what it may know
	before  []moresql.Option // after all other options of a call
	openAPI bool             // the document is served
	server  string           // the URL in it, "" for that of the request

	superuser bool   // the database's user may be one
	csvGuard  string // who gets CSV without formulas
	url       string // of the server, for clients on this machine
	ready     http.Handler
}

// prepare checks that the database responds, and finds or installs what is served. The sample may
// be missing if there is something else to serve.
func (a *api) prepare(ctx context.Context, install bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ping, cancelPing := context.WithTimeout(ctx, 10*time.Second)
	defer cancelPing()
	err := a.db.Check(ping)
	if err != nil {
		return err
	}
	if !a.superuser {
		if err := a.db.CheckUser(ctx); err != nil {
			return err
		}
	}
	if a.db.System.Folder != "" {
		a.nextCar, err = a.db.Prepare(ctx, install)
		a.sampled = err == nil
	}
	isAlone := len(a.schemas)+len(a.channels) == 0 && a.folder == ""
	if err != nil && (install || isAlone) {
		return err
	}
	if a.sampled {
		if a.sample, err = a.sampleCatalog(ctx); err != nil {
			return err
		}
	}
	if len(a.schemas) > 0 {
		if a.cat, err = a.db.System.Load(ctx, a.db.Pool, a.schemas...); err != nil {
			return a.db.ExplainLoad(err, a.schemas)
		}
	}
	if a.folder != "" {
		a.files, err = openFolder(ctx, a.folder, a.db.System.Dialect)
		return err
	}
	return nil
}

// routes returns the routes that do not come from the catalog.
func (a *api) routes() []sample.Route {
	if a.sampled {
		return sample.Routes
	}
	isProcedure := func(r sample.Route) bool { return r.Procedure != "" }
	return slices.DeleteFunc(slices.Clone(sample.Routes), isProcedure)
}

// handler returns the handler of all routes, and besides it those of the sample's procedures, for
// check. Browsers may get other CSV than programs.
func (a *api) handler() (all http.Handler, procedures []http.Handler) {
	all, procedures = a.mux(a.csvGuard == guardAlways)
	if a.csvGuard != guardBrowsers {
		return all, procedures
	}
	browsers, _ := a.mux(true)
	programs := all
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isBrowser(r) {
			browsers.ServeHTTP(w, r)
		} else {
			programs.ServeHTTP(w, r)
		}
	}), procedures
}

// mux returns the handler of all routes, whose CSV has no formulas if it is guarded.
func (a *api) mux(guarded bool) (all http.Handler, procedures []http.Handler) {
	mux := http.NewServeMux()
	mux.Handle("GET /ready", a.ready)
	m := a.m.With(formats(guarded)) // shares the limits of all calls
	var root http.Handler = http.HandlerFunc(a.index)
	var tables http.Handler
	mux.HandleFunc("GET /health", live)
	mounted := a.mounted(m)
	for _, given := range mounted {
		mux.Handle(given.Pattern, given.Handler)
		procedures = append(procedures, given.Handler)
	}
	if called, cat := a.callable(m); cat != nil {
		options := append(a.listOptions(), values(guarded))
		if a.txEnd != rest.Commit {
			options = append(options, rest.EndTx(a.txEnd))
		}
		if a.grouped {
			options = append(options, rest.Aggregates())
		}
		if a.maxCalls > 0 {
			options = append(options, rest.MaxCalls(a.maxCalls))
		}
		routines := rest.Routines(called, cat, append(options, a.before...)...)
		mux.Handle("/rpc/", http.StripPrefix("/rpc", routines))
	}
	if a.cat != nil && a.tables {
		tables = rest.Tables(m, a.cat, append(a.tableOptions(), a.before...)...)
		mux.Handle("/{relation}", tables)
		mux.Handle("/rpc", a.listed(tables))
	}
	if a.mcp {
		tools := a.tools(m)
		mux.Handle("/mcp", tools)
		if a.authServers != nil {
			mux.Handle(tools.Metadata())
		}
	}
	if a.hub != nil {
		mux.Handle("/events/{channel}", a.hub)
	}
	document := a.document(m, mounted, append(a.listOptions(), values(guarded))...)
	page := explorer.New("openapi.json", document)
	switch {
	case !a.openAPI && a.secured: // nothing says what there is
	case !a.openAPI:
		mux.Handle("GET /{$}", root)
	default:
		if a.secured { // the list of routes is the same for all
			root = document
		}
		mux.Handle("GET /openapi.json", document)
		mux.Handle("GET /{$}", documented(document, page, root))
		mux.Handle("GET /explorer/{version}/{file}", page)
	}
	mux.HandleFunc("GET /favicon.ico", favicon)
	if all = a.fronted(mux); tables != nil {
		all = a.unhidden(all, tables)
	}
	return all, procedures
}

// callable returns the catalog of what is served at /rpc/, nil for none, and what calls it.
func (a *api) callable(m *moresql.MoreSQL) (*moresql.MoreSQL, *catalog.Catalog) {
	if a.files != nil {
		return m.With(moresql.CallBy(a.files)), a.files.cat
	}
	return m, a.cat
}

// listOptions returns the options by which requests filter, order and page a list.
func (a *api) listOptions() []moresql.Option {
	if a.maxRows > 0 {
		return []moresql.Option{rest.MaxPage(a.maxRows)}
	}
	return []moresql.Option{rest.Query()}
}

// tableOptions returns the options of the tables.
func (a *api) tableOptions() []moresql.Option {
	options := a.listOptions()
	if a.grouped {
		options = append(options, rest.Aggregates())
	}
	if !a.whole {
		options = append(options, rest.Filtered())
	}
	if a.txEnd != rest.Commit {
		options = append(options, rest.EndTx(a.txEnd))
	}
	return options
}

// check compares the handlers of the sample's procedures with those in the database, which another
// version may have installed.
func (a *api) check(ctx context.Context, procedures []http.Handler) error {
	if !a.sampled || a.db.System.Load == nil {
		return nil
	}
	if err := rest.Check(ctx, a.sample, procedures...); err != nil {
		return fmt.Errorf("the sample in %s is not this version's, run moresql -init: %w",
			a.db.Where(), err)
	}
	return nil
}

// print prints every route with a line that tries it on the server at url, and where the database
// is.
func (a *api) print(w io.Writer, url string) { a.list(w, url, " run on "+a.db.Where()) }

// singular has what is said of routines said of the sample.
var singular = strings.NewReplacer(" run ", " runs ", " are ", " is ")

// list prints every route with a line that tries it on the server at url; on follows what is
// served.
func (a *api) list(w io.Writer, url, on string) {
	if a.cat != nil {
		schemas, current := strings.Join(a.schemas, ", "), a.cat.Current()
		then := "Their routes:\n"
		if len(current.Routines()) == 0 {
			then = "There is none that a role of the login may execute."
		}
		if a.db.System.Folder == "" && !a.db.System.Routines {
			then = a.db.System.Name + " has none."
		}
		if a.files == nil {
			fmt.Fprintf(w, "The routines of %s%s. %s\n", schemas, on, then)
		}
		for i := range current.Routines() {
			printRoutine(w, url, current, &current.Routines()[i])
		}
		if a.tables {
			if a.files == nil {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "The tables and views of %s:\n\n", schemas)
			for i := range current.Relations() {
				a.printRelation(w, url, current, &current.Relations()[i])
			}
		}
	}
	if a.files != nil {
		if a.cat != nil {
			fmt.Fprintln(w)
		}
		a.listFiles(w, url, on)
	}
	if a.cat != nil || a.files != nil {
		fmt.Fprintf(w, "\nTheir description, OpenAPI 3.1:\n\n\tcurl '%s/openapi.json'\n\n", url)
	}
	if a.sampled {
		fmt.Fprintf(w, "The sample%s. Its routes:\n\n", singular.Replace(on))
	}
	for _, r := range a.routes() {
		fmt.Fprintf(w, "%-6s %s\n\t%s\n", r.Method, r.Pattern, r.Curl(url, a.nextCar))
	}
	a.listChannels(w, url)
	if a.mcp {
		fmt.Fprintf(w, "\nTools of the Model Context Protocol: %s/mcp\n", url)
	}
	if a.sampled {
		fmt.Fprint(w, "\nIn another format:\n\n\tcurl -H 'Accept: text/csv' '", url, "/films'\n")
	}
	if a.openAPI {
		fmt.Fprintf(w, "\nIn a browser, with a form for each:\n\n\t%s/\n", url)
	}
}
