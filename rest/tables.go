package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/row"
)

// Tables returns a handler that serves every table and view of a catalog at /{name}, as PostgREST
// does (its documentation, "Tables and Views"). GET returns rows, filtered, ordered and paged as
// under Query, with those of other relations embedded in them where foreign keys or functions of a
// row lead there (its documentation, "Resource Embedding"): select=title,director:directors(name).
// HEAD returns the header of GET, and OPTIONS the methods. Of several schemas a request chooses one
// by Accept-Profile; without it the first that has the name counts. The address may name the
// format, as under Routines: /films.csv.
//
// POST inserts the rows of its body: JSON, NDJSON, CSV or a form. PATCH and DELETE change those
// that filters select, see Filtered, and PUT puts one by its primary key (its documentation,
// "Insert", "Update", "Upsert" and "Delete"). CSV and NDJSON of more than 256 KiB are inserted as
// they arrive, if no representation is wanted; the Call has no values then. Whatever ends in an
// error has left nothing. See EndTx for rolling back what has succeeded.
//
// A request that reads is one statement, whose rows are sent as they come, in a READ ONLY
// transaction, where the database has those; m must be able to begin one, which a *sql.Tx cannot.
// What the role of a request may not do the database refuses. The catalog has to be one that
// [catalog.Load], [catalog.LoadMySQL] or [catalog.LoadSQLite] has read; a reloaded one serves from
// the next request on. It panics as MoreSQL.Handler does.
func Tables(m *moresql.MoreSQL, cat *catalog.Catalog, options ...moresql.Option) http.Handler {
	m = m.With(options...)
	resource := newTables(cat)
	v := newView(resource) // inside of all decorators, as under Routines
	v.query = true
	if spec(resource.dialect).ReadOnly {
		m = m.With(moresql.ReadOnly())
	}
	return &tablesHandler{resource, m.Serve(v), m.Encoders()}
}

// A tablesHandler answers OPTIONS, which runs nothing, and leaves the rest to the pipeline.
type tablesHandler struct {
	resource *tables
	handler  http.Handler
	encoders []encoder.Encoder
}

func (h *tablesHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = h.bySuffix(r)
	relation, _, err := h.resource.lookup(h.resource.catalog.Current(), r)
	if r.Method != http.MethodOptions || err != nil {
		h.handler.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Allow", h.resource.allowed(relation))
	w.WriteHeader(http.StatusNoContent)
}

// tables is the Resource of all relations of a catalog.
type tables struct {
	catalog *catalog.Catalog
	dialect moresql.Dialect // of the catalog's database
	known   bool            // the catalog was read from a database
}

func newTables(cat *catalog.Catalog) *tables {
	i, ok := dialect.Named(cat.Current().Database())
	return &tables{cat, moresql.Dialect(i), ok}
}

// Traits returns those of the statements that read relations.
func (res *tables) Traits() (moresql.Traits, bool) {
	return moresql.Traits{Dialect: res.dialect, Relation: true}, true
}

// Validate returns an error if the relations of the catalog cannot be read.
func (res *tables) Validate() error {
	switch {
	case !res.known:
		return errors.New("Tables needs a catalog that was read from a database, as by catalog.Load")
	case !spec(res.dialect).Trees():
		return fmt.Errorf("Tables cannot read the relations of %s", res.dialect)
	}
	return nil
}

// Match implements moresql.Resource. Its errors, which say what relations there are, are those of
// Bind: a Session may refuse the request first.
func (res *tables) Match(r *http.Request) (*moresql.Operation, error) {
	operation, _, err := res.open(r)
	return operation, err
}

func (res *tables) open(r *http.Request) (*moresql.Operation, based, error) {
	snapshot := res.catalog.Current()
	relation, schemas, err := res.lookup(snapshot, r)
	writes := writesBy(r.Method) != 0 && spec(res.dialect).Writes()
	if err == nil && !isSafe(r) && (!writes || !res.writable(relation, writesBy(r.Method))) {
		err = unsupportedMethod(r.Method, res.allowed(relation))
	}
	if err != nil {
		return refusing(r, err), nil, nil
	}
	t := &tabling{tables: res, snapshot: snapshot, relation: relation, schemas: schemas}
	if writes {
		return &moresql.Operation{Name: t.name(), Bind: t.bindWrite}, t, nil
	}
	return &moresql.Operation{Name: t.name(), Bind: t.bind}, t, nil
}

// writable reports whether rows of a relation may be written, for databases whose errors do not say
// that they are not.
func (res *tables) writable(r *catalog.Relation, right catalog.Rights) bool {
	switch d := spec(res.dialect); {
	case !d.Stages():
		return true
	case !d.Users:
		return r.Rights.May(right)
	}
	return slices.ContainsFunc(r.Columns, func(a catalog.Attribute) bool { return a.Settable != 0 })
}

// refusing returns the Operation of a request that is refused by an error.
func refusing(r *http.Request, err error) *moresql.Operation {
	return &moresql.Operation{
		Name: r.URL.Path, Bind: func(*http.Request) (*moresql.Call, error) { return nil, err },
	}
}

// lookup returns the relation that a request names, and the schemas to choose from.
func (res *tables) lookup(
	snapshot *catalog.Snapshot, r *http.Request,
) (*catalog.Relation, []string, error) {
	name, schemas := strings.TrimPrefix(r.URL.Path, "/"), snapshot.Schemas()
	schema, err := profileIn(r, schemas)
	if err != nil {
		return nil, nil, err
	}
	relation := snapshot.Relation(schema, name)
	if relation == nil {
		if schema == "" && len(schemas) > 0 {
			schema = schemas[0]
		}
		return nil, nil, noRelation(r, snapshot, schema, name)
	}
	return relation, schemas, nil
}

// allowed returns the methods of a relation, as the field Allow lists them: by what some role of
// the login may do. PUT is for rows that have a key.
func (res *tables) allowed(r *catalog.Relation) string {
	list := ""
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		right := writesBy(method)
		if right == 0 {
			right = catalog.MaySelect
		} else if !spec(res.dialect).Writes() {
			continue
		}
		if r.Rights.May(right) && (method != http.MethodPut || len(r.PrimaryKey) > 0) {
			list += method + ", "
		}
	}
	return list + "OPTIONS"
}

// based is what rows of a relation come from, so that others can be embedded in them.
type based interface {
	// base returns the relation, nil if there is none, once the request has been bound.
	base() (*catalog.Snapshot, *catalog.Relation)

	// relations returns those that base may return.
	relations() []*catalog.Relation
}

// A tabling is the state of one request for a relation.
type tabling struct {
	*tables
	snapshot *catalog.Snapshot
	relation *catalog.Relation
	schemas  []string // to choose from
	location string   // of what is read
	write    *writing // nil for a request that reads
}

func (t *tabling) base() (*catalog.Snapshot, *catalog.Relation) { return t.snapshot, t.relation }

func (t *tabling) relations() []*catalog.Relation { return []*catalog.Relation{t.relation} }

// name returns the name of the relation with its schema.
func (t *tabling) name() string { return dialect.JoinName(t.relation.Schema, t.relation.Name) }

func (t *tabling) bind(r *http.Request) (*moresql.Call, error) {
	query, err := binder.QueryArgs(r)
	if err != nil {
		return nil, err
	}
	t.location = locationOf(r)
	c := &moresql.Call{
		Name: t.name(), Title: title(t.relation.Comment, t.relation.Name),
		Shape: row.List, ReadOnly: true, Plan: t.plan,
		Query: slices.DeleteFunc(append([]binder.Arg{}, query...), isForWriting),
	}
	return c, nil
}

// isForWriting reports whether a parameter says how a body is written, and nothing of what is read.
func isForWriting(a binder.Arg) bool {
	return isColumns(a) || a.Name == "on_conflict" && !isOperation(a.Name, a.Values[0])
}

// plan leaves the statement to the view around the Resource.
func (t *tabling) plan(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	p := &moresql.Plan{
		Relation: new(moresql.Statement), Dialect: t.dialect, Columns: []catalog.Column{},
	}
	for _, a := range t.relation.Columns {
		p.Columns = append(p.Columns, a.Column)
	}
	nameSchema(p, t.schemas, t.relation.Schema)
	if t.write == nil {
		locate(p, t.location)
	}
	return p, nil
}
