package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/routine"
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
	named        bool            // arguments go by name
	params       []moresql.Param // of which an optional one is Absent
}

// declarationOf returns what a handler declares, nil if it declares no call of a routine.
func declarationOf(h http.Handler) (d *declaration, name string, err error) {
	if _, ok := h.(*routinesHandler); ok {
		return nil, "", nil
	}
	served, ok := h.(interface{ Resource() moresql.Resource })
	if !ok {
		return nil, fmt.Sprintf("a %T", h), errors.New("it is not a handler that MoreSQL has made")
	}
	declared, ok := served.Resource().(interface {
		Declared() (string, []moresql.Param)
		Traits() (moresql.Traits, bool)
	})
	if !ok {
		return nil, "", nil
	}
	name, params := declared.Declared()
	traits, _ := declared.Traits()
	if !traits.Routine {
		return nil, name, nil
	}
	return newDeclaration(name, params, traits), name, nil
}

func newDeclaration(name string, params []moresql.Param, traits moresql.Traits) *declaration {
	d := &declaration{name: name, kind: traits.Kind, named: traits.Named, params: params}
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
	overloads := snapshot.Named(d.name)
	if d.schema != "" {
		overloads = snapshot.Lookup(d.schema, d.name)
	}
	overloads = slices.DeleteFunc(slices.Clone(overloads), func(r catalog.Routine) bool {
		return r.Kind != d.kind
	})
	if len(overloads) == 0 {
		message := fmt.Sprintf("the catalog has no such %s", strings.ToLower(d.kind.String()))
		if hint := closestName(snapshot, d.name); hint != "" {
			message += ": " + hint
		}
		return errors.New(message)
	}
	var matching, spread []string
	for i := range overloads {
		switch matches, isSpread := d.matches(&overloads[i]); {
		case isSpread:
			spread = append(spread, overloads[i].String())
		case matches:
			matching = append(matching, overloads[i].String())
		}
	}
	if len(matching) == 0 {
		matching = spread
	}
	switch {
	case len(matching) == 0:
		return fmt.Errorf("no routine has the declared parameters %s: there is %s",
			d.list(), list(overloads))
	case len(matching) > 1:
		return fmt.Errorf("the parameters %s match more than one routine: %s",
			d.list(), strings.Join(matching, "; "))
	}
	return nil
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
	n := len(d.params)
	if last := len(params) - 1; last >= 0 && params[last].Mode == catalog.Variadic {
		return false, n > last
	}
	if n > len(params) || slices.ContainsFunc(params[n:], isRequired) {
		return false, false
	}
	for i, declared := range d.params {
		if isOut(declared) != (params[i].Mode == catalog.Out) {
			return false, false
		}
	}
	return true, false
}

// matchesNamed is matches for arguments by name, which a VARIADIC parameter takes only with that
// word.
func (d *declaration) matchesNamed(params []*catalog.Param) bool {
	for _, declared := range d.params {
		if !slices.ContainsFunc(params, func(p *catalog.Param) bool {
			return p.Name == declared.Name && p.Mode != catalog.Variadic &&
				isOut(declared) == (p.Mode == catalog.Out) && (p.Default || !declared.Absent)
		}) {
			return false
		}
	}
	return !slices.ContainsFunc(params, func(p *catalog.Param) bool {
		return !p.Default && !slices.ContainsFunc(d.params, func(declared moresql.Param) bool {
			return declared.Name == p.Name
		})
	})
}

func isRequired(p *catalog.Param) bool { return !p.Default }

func isOut(p moresql.Param) bool { return p.Out && !p.In }

func (d *declaration) list() string {
	names := make([]string, len(d.params))
	for i, p := range d.params {
		names[i] = p.Name
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
