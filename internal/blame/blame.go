// Package blame finds the fields of a request that an error is about.
package blame

import (
	"errors"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/sqlstate"
)

// Fields returns what an error says of fields of a request, unless that is known. names are those
// of the values that have been bound, "" for none, and bind, for each placeholder of the statement,
// the index of its value; nil for all in order. The error of one of several steps has its own. The
// texts are for the client, and quote nothing but it has sent.
func Fields(
	known []binder.Problem, err error, names []string, bind []int,
) (problems []binder.Problem) {
	if known != nil {
		return known
	}
	if refused := (*binder.Error)(nil); errors.As(err, &refused) {
		return refused.Problems
	}
	if failed := (*exec.StepError)(nil); errors.As(err, &failed) {
		names, bind = failed.Step.Names, failed.Step.Bind
	}
	fields := sqlstate.Fields(err, names)
	n := sqlstate.Placeholder(err) - 1
	if bind != nil && n >= 0 && n < len(bind) {
		n = bind[n]
	} else if bind != nil {
		n = -1
	}
	if fields == nil && n >= 0 && n < len(names) {
		fields = []string{names[n]}
	}
	for _, name := range fields {
		if name != "" {
			problems = append(problems, binder.Problem{Field: name, Message: message(err)})
		}
	}
	return problems
}

// message returns what is wrong with a field: of a constraint in the words of a person, who does
// not know its name.
func message(err error) string {
	d := sqlstate.Of(err)
	if d.Raised {
		return d.Message
	}
	switch d.Code {
	case "23502":
		return "must not be NULL"
	case "23503":
		return "must be that of a row which exists, and of none that others refer to when it goes"
	case "23505":
		return "exists already"
	case "23P01":
		return "is in the way of a row which exists"
	}
	return sqlstate.Public(err)
}
