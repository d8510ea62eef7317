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
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// Check reloads a catalog and compares handlers of MoreSQL.Handler with it: each whose procedure
// is missing, takes other parameters, or is one of several that the call does not tell apart is
// an error, all of them joined. Handlers of Routines, of named statements and of a Caller that
// does not describe its calls as those of routines pass, since there is nothing to compare.
// Another http.Handler is an error: give Check what Handler returned, before middleware wraps it.
//
//	if err := rest.Check(ctx, cat, getUser, addUser); err != nil { log.Fatal(err) }
func Check(ctx context.Context, cat *catalog.Catalog, handlers ...http.Handler) error {
	if err := cat.Reload(ctx); err != nil {
		return err
	}
	var problems []error
	for i, h := range handlers {
		d, name, err := declarationOf(h)
		if err == nil && d != nil {
			err = d.check(cat.Current())
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("moresql: handler %d, %s: %w", i+1, name, err))
		}
	}
	return errors.Join(problems...)
}

// A declaration is a call that the program has declared by hand.
type declaration struct {
	schema, name string // schema is "" for a routine that the search path finds
	kind         catalog.Kind
	named        bool // arguments go by name
	fields       []binder.Field
}

// declarationOf returns what a handler declares, nil if it declares no call of a routine.
func declarationOf(h http.Handler) (d *declaration, name string, err error) {
	switch h.(type) {
	case *routinesHandler, *tablesHandler:
		return nil, "", nil
	}
	declared, err := procedureOf(h)
	if declared == nil || err != nil {
		return nil, fmt.Sprintf("a %T", h), err
	}
	name, fields, _, _ := declared.Declared()
	traits, _ := declared.Traits()
	if !traits.Routine {
		return nil, name, nil
	}
	return newDeclaration(name, fields, traits), name, nil
}

// A procedure is the Resource of MoreSQL.Handler.
type procedure interface {
	Declared() (name string, fields []binder.Field, shape row.Shape, status int)
	Traits() (moresql.Traits, bool)
}

// procedureOf returns the Resource of a handler of MoreSQL.Handler, nil for another of MoreSQL.
func procedureOf(h http.Handler) (procedure, error) {
	served, ok := h.(resourceful)
	if !ok {
		return nil, errors.New("it is not a handler that MoreSQL has made")
	}
	given, _ := served.Resources()
	declared, _ := given.(procedure)
	return declared, nil
}

// resourceful is a handler that MoreSQL has made.
type resourceful interface {
	Resources() (given, decorated moresql.Resource)
	Encoders() []encoder.Encoder
}

func newDeclaration(name string, fields []binder.Field, traits moresql.Traits) *declaration {
	d := &declaration{name: name, kind: traits.Kind, named: traits.Named, fields: fields}
	if parts, err := dialect.SplitName(name); err == nil { // else the Caller has refused it
		d.name = parts[len(parts)-1]
		if len(parts) > 1 {
			d.schema = parts[len(parts)-2]
		}
	}
	return d
}

// check returns an error that says what is wrong with a declaration.
func (d *declaration) check(snapshot *catalog.Snapshot) error {
	overloads, matching := d.find(snapshot)
	switch {
	case len(overloads) == 0:
		message := fmt.Sprintf("the catalog has no such %s", strings.ToLower(d.kind.String()))
		if hint := closestName(snapshot, d.name); hint != "" {
			message += ": " + hint
		}
		return errors.New(message)
	case len(matching) == 0:
		return fmt.Errorf("no routine has the declared parameters %s: there is %s",
			d.list(), list(overloads))
	case len(matching) > 1:
		return fmt.Errorf("the parameters %s match more than one routine: %s",
			d.list(), list(matching))
	}
	return nil
}

// find returns the routines of the name, and those of them that every call of the declaration
// reaches.
func (d *declaration) find(snapshot *catalog.Snapshot) (overloads, matching []catalog.Routine) {
	overloads = snapshot.Named(d.name)
	if d.schema != "" {
		overloads = snapshot.Lookup(d.schema, d.name)
	}
	overloads = slices.DeleteFunc(slices.Clone(overloads), func(r catalog.Routine) bool {
		return r.Kind != d.kind
	})
	var spread []catalog.Routine
	for i := range overloads {
		switch matches, isSpread := d.matches(&overloads[i]); {
		case isSpread:
			spread = append(spread, overloads[i])
		case matches:
			matching = append(matching, overloads[i])
		}
	}
	if len(matching) == 0 {
		matching = spread
	}
	return overloads, matching
}

// matches reports whether every call that the declaration can make is one of the routine, or one
// that spreads its last arguments over a VARIADIC parameter, which the server does if nothing else
// matches (PostgreSQL manual, 10.3).
func (d *declaration) matches(r *catalog.Routine) (matches, spread bool) {
	params := slices.Collect(routine.Inputs(r))
	if r.Kind == catalog.Procedure { // OUT parameters have their place in CALL
		params = params[:0]
		for i := range r.Params {
			params = append(params, &r.Params[i])
		}
	}
	if d.named {
		return d.matchesNamed(params), false
	}
	n := len(d.fields)
	if last := len(params) - 1; last >= 0 && params[last].Mode == catalog.Variadic {
		return false, n > last
	}
	if n > len(params) || slices.ContainsFunc(params[n:], isRequired) {
		return false, false
	}
	for i, declared := range d.fields {
		if isOut(declared) != (params[i].Mode == catalog.Out) {
			return false, false
		}
	}
	return true, false
}

// matchesNamed is matches for arguments by name, which a VARIADIC parameter takes only with that
// word.
func (d *declaration) matchesNamed(params []*catalog.Param) bool {
	for _, declared := range d.fields {
		if !slices.ContainsFunc(params, func(p *catalog.Param) bool {
			return p.Name == declared.Name && p.Mode != catalog.Variadic &&
				isOut(declared) == (p.Mode == catalog.Out) && (p.Default || !declared.IsOptional())
		}) {
			return false
		}
	}
	return !slices.ContainsFunc(params, func(p *catalog.Param) bool {
		return !p.Default && !slices.ContainsFunc(d.fields, func(declared binder.Field) bool {
			return declared.Name == p.Name
		})
	})
}

func isRequired(p *catalog.Param) bool { return !p.Default }

func isOut(f binder.Field) bool { return !f.IsInput() }

func (d *declaration) list() string {
	names := make([]string, len(d.fields))
	for i, f := range d.fields {
		names[i] = f.Name
	}
	return "(" + strings.Join(names, ", ") + ")"
}

func list(routines []catalog.Routine) string {
	texts := make([]string, len(routines))
	for i, r := range routines {
		texts[i] = r.String()
	}
	return strings.Join(texts, "; ")
}
