package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/openapi"
	"github.com/moresql/moresql/sqlfile"
)

// A sqlFolder is a folder of .sql files that are served like routines. Reloading its catalog reads
// them again.
type sqlFolder struct {
	path    string
	dialect moresql.Dialect
	cat     *catalog.Catalog
	read    atomic.Pointer[readings]
}

// The readings of a folder are the newest and the one before it, which a request may be for that
// has been matched with the catalog as it was.
type readings struct{ newest, before *sqlfile.Statements }

// openFolder reads the files of a folder.
func openFolder(ctx context.Context, path string, d moresql.Dialect) (*sqlFolder, error) {
	f := &sqlFolder{path: path, dialect: d}
	var err error
	f.cat, err = catalog.LoadFunc(ctx, f.load)
	return f, f.explain(err)
}

func (f *sqlFolder) load(context.Context) ([]catalog.Routine, error) {
	statements, err := sqlfile.Load(os.DirFS(f.path), f.dialect)
	if err != nil {
		return nil, err
	}
	now := &readings{newest: statements, before: statements}
	if last := f.read.Load(); last != nil {
		now.before = last.newest
	}
	f.read.Store(now)
	return slices.Clone(statements.Catalog().Current().Routines()), nil
}

// explain says which files are to be corrected.
func (f *sqlFolder) explain(err error) error {
	if err == nil {
		return nil
	}
	var list []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		joined, ok := e.(interface{ Unwrap() []error })
		if !ok {
			continue
		}
		for _, e := range joined.Unwrap() {
			if file := (*fs.PathError)(nil); errors.As(e, &file) && file.Path != "." {
				e = fmt.Errorf("%s: %w", file.Path, file.Err)
			} else if file != nil {
				e = file.Err
			}
			list = append(list, e.Error())
		}
		break
	}
	return fmt.Errorf("the files of -sql %s cannot be served: %s", f.path, strings.Join(list, "; "))
}

// Describe returns what may be done with a statement.
func (f *sqlFolder) Describe(name string) moresql.Traits {
	return f.read.Load().newest.Describe(name)
}

// Statement implements moresql.Caller.
func (f *sqlFolder) Statement(name string, params []moresql.Param) (moresql.Statement, error) {
	read := f.read.Load()
	s, err := read.newest.Statement(name, params)
	if err != nil {
		if before, err := read.before.Statement(name, params); err == nil {
			return before, nil
		}
	}
	return s, err
}

// listFiles prints the route of each file, with a line that tries it on the server at url.
func (a *api) listFiles(w io.Writer, url, on string) {
	current := a.files.cat.Current()
	fmt.Fprintf(w, "The .sql files%s. Their routes:\n\n", on)
	for i := range current.Routines() {
		printRoutine(w, url, current, &current.Routines()[i])
	}
}

// mounted describes the files as handlers, for the document of another catalog. The options are
// those of queries.
func (f *sqlFolder) mounted(
	m *moresql.MoreSQL, options []moresql.Option,
) (list []openapi.Mounted) {
	m = m.With(moresql.CallBy(f))
	for _, r := range f.cat.Current().Routines() {
		var fields []binder.Field
		for _, p := range r.Params {
			fields = append(fields, binder.Any(p.Name).Optional())
		}
		methods, of := []string{http.MethodPost}, []moresql.Option{moresql.Bind(fields...)}
		if r.Volatility != catalog.Volatile {
			methods, of = []string{http.MethodGet, http.MethodPost}, append(of, options...)
		}
		for _, method := range methods {
			list = append(list, openapi.Mounted{
				Pattern: method + " /rpc/" + r.Name, Catalog: f.cat,
				Handler: m.Handler(r.Name, of...),
			})
		}
	}
	return list
}
