package exec

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// bind converts arguments to what the driver takes, as database/sql does: the prepared statement or
// else the connection may say how, and by default driver.DefaultParameterConverter does. An argument
// that they remove is left out.
func (s *session) bind(stmt driver.Stmt, values []any) ([]driver.NamedValue, error) {
	checker, ok := stmt.(driver.NamedValueChecker)
	if !ok {
		checker, _ = s.conn.(driver.NamedValueChecker)
	}
	args := make([]driver.NamedValue, len(values))
	n := 0
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
		if err != nil {
			return nil, unsentError{fmt.Errorf("argument %d: %w", i+1, err)}
		}
		n++
	}
	return args[:n], nil
}
