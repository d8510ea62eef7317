package quirk

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"
)

// Types as go-sql-driver/mysql keeps the columns of a result.
type (
	mysqlField struct{ length uint32 }
	mysqlSet   struct{ columns []mysqlField }
	mysqlRows  struct{ rs mysqlSet }
	textRows   struct{ mysqlRows }
)

// TestLengthOfOneIsABoolean. That the driver still keeps the length there is seen with a server, in
// internal/dbtest.
func TestLengthOfOneIsABoolean(t *testing.T) {
	rows := &textRows{mysqlRows{mysqlSet{[]mysqlField{{length: 1}, {length: 4}}}}}
	renamed := struct{ set mysqlSet }{}
	type (
		names struct{ columns []string }
		byKey struct{ columns map[int]int }
	)
	for _, test := range []struct {
		reason string
		rows   any
		column int
		want   bool
	}{
		{"TINYINT(1)", rows, 0, true},
		{"TINYINT(4)", rows, 1, false},
		{"there is no such column", rows, 2, false},
		{"the driver has renamed a field", &renamed, 0, false},
		{"the driver has other columns", &struct{ rs names }{names{[]string{"a"}}}, 0, false},
		{"the columns are of another type", &struct{ rs byKey }{byKey{map[int]int{0: 1}}}, 0, false},
		{"the rows are nil", (*textRows)(nil), 0, false},
		{"there are no rows", nil, 0, false},
	} {
		if got := IsMySQLBoolean(test.rows, test.column); got != test.want {
			t.Errorf("%s: %v", test.reason, got)
		}
	}
}

// TestMySQLCutIsKnownByItsText wherever it is in an error. That the driver still has the text is
// seen with a server, in internal/dbtest.
func TestMySQLCutIsKnownByItsText(t *testing.T) {
	cut := errors.New("invalid connection")
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{cut, true},
		{fmt.Errorf("w: %w", cut), true},
		{errors.Join(errors.New("x"), fmt.Errorf("w: %w", cut)), true},
		{errors.New("w: invalid connection"), false},
		{driver.ErrBadConn, false},
	} {
		if got := IsMySQLCut(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}
