package rest

import (
	"errors"
	"net/http"
	"slices"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/htmlpage"
	"github.com/moresql/moresql/internal/routine"
)

// withFields completes the error of a call that no overload takes with the arguments that are
// missing, if a browser shows it: then its page has a form for them. The list of routines leads
// there without any. A form would send again what is no argument.
func withFields(
	r *http.Request, err error, overloads []catalog.Routine, args, others []binder.Arg,
) error {
	var e *moresql.Error
	if !htmlpage.Wanted(r) || !errors.As(err, &e) || e.Status != http.StatusNotFound {
		return err
	}
	best, given := likest(overloads, args), 0
	var missing []binder.Problem
	for _, p := range routine.NamedInputs(&best) {
		switch {
		case slices.ContainsFunc(args, func(a binder.Arg) bool { return a.Name == p.Name }):
			given++
		case !p.Default:
			missing = append(missing, binder.Problem{Field: p.Name, Message: "needs a value"})
		}
	}
	if given == len(args) && len(others) == 0 {
		e.Problems = missing
	}
	return err
}

// likest returns the overload that shares most of the names and lacks the fewest.
func likest(overloads []catalog.Routine, args []binder.Arg) catalog.Routine {
	return slices.MaxFunc(overloads, func(a, b catalog.Routine) int {
		return likeness(&a, args) - likeness(&b, args)
	})
}
