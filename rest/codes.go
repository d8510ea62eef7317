package rpc

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/nearest"
)

// The codes are PostgREST's, which its clients look for.
const (
	codeNotFound  = "PGRST202"
	codeAmbiguous = "PGRST203"
)

func notFound(message, hint string) *Error {
	return &Error{Status: http.StatusNotFound, Code: codeNotFound, Message: message, Hint: hint}
}

func notAllowed(allow, message string) *Error {
	return &Error{Status: http.StatusMethodNotAllowed, Message: message, Allow: allow}
}

func ambiguous(fitting []*catalog.Routine) *Error {
	candidates := make([]string, len(fitting))
	for i, r := range fitting {
		candidates[i] = r.String()
	}
	return &Error{
		Status: http.StatusMultipleChoices, Code: codeAmbiguous,
		Message: "more than one function is called with these parameters: " + strings.Join(candidates, "; "),
		Hint:    "give one of them a name or parameter names of its own",
	}
}

// names lists the names of arguments, the first few of very many.
func names(args []binder.Arg) string {
	const most = 20
	var list []string
	for i, a := range args {
		if i == most {
			list = append(list, "…")
			break
		}
		list = append(list, fmt.Sprintf("%.63s", a.Name))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// closest names the overload that shares most of the names and lacks the fewest.
func closest(overloads []catalog.Routine, args []binder.Arg) string {
	best := slices.MaxFunc(overloads, func(a, b catalog.Routine) int { return likeness(&a, args) - likeness(&b, args) })
	return fmt.Sprintf("there is %s", best)
}

func likeness(r *catalog.Routine, args []binder.Arg) int {
	points := 0
	for _, p := range inputs(r) {
		if slices.ContainsFunc(args, func(a binder.Arg) bool { return a.Name == p.Name }) {
			points += 2
		} else if !p.Default {
			points--
		}
	}
	return points
}

// closestName names the function whose name differs in the fewest letters, "" when none is like it.
func closestName(snapshot *catalog.Snapshot, name string) string {
	routines := snapshot.Routines()
	i := nearest.Index(name, len(routines), func(i int) string { return routines[i].Name })
	if i < 0 {
		return ""
	}
	return "perhaps you mean " + routines[i].String()
}
