package sqlstate

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/lib/pq"
)

// mySQLError has the fields of go-sql-driver/mysql's error.
type mySQLError struct {
	Number   uint16
	SQLState [5]byte
	Message  string
}

func (e *mySQLError) Error() string { return e.Message }

// mySQL returns an error as the driver does.
func mySQL(number uint16, state string) error {
	return &mySQLError{Number: number, SQLState: [5]byte([]byte(state)), Message: "m"}
}

// coder is an error that has a code and no fields to look at.
type coder string

func (c coder) Error() string    { return "text" }
func (c coder) SQLState() string { return string(c) }

func TestOfReadsTheErrorsOfEveryDriver(t *testing.T) {
	signal := mySQL(1644, "45000")
	signalled := Details{Code: "45000", Message: "m", Raised: true}
	joined := errors.Join(errors.New("x"), fmt.Errorf("%w %w", errors.New("y"), signal))
	raise := &pq.Error{Code: "P0001", Message: "m", Detail: "d", Hint: "h"}
	for _, test := range []struct {
		reason string
		err    error
		want   Details
	}{
		{"no error", nil, Details{}},
		{"an error without a code", errors.New("x"), Details{}},
		{"an error of lib/pq", raise, Details{"P0001", "m", "d", "h", true}},
		{
			reason: "a wrapped error",
			err:    fmt.Errorf("w: %w", raise),
			want:   Details{"P0001", "m", "d", "h", true},
		},
		{"an error of MySQL", signal, signalled},
		{"a wrapped error of MySQL", fmt.Errorf("w: %w", signal), signalled},
		{"a joined error of MySQL", joined, signalled},
		{
			reason: "an error of MySQL without a state",
			err:    &mySQLError{Number: 2000, Message: "m"},
			want:   Details{Code: "HY000", Message: "m"},
		},
		{"a code without fields", coder("22000"), Details{Code: "22000", Message: "text"}},
		{
			reason: "a code that an author has made up, without fields",
			err:    coder("AB123"),
			want:   Details{Code: "AB123", Message: "text", Raised: true},
		},

		{
			reason: "RAISE with the code of a constraint",
			err:    &pq.Error{Code: "23505", Routine: "exec_stmt_raise"},
			want:   Details{Code: "23505", Raised: true},
		},
		{
			reason: "the constraint itself",
			err:    &pq.Error{Code: "23505", Routine: "_bt_check_unique"},
			want:   Details{Code: "23505"},
		},
		{
			reason: "RAISE no_data_found",
			err:    &pq.Error{Code: "P0002", Routine: "exec_stmt_raise"},
			want:   Details{Code: "P0002", Raised: true},
		},
		{
			reason: "SELECT INTO STRICT, whose detail shows parameters",
			err:    &pq.Error{Code: "P0002", Routine: "exec_stmt_execsql"},
			want:   Details{Code: "P0002"},
		},
		{
			reason: "ASSERT, which is for the author of the function",
			err:    &pq.Error{Code: "P0004", Routine: "exec_stmt_assert"},
			want:   Details{Code: "P0004"},
		},
		{
			reason: "a code that an author has made up in another language",
			err:    &pq.Error{Code: "AB123", Routine: "PLy_elog_impl"},
			want:   Details{Code: "AB123", Raised: true},
		},
		{
			reason: "SIGNAL of what is not found",
			err:    mySQL(1643, "02000"),
			want:   Details{Code: "02000", Message: "m", Raised: true},
		},
		{
			reason: "a FETCH that finds nothing",
			err:    mySQL(1329, "02000"),
			want:   Details{Code: "02000", Message: "m"},
		},
		{
			reason: "SIGNAL with the state of a constraint",
			err:    mySQL(1644, "23000"),
			want:   Details{Code: "23000", Message: "m", Raised: true},
		},
		{
			reason: "the constraint of MySQL itself",
			err:    mySQL(1062, "23000"),
			want:   Details{Code: "23000", Message: "m"},
		},
	} {
		if got := Of(test.err); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.reason, got, test.want)
		}
	}
}

// retryable is an error as pgx has it, which says whether anything had been sent.
type retryable bool

func (r retryable) Error() string     { return "conn closed" }
func (r retryable) SafeToRetry() bool { return bool(r) }

func TestUnavailableIsAnErrorOfTheConnection(t *testing.T) {
	for _, err := range []error{
		driver.ErrBadConn,
		io.EOF,
		io.ErrUnexpectedEOF,
		&net.OpError{Op: "dial", Err: errors.New("refused")},
		retryable(true),
	} {
		if !Unavailable(fmt.Errorf("w: %w", err)) {
			t.Errorf("%v does not count as unavailable", err)
		}
	}
	for _, err := range []error{errors.New("x"), context.Canceled, retryable(false)} {
		if Unavailable(err) {
			t.Errorf("%v counts as unavailable", err)
		}
	}
}

// The detail of a value that was bound is about what the client has sent; any other may show rows.
// PostgreSQL says by its context which it is.
func TestPublicDetailIsOfBoundValuesOnly(t *testing.T) {
	const bound = "unnamed portal parameter $1 = '<'"
	for _, test := range []struct{ reason, where, detail, want string }{
		{"a value that was bound", bound, "line 1: no element", "line 1: no element"},
		{"one that a function has read", "SQL function \"f\" statement 1", "line 1: no element", ""},
		{"one that a function has read of a value that was bound",
			"SQL function \"f\" statement 1\n" + bound, "line 1: no element", ""},
		{"a constraint", "", "Key (a)=(1) already exists.", ""},
		{"no detail", bound, "", ""},
		{"a long one", bound, strings.Repeat("ä", 1000), strings.Repeat("ä", 500) + "…"},
	} {
		err := &pq.Error{Code: "2200N", Where: test.where, Detail: test.detail}
		if got := PublicDetail(err); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}

// The numbers are those of the manual; internal/dbtest has a server say them.
func TestConstraintsOfMySQLHaveTheCodesOfPostgreSQL(t *testing.T) {
	for number, want := range map[uint16]string{
		1048: "23502", 1062: "23505", 1451: "23503", 1452: "23503", 4025: "23514", 1064: "",
		1348: "0A000", 1906: "428C9", 3105: "428C9",
	} {
		if got := Constraint(fmt.Errorf("x: %w", mySQL(number, "23000"))); got != want {
			t.Errorf("%d: %q, want %q", number, got, want)
		}
	}
	if got := Constraint(&pq.Error{Code: "23505"}); got != "" {
		t.Errorf("of lib/pq: %q", got)
	}
}
