package openapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// Handler returns a handler of GET and HEAD for the document of what rest.Routines(m, cat,
// options...) serves and, where about.Tables says so, rest.Tables. A request takes the way of a
// call: the options Session, Hooks and Limits hold for it, and the database says which of the
// routines, relations and columns the role of its session may use. The others are not in its
// document. Each request is one statement to that end, so that GRANT and REVOKE have an effect at
// once; the documents themselves are kept for as long as the catalog is not reloaded, one for each
// set of rights.
//
// The response has an ETag, and is 304 to a request whose If-None-Match names it. It is
// application/json for a request that prefers that to application/openapi+json. Accept-Profile
// chooses a schema, which has to be one of the catalog.
//
// It panics as rest.Routines does.
func Handler(
	m *moresql.MoreSQL, cat *catalog.Catalog, about About, options ...moresql.Option,
) http.Handler {
	served := rest.Routines(m, cat, options...).(interface {
		Abilities() (traits moresql.Traits, readOnly bool)
	})
	traits, readOnly := served.Abilities()
	spec := dialect.At(int(traits.Dialect))
	m = m.With(options...)
	if about.Encoders == nil {
		about.Encoders = m.Encoders()
	}
	return m.Serve(&resource{
		catalog: cat, about: about, traits: traits, spec: spec,
		can: abilities{readOnly: readOnly, filters: spec.Filters(), rights: spec.Callable != "",
			writes: spec.Writes(), dialect: spec},
	})
}

// A resource is the Resource of a document.
type resource struct {
	catalog *catalog.Catalog
	about   About
	can     abilities
	traits  moresql.Traits
	spec    *dialect.Dialect

	mu       sync.Mutex
	snapshot *catalog.Snapshot // that the documents are of
	made     map[key]*version
}

// A key is what the documents of a snapshot differ in.
type key struct {
	schema string
	rights rights
}

// A version is a document as it is sent.
type version struct {
	body []byte
	etag string
}

// Traits returns those of the routines, so that all options that they can have are possible here.
func (res *resource) Traits() (moresql.Traits, bool) { return res.traits, true }

// Match implements moresql.Resource.
func (res *resource) Match(r *http.Request) (*moresql.Operation, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, &moresql.Error{
			Status: http.StatusMethodNotAllowed, Message: "a document is for GET", Public: true,
			Header: http.Header{"Allow": {"GET, HEAD"}},
		}
	}
	q := &request{
		resource: res, snapshot: res.catalog.Current(), schema: r.Header.Get("Accept-Profile"),
		known: r.Header.Values("If-None-Match"),
	}
	mediaTypes := []string{"application/openapi+json", "application/json"}
	i, _ := negotiate.Accept(r.Header.Values("Accept"), mediaTypes)
	document := encoder.Func(mediaTypes[i], q.encode)
	return &moresql.Operation{
		Name: "openapi", Bind: q.bind,
		Encoders: []encoder.Encoder{negotiate.Own{Encoder: document, All: true}},
	}, nil
}

// A request is the state of one request for a document.
type request struct {
	*resource
	snapshot *catalog.Snapshot
	schema   string
	known    []string // the tags of what the client has
	version  *version // nil until the rights are known
}

func (q *request) bind(*http.Request) (*moresql.Call, error) {
	if q.schema == "" {
		q.schema = q.about.Schema
	} else if !slices.Contains(q.snapshot.Schemas(), q.schema) {
		return nil, &moresql.Error{
			Status: http.StatusNotAcceptable, Message: "there is no such schema", Public: true,
			Hint: "the schemas are " + strings.Join(q.snapshot.Schemas(), ", "),
		}
	}
	return &moresql.Call{
		Name: "openapi", Shape: row.One, ReadOnly: true, Query: []binder.Arg{}, Plan: q.plan,
	}, nil
}

// plan queries the database for what the role may use. The rights of another database are those of
// its only user, which the catalog knows; its statement is there to take the same way.
func (q *request) plan(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	p := &moresql.Plan{
		Statement: moresql.Statement{Query: "SELECT ''", Bind: []int{}},
		Dialect:   q.traits.Dialect, Row: q.make, Reply: q.reply,
	}
	if q.spec.Callable == "" {
		return p, nil
	}
	var err error
	p.Statement, p.Values, err = q.question(q.snapshot)
	return p, err
}

// make makes the document of what may be used.
func (q *request) make(r *row.Row) (err error) {
	of := key{schema: q.schema}
	if q.spec.Callable != "" {
		of.rights = rightsOf(r, &q.about)
	}
	q.version, err = q.get(q.snapshot, of)
	return err
}

// get returns the document of a key.
func (res *resource) get(snapshot *catalog.Snapshot, of key) (*version, error) {
	res.mu.Lock()
	defer res.mu.Unlock()
	const most = 100 // documents at once
	if res.snapshot != snapshot || len(res.made) >= most {
		res.snapshot, res.made = snapshot, map[key]*version{}
	}
	v := res.made[of]
	if v == nil {
		var err error
		if v, err = res.describe(snapshot, of); err != nil {
			return nil, err
		}
		res.made[of] = v
	}
	return v, nil
}

func (res *resource) describe(snapshot *catalog.Snapshot, of key) (*version, error) {
	about := res.about
	about.Schema, about.Channels = of.schema, about.channels(of.rights.role)
	if res.spec.Callable != "" {
		if err := of.rights.restrict(&about, snapshot); err != nil {
			return nil, err
		}
	}
	body := describe(snapshot, about, res.can)
	sum := sha256.Sum256(body)
	return &version{body, `"` + hex.EncodeToString(sum[:16]) + `"`}, nil
}

// reply returns status and header of the response. A cache has to revalidate it each time, since
// the role may be another one.
func (q *request) reply(
	status int, _, _ []row.Value, _ int64,
) (int, http.Header, error) {
	h := http.Header{"Etag": {q.version.etag}, "Cache-Control": {"private, no-cache"}}
	if q.isKnown() {
		status = http.StatusNotModified
	}
	return status, h, nil
}

// isKnown reports whether the client has the document (RFC 9110, 13.1.2).
func (q *request) isKnown() bool {
	for tag := range strings.SplitSeq(strings.Join(q.known, ","), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == q.version.etag {
			return true
		}
	}
	return false
}

func (q *request) encode(w io.Writer, rows *row.Rows) error {
	for _, err := range rows.All() {
		if err != nil {
			return err
		}
	}
	if q.isKnown() {
		return nil
	}
	_, err := w.Write(q.version.body)
	return err
}
