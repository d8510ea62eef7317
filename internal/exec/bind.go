package exec

import (
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/moresql/moresql/internal/quirk"
)

// bind converts arguments to what the driver takes, as database/sql does: the prepared statement
// or else the connection may say how, and by default driver.DefaultParameterConverter does. An
// argument that they remove is left out.
func (s *session) bind(stmt driver.Stmt, values []any) ([]driver.NamedValue, error) {
	checker, ok := stmt.(driver.NamedValueChecker)
	if !ok {
		checker, _ = s.conn.(driver.NamedValueChecker)
	}
	args, n := s.newArgs(len(values)), 0
	for i, value := range values {
		arg := &args[n]
		*arg = driver.NamedValue{Ordinal: n + 1, Value: value}
		if named, ok := value.(sql.NamedArg); ok {
			arg.Name, arg.Value = named.Name, named.Value
		}
		err := driver.ErrSkip
		if checker != nil {
			err = checker.CheckNamedValue(arg)
		}
		if err == driver.ErrSkip {
			arg.Value, err = driver.DefaultParameterConverter.ConvertValue(arg.Value)
		}
		if err == driver.ErrRemoveArgument {
			continue
		}
		arg.Value = quirk.Exact(s.conn, arg.Value)
		if err != nil {
			return nil, unsentError{fmt.Errorf("argument %d: %w", i+1, err)}
		}
		n++
	}
	return args[:n], nil
}

// newArgs returns memory for n arguments, that of the session if it is enough: most calls have few.
func (s *session) newArgs(n int) []driver.NamedValue {
	if n > len(s.few)-s.taken {
		return make([]driver.NamedValue, n)
	}
	s.taken += n
	return s.few[s.taken-n : s.taken : s.taken]
}
