package rpc

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/moresql/moresql/catalog"
)

// A Route is a call that the program has declared by hand.
type Route struct {
	Schema, Name string // Schema is "" for one that the search path finds
	Kind         catalog.Kind
	Named        bool // arguments go by name
	Params       []RouteParam
}

// A RouteParam is one of its parameters.
type RouteParam struct {
	Name     string
	Optional bool // under named notation it may be left out
	Out      bool // the call has NULL or a variable in its place
}

// Routes are all those that a program has declared. The zero Routes are none. They are safe for concurrent use.
type Routes struct {
	mutex sync.Mutex
	list  []Route
}

// Add adds a route, if it is new: a program may make the same handler again and again.
func (r *Routes) Add(route Route) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !slices.ContainsFunc(r.list, route.equal) {
		r.list = append(r.list, route)
	}
}

func (route Route) equal(other Route) bool {
	return route.Schema == other.Schema && route.Name == other.Name && route.Kind == other.Kind &&
		route.Named == other.Named && slices.Equal(route.Params, other.Params)
}

// Check returns the errors of all routes, joined.
func (r *Routes) Check(snapshot *catalog.Snapshot) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var problems []error
	for _, route := range r.list {
		if err := route.Check(snapshot); err != nil {
			problems = append(problems, fmt.Errorf("moresql: %s: %w", route.Name, err))
		}
	}
	return errors.Join(problems...)
}

// Check returns an error that says what is wrong with a route: its routine is missing, takes other parameters, or is one of
// several that the call does not tell apart.
func (route Route) Check(snapshot *catalog.Snapshot) error {
	overloads := snapshot.Named(route.Name)
	if route.Schema != "" {
		overloads = snapshot.Lookup(route.Schema, route.Name)
	}
	overloads = slices.DeleteFunc(slices.Clone(overloads), func(r catalog.Routine) bool { return r.Kind != route.Kind })
	if len(overloads) == 0 {
		message := fmt.Sprintf("there is no such %s in the catalog", strings.ToLower(route.Kind.String()))
		if hint := closestName(snapshot, route.Name); hint != "" {
			message += ": " + hint
		}
		return errors.New(message)
	}
	var fitting, spread []string
	for i := range overloads {
		switch fits, isSpread := route.fits(&overloads[i]); {
		case isSpread:
			spread = append(spread, overloads[i].String())
		case fits:
			fitting = append(fitting, overloads[i].String())
		}
	}
	if len(fitting) == 0 {
		fitting = spread
	}
	switch {
	case len(fitting) == 0:
		return fmt.Errorf("no routine takes the declared parameters %s: there is %s", route.params(), list(overloads))
	case len(fitting) > 1:
		return fmt.Errorf("the parameters %s fit more than one routine: %s", route.params(), strings.Join(fitting, "; "))
	}
	return nil
}

// fits reports whether every call that the route can make is one of the routine, or one that spreads its last arguments over a
// VARIADIC parameter, which the server does when nothing else fits (PostgreSQL manual, 10.3).
func (route Route) fits(r *catalog.Routine) (fits, spread bool) {
	params := inputs(r)
	if r.Kind == catalog.Procedure { // OUT parameters have their place in CALL
		params = params[:0]
		for i := range r.Params {
			params = append(params, &r.Params[i])
		}
	}
	if route.Named {
		return route.fitsNamed(params), false
	}
	n := len(route.Params)
	if last := len(params) - 1; last >= 0 && params[last].Mode == catalog.Variadic {
		return false, n > last
	}
	if n > len(params) || slices.ContainsFunc(params[n:], func(p *catalog.Param) bool { return !p.Default }) {
		return false, false
	}
	for i, declared := range route.Params {
		if declared.Out != (params[i].Mode == catalog.Out) {
			return false, false
		}
	}
	return true, false
}

// fitsNamed is fits for arguments by name, which a VARIADIC parameter takes only with that word.
func (route Route) fitsNamed(params []*catalog.Param) bool {
	for _, declared := range route.Params {
		if !slices.ContainsFunc(params, func(p *catalog.Param) bool {
			return p.Name == declared.Name && p.Mode != catalog.Variadic && declared.Out == (p.Mode == catalog.Out) && (p.Default || !declared.Optional)
		}) {
			return false
		}
	}
	return !slices.ContainsFunc(params, func(p *catalog.Param) bool {
		return !p.Default && !slices.ContainsFunc(route.Params, func(d RouteParam) bool { return d.Name == p.Name })
	})
}

func (route Route) params() string {
	names := make([]string, len(route.Params))
	for i, p := range route.Params {
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
