package sqlstate

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
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

// coder is an error that has a code and no fields to look at.
type coder string

func (c coder) Error() string    { return "text" }
func (c coder) SQLState() string { return string(c) }

func TestOf(t *testing.T) {
	signal := &mySQLError{1644, [5]byte{'4', '5', '0', '0', '0'}, "m"}
	signalled := Details{Code: "45000", Message: "m", Raised: true}
	for _, test := range []struct {
		reason string
		err    error
		want   Details
	}{
		{"none", nil, Details{}},
		{"an error without a code", errors.New("x"), Details{}},
		{"lib/pq", &pq.Error{Code: "P0001", Message: "m", Detail: "d", Hint: "h"}, Details{"P0001", "m", "d", "h", true}},
		{"an error that is wrapped", fmt.Errorf("w: %w", &pq.Error{Code: "P0001", Message: "m"}), Details{Code: "P0001", Message: "m", Raised: true}},
		{"MySQL", signal, signalled},
		{"MySQL, wrapped", fmt.Errorf("w: %w", signal), signalled},
		{"MySQL, joined", errors.Join(errors.New("x"), fmt.Errorf("%w %w", errors.New("y"), signal)), signalled},
		{"MySQL without a state", &mySQLError{Number: 2000, Message: "m"}, Details{Code: "HY000", Message: "m"}},
		{"a code and no fields", coder("22000"), Details{Code: "22000", Message: "text"}},
		{"a code of the author's and no fields", coder("AB123"), Details{Code: "AB123", Message: "text", Raised: true}},

		{"RAISE with the code of a constraint", &pq.Error{Code: "23505", Routine: "exec_stmt_raise"}, Details{Code: "23505", Raised: true}},
		{"the constraint itself", &pq.Error{Code: "23505", Routine: "_bt_check_unique"}, Details{Code: "23505"}},
		{"RAISE no_data_found", &pq.Error{Code: "P0002", Routine: "exec_stmt_raise"}, Details{Code: "P0002", Raised: true}},
		{"SELECT INTO STRICT, whose detail shows parameters", &pq.Error{Code: "P0002", Routine: "exec_stmt_execsql"}, Details{Code: "P0002"}},
		{"ASSERT, which is for who writes the function", &pq.Error{Code: "P0004", Routine: "exec_stmt_assert"}, Details{Code: "P0004"}},
		{"a code of the author's from another language", &pq.Error{Code: "AB123", Routine: "PLy_elog_impl"}, Details{Code: "AB123", Raised: true}},
		{"SIGNAL with the state of a constraint", &mySQLError{1644, [5]byte{'2', '3', '0', '0', '0'}, "m"}, Details{Code: "23000", Message: "m", Raised: true}},
		{"MySQL's constraint itself", &mySQLError{1062, [5]byte{'2', '3', '0', '0', '0'}, "m"}, Details{Code: "23000", Message: "m"}},
	} {
		if got := Of(test.err); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.reason, got, test.want)
		}
	}
}

// retryable is an error as pgx has it, which tells whether it is from before anything was sent.
type retryable bool

func (r retryable) Error() string     { return "conn closed" }
func (r retryable) SafeToRetry() bool { return bool(r) }

func TestUnavailable(t *testing.T) {
	for _, err := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "dial", Err: errors.New("refused")}, retryable(true)} {
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
