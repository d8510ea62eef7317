package exec

import (
	"cmp"

	"github.com/moresql/moresql/internal/dialect"
)

// Begin has the statements run in a transaction with settings, and returns the first of them, which
// changes the settings: those of pairs, then those of values, then the role. One of a session has a
// role in any case: something else on the connection may have left another.
//
// text is that of the call. PostgreSQL checks the right to execute an inlined function only when it
// plans: a text that differs from role to role keeps one role from running by the plan of another.
func (o *Options) Begin(
	d *dialect.Dialect, pairs [][2]string, values map[string]string, role string, session bool,
	text *string,
) []Statement {
	set := d.Settings()
	o.Tx, o.Clean = true, set.Clean
	*text = set.Mark(role, *text)
	if session {
		role = cmp.Or(role, set.NoRole)
	}
	return []Statement{Statement(set.Statement(pairs, values, role))}
}
