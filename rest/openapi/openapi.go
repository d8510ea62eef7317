// Package openapi describes what package rest serves in an OpenAPI 3.1 document, for clients that
// are generated and for people.
//
//	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
//	mux.Handle("GET /openapi.json", openapi.Handler(m, cat, openapi.About{Title: "Cars"}))
//
// [Document] makes a document of a catalog's snapshot, and [Handler] serves one to each role with
// what that may call. docs/openapi.md says what a document leaves out.
package openapi

import (
	"net/http"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
)

// About says of an API what its catalog does not know. The zero About is valid.
type About struct {
	Title       string // "" lists the schemas
	Version     string // of the API; "" is 1
	Description string // of the API, in CommonMark

	// Server is the URL that the paths are relative to, itself absolute or relative to that of the
	// document; "" is /. Path is where rest.Routines is mounted; "" is /rpc.
	Server string
	Path   string

	// Tables is where rest.Tables is mounted, such as /; "" leaves the relations out.
	Tables string

	// Aggregates says that the relations are served with rest.Aggregates.
	Aggregates bool

	// Channels are those of package events that are described, and Events is where its Hub is
	// mounted; "" is /events.
	Channels []string
	Events   string

	// ChannelRoles are the roles of which a request must have one for a channel, nil for everybody.
	// Document leaves those out that have some.
	ChannelRoles map[string][]string

	// Bearer says that requests carry a token, Authorization: Bearer …, by which Session knows them.
	Bearer bool

	// Handlers are those of the program's own.
	Handlers []Mounted

	// Encoders are those of the results; nil are those of the MoreSQL for Handler, and for Document
	// JSON alone. What application/json is described as is that of encoder.JSON.
	Encoders []encoder.Encoder

	// Schema is the one that requests choose by Accept-Profile and Content-Profile; "" is none, and
	// describes of each name the routines of the first schema that has it, as rest.Routines calls
	// them. Handler goes by the Accept-Profile of the request instead.
	Schema string

	// May reports whether a routine is in the document; nil has all of them in it. It must be safe
	// for concurrent use.
	May func(*catalog.Routine) bool

	// Rights returns what of the rights to a relation is described, or of those to one of its columns
	// if column is not "". Columns and relations without a right are left out. A nil Rights has all
	// described that the catalog has. It must be safe for concurrent use.
	Rights func(r *catalog.Relation, column string) catalog.Rights
}

// Mounted is a handler of MoreSQL.Handler at its place.
type Mounted struct {
	Pattern string       // as http.ServeMux has it: GET /cars/{id}; it serves GET without a method
	Handler http.Handler // before middleware wraps it; another one than MoreSQL.Handler's is left out
	Summary string       // "" for that of its procedure

	// Catalog has its procedure; nil is the catalog that the document is of.
	Catalog *catalog.Catalog
}

// Document returns the OpenAPI 3.1 document, as JSON, of the routines in a snapshot by the rules of
// rest.Routines, and of its relations by those of rest.Tables. It depends on the arguments alone,
// and equal ones give equal documents. A routine that no request can call, since a parameter has
// neither a name nor a default, is left out.
//
// A snapshot of a database says by that how the routines are called. Of another, such as that of
// catalog.Of, the routines count as those of a database whose results can be filtered, and which
// has no READ ONLY transactions: use Handler, which looks at the Caller.
func Document(s *catalog.Snapshot, about About) []byte {
	about.Channels = about.channels("")
	d := dialect.OfSnapshot(s)
	can := abilities{dialect: d, filters: true}
	if s.Database() != "" {
		can = abilities{
			readOnly: d.ReadOnly, filters: d.Filters(), rights: d.Callable != "", writes: d.Writes(),
			dialect: d,
		}
	}
	return describe(s, about, can)
}

// abilities are those of a database that decide what a request can want.
type abilities struct {
	readOnly bool // GET may call functions whatever they are declared as
	filters  bool // results can be filtered
	writes   bool // relations can be written
	rights   bool // the database has roles, with rights of their own
	dialect  *dialect.Dialect
}
