package exec

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/moresql/moresql/internal/dialect"
)

// Begin has the statements run in a transaction with settings, and returns the first of them, which
// changes the settings: those of pairs, then those of values, then the role. One of a session has a
// role in any case: something else on the connection may have left another.
//
// PostgreSQL checks the right to execute an inlined function only when it plans: texts that differ
// from role to role keep one role from running by the plan of another. Run marks those of the
// statements after the settings.
func (o *Options) Begin(
	d *dialect.Dialect, pairs [][2]string, values map[string]string, role string, session bool,
) ([]Statement, error) {
	set := d.Settings()
	if set == nil {
		return nil, fmt.Errorf("%s has no settings of a transaction", d)
	}
	o.Tx, o.Clean, o.CleanRead, o.Settings = true, set.Clean, set.CleanRead, 1
	o.mark, o.role, o.reset = set.Mark, role, set.Reset
	if session {
		role = cmp.Or(role, set.NoRole)
	}
	return []Statement{Statement(set.Statement(pairs, values, role))}, nil
}

type settingsKey struct{}

type settings struct {
	values map[string]string
	role   string
}

// WithSettings returns a context with the settings of a session, for RunContext.
func WithSettings(ctx context.Context, values map[string]string, role string) context.Context {
	return context.WithValue(ctx, settingsKey{}, settings{values, role})
}

// RunContext is Run with the settings of a session that ctx has, written by Options.Dialect. It is
// an error if ctx has none and Options.Needed is set.
func RunContext(
	ctx context.Context, db Querier, statements []Statement, o Options,
) (*Result, error) {
	s, ok := ctx.Value(settingsKey{}).(settings)
	if !ok && o.Needed {
		return nil, errors.New("a Session wants settings for every call: " +
			"pass the context of Settings.Context")
	}
	if ok {
		first, err := o.Begin(o.Dialect, nil, s.values, s.role, true)
		if err != nil {
			return nil, err
		}
		statements = append(first, statements...)
	}
	return Run(ctx, db, statements, o)
}
