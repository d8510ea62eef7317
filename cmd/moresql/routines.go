package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
)

// The routines are those of a database that a subcommand calls by itself.
type routines struct {
	db  *database.DB
	m   *moresql.MoreSQL
	cat *catalog.Catalog
}

// openRoutines opens the database and reads the catalog of its routines: those of the schemas, or
// else of the current one, or the sample's statements. Close the database in the end.
func (o *options) openRoutines(ctx context.Context) (*routines, error) {
	where, err := o.where()
	if err != nil {
		return nil, err
	}
	return o.openRoutinesAt(ctx, where)
}

// openRoutinesAt is openRoutines for the database at a place.
func (o *options) openRoutinesAt(
	ctx context.Context, where database.Place,
) (_ *routines, err error) {
	db, err := where.Open(o.data, o.connections)
	if err != nil {
		return nil, err
	}
	r := &routines{db: db, m: moresql.New(db.Pool, o.ownCalls(db)...)}
	if err = db.Check(ctx); err == nil && o.sqlFiles != "" {
		err = r.readFiles(ctx, o.sqlFiles)
	} else if err == nil {
		r.cat, err = r.read(ctx, o.schemas)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return r, nil
}

// read reads the catalog.
func (r *routines) read(ctx context.Context, schemas []string) (*catalog.Catalog, error) {
	if r.db.Connector == nil {
		if _, err := r.db.Prepare(ctx, true); err != nil {
			return nil, err
		}
	}
	if files, ok := r.m.Caller().(interface{ Catalog() *catalog.Catalog }); ok {
		return files.Catalog(), nil
	}
	cat, err := r.db.System.Load(ctx, r.db.Pool, schemas...)
	if err != nil {
		return nil, r.db.ExplainLoad(err, schemas)
	}
	return cat, nil
}

// readFiles has the .sql files of a folder called.
func (r *routines) readFiles(ctx context.Context, folder string) error {
	files, err := openFolder(ctx, folder, r.db.System.Dialect)
	if err == nil {
		r.m, r.cat = r.m.With(moresql.CallBy(files)), files.cat
	}
	return err
}

// ownCalls returns the options of calls that the owner of the login makes: without limits but for a
// timeout that has been set, and with all that the database says of an error.
func (o *options) ownCalls(db *database.DB) []moresql.Option {
	none := moresql.Limits{Body: -1, Rows: -1, Bytes: -1, Memory: -1, Timeout: -1, Write: -1}
	if o.conf.From["timeout"] != "" {
		none.Timeout = lifted(o.timeout)
		db.Bound(0, o.timeout)
	}
	explain := func(e *moresql.Error) {
		switch {
		case e.Message == "" && e.Code == "" && e.Status == http.StatusGatewayTimeout:
			e.Message = "the call took longer than -timeout"
		case e.Message == "" && e.Err != nil:
			e.Message = db.Censor(failure.Cause(e.Err))
		}
		e.Public, e.Verbose = true, true
	}
	discard := slog.New(slog.NewTextHandler(io.Discard, nil)) // errors are printed
	return append(slices.Clip(db.Options), none, values(false),
		moresql.Hooks{Logger: discard, Error: explain})
}
