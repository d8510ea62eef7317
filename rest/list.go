package rest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/htmlpage"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// A listed routine is an entry of the list.
type listed struct {
	Name    string `json:"name"`
	Methods string `json:"methods"`
	Comment string `json:"comment,omitempty"`
}

// A directory is the Resource of the list of all routines, at the path where they are mounted: of
// those that the role of the request may call. It takes the way of a call, so that a Session may
// refuse the request first.
type directory struct{ routines *routines }

// Traits returns those of the calls, so that all options that they can have are possible here.
func (res directory) Traits() (moresql.Traits, bool) { return res.routines.Traits() }

// Match implements moresql.Resource.
func (res directory) Match(r *http.Request) (*moresql.Operation, error) {
	if !isSafe(r) {
		err := notAllowed("GET, HEAD, POST", "Cannot use the "+r.Method+" method on the list")
		return refusing(r, err), nil
	}
	l := &listing{routines: res.routines, snapshot: res.routines.catalog.Current()}
	write := encoder.Func("application/json", l.writeJSON)
	if htmlpage.Wanted(r) {
		l.header = http.Header{}
		htmlpage.SetHeader(l.header)
		write = encoder.Func("text/html; charset=utf-8", l.writePage)
	}
	return &moresql.Operation{
		Name: "the list of routines", Bind: l.bind,
		Encoders: []encoder.Encoder{negotiate.Own{Encoder: write, All: true}},
	}, nil
}

// A listing is the state of one request for the list.
type listing struct {
	*routines
	snapshot *catalog.Snapshot
	schema   string
	header   http.Header
	entries  []listed
}

func (l *listing) bind(r *http.Request) (_ *moresql.Call, err error) {
	l.schema, err = profileIn(r, l.snapshot.Schemas())
	return &moresql.Call{
		Name: "the list of routines", Shape: row.One, ReadOnly: true, Query: []binder.Arg{}, Plan: l.plan,
	}, err
}

// plan queries the database for what the role may call; of a database without roles that is known.
func (l *listing) plan(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	traits, _ := l.Traits()
	p := &moresql.Plan{
		Statement: moresql.Statement{Query: "SELECT ''", Bind: []int{}}, Dialect: traits.Dialect,
		Reply: func(status int, _, _ []row.Value, _ int64) (int, http.Header, error) {
			return status, l.header, nil
		},
	}
	callable := spec(traits.Dialect).Callable
	if callable != "" {
		p.Statement = moresql.Statement{Query: callable}
		p.Values = []any{routine.OIDs(l.snapshot.Routines())}
	}
	p.Row = func(r *row.Row) error {
		may := routine.Known
		if callable != "" {
			may = routine.Among(r.Value(0).String())
		}
		l.list(may)
		return nil
	}
	return p, nil
}

// list lists each name once, of the schema that requests for it reach.
func (l *listing) list(may func(*catalog.Routine) bool) {
	l.entries = []listed{}
	all := l.snapshot.Routines()
	for i := 0; i < len(all); {
		overloads := l.snapshot.Lookup(all[i].Schema, all[i].Name)
		i += len(overloads)
		name := overloads[0].Name
		isReached := l.schema == overloads[0].Schema ||
			l.schema == "" && l.snapshot.Named(name)[0].Schema == overloads[0].Schema
		var callable []catalog.Routine
		for j := range overloads {
			if may(&overloads[j]) {
				callable = append(callable, overloads[j])
			}
		}
		if isReached && callable != nil {
			comment, _, _ := strings.Cut(callable[0].Comment, "\n")
			l.entries = append(l.entries, listed{name, l.allowed(callable), comment})
		}
	}
}

func (l *listing) writeJSON(w io.Writer, rows *row.Rows) error {
	if err := readAll(rows); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(l.entries)
}

func (l *listing) writePage(w io.Writer, rows *row.Rows) error {
	if err := readAll(rows); err != nil {
		return err
	}
	p := htmlpage.Page{Title: "Routines", Lead: "What may be called here:"}
	if len(l.entries) == 0 {
		p.Lead = "There is nothing here that you may call."
	}
	for _, e := range l.entries {
		link := htmlpage.Link{Text: e.Name, Note: e.Comment}
		if strings.HasPrefix(e.Methods, http.MethodGet) {
			link.Href = "./" + routine.Segment(e.Name)
		} else {
			link.Note = strings.TrimSpace(e.Comment + " (POST)")
		}
		p.Links = append(p.Links, link)
	}
	_, err := w.Write(htmlpage.Append(nil, p))
	return err
}

// readAll reads rows to the end.
func readAll(rows *row.Rows) error {
	for _, err := range rows.All() {
		if err != nil {
			return err
		}
	}
	return nil
}
