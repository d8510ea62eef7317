package rest

import (
	"net/http"
	"slices"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

const (
	allowAll  = "GET, HEAD, POST, OPTIONS"
	allowPost = "POST, OPTIONS"
)

// allowed returns the methods of the overloads, as the field Allow lists them.
func (res *routines) allowed(overloads []catalog.Routine) string {
	isGettable := func(r catalog.Routine) bool { return routine.Gettable(&r, res.readOnly) }
	if slices.ContainsFunc(overloads, isGettable) {
		return allowAll
	}
	return allowPost
}

// profile returns the name of the schema that a request chooses, "" for none (PostgREST's
// documentation, "Schemas").
func profile(r *http.Request) string {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return r.Header.Get("Content-Profile")
	}
	return r.Header.Get("Accept-Profile")
}

// lookup returns the overloads of a name, and which schemas there are to choose from: nil for
// routines that have no schema, such as named statements, of which no field chooses. Without a
// choice the first schema that has the name counts.
func lookup(
	snapshot *catalog.Snapshot, r *http.Request, name string,
) (overloads []catalog.Routine, schemas []string, err error) {
	schemas = snapshot.Schemas()
	if slices.Contains(schemas, "") {
		schemas = nil
	}
	switch p, err := profileIn(r, schemas); {
	case err != nil:
		return nil, nil, err
	case p == "":
		return snapshot.Named(name), schemas, nil
	default:
		return snapshot.Lookup(p, name), schemas, nil
	}
}

// profileIn returns the schema that a request chooses, "" for none.
func profileIn(r *http.Request, schemas []string) (string, error) {
	p := profile(r)
	switch {
	case schemas == nil:
		return "", nil
	case p != "" && !slices.Contains(schemas, p):
		return "", unknownSchema(p, schemas)
	}
	return p, nil
}

// nameSchema adds to the response of a plan the schema that it is from, where there are several to
// choose from.
func nameSchema(p *moresql.Plan, schemas []string, schema string) {
	if len(schemas) < 2 {
		return
	}
	h := http.Header{"Content-Profile": {schema}}
	p.Reply = func(status int, _, _ []row.Value, _ int64) (int, http.Header, error) {
		return status, h, nil
	}
}
