package rpc

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/response"
)

// The codes are PostgREST's, which its clients look for.
const (
	codeNotFound  = "PGRST202"
	codeAmbiguous = "PGRST203"
)

func notFound(message, hint string) *Error {
	return &Error{Problem: response.Problem{Status: http.StatusNotFound, Code: codeNotFound, Message: message, Hint: hint}}
}

func notAllowed(allow, message string) *Error {
	return &Error{Allow: allow, Problem: response.Problem{Status: http.StatusMethodNotAllowed, Message: message}}
}

func ambiguous(fitting []*catalog.Routine) *Error {
	candidates := make([]string, len(fitting))
	for i, r := range fitting {
		candidates[i] = r.String()
	}
	return &Error{Problem: response.Problem{
		Status: http.StatusMultipleChoices, Code: codeAmbiguous,
		Message: "more than one function is called with these parameters: " + strings.Join(candidates, "; "),
		Hint:    "give one of them a name or parameter names of its own",
	}}
}

// names lists the names of arguments.
func names(args []binder.Arg) string {
	if len(args) == 0 {
		return "()"
	}
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = a.Name
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
	best, fewest := "", len(name)/3+1
	for _, r := range snapshot.Routines() {
		if n := distance(r.Name, name, fewest); n < fewest {
			best, fewest = r.String(), n
		}
	}
	if best == "" {
		return ""
	}
	return "perhaps you mean " + best
}

// distance counts the letters to insert, delete or change between a and b (Levenshtein), as far as limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, now := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		now[0] = i + 1
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			now[j+1] = min(change, before[j+1]+1, now[j]+1)
		}
		before, now = now, before
	}
	return before[len(b)]
}
