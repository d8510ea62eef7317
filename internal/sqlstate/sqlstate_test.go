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
	for _, test := range []struct {
		reason string
		err    error
		want   Details
	}{
		{"none", nil, Details{}},
		{"an error without a code", errors.New("x"), Details{}},
		{"lib/pq", &pq.Error{Code: "P0001", Message: "m", Detail: "d", Hint: "h"}, Details{"P0001", "m", "d", "h"}},
		{"an error that is wrapped", fmt.Errorf("w: %w", &pq.Error{Code: "P0001", Message: "m"}), Details{Code: "P0001", Message: "m"}},
		{"MySQL", &mySQLError{1644, [5]byte{'4', '5', '0', '0', '0'}, "m"}, Details{Code: "45000", Message: "m"}},
		{"MySQL, wrapped", fmt.Errorf("w: %w", &mySQLError{1644, [5]byte{'4', '5', '0', '0', '0'}, "m"}), Details{Code: "45000", Message: "m"}},
		{"MySQL, joined", errors.Join(errors.New("x"), fmt.Errorf("%w %w", errors.New("y"), &mySQLError{1644, [5]byte{'4', '5', '0', '0', '0'}, "m"})), Details{Code: "45000", Message: "m"}},
		{"MySQL without a state", &mySQLError{Number: 2000, Message: "m"}, Details{Code: "HY000", Message: "m"}},
		{"a code and no fields", coder("22000"), Details{Code: "22000", Message: "text"}},
	} {
		if got := Of(test.err); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.reason, got, test.want)
		}
	}
}

func TestStatus(t *testing.T) {
	for code, want := range map[string]int{
		"23505": 409, "23503": 409, "23P01": 409, "23000": 409, // what is there already, or still needed
		"23502": 400, "23514": 400, "22P02": 400, "22003": 400, // values that cannot be
		"25006": 405,                                                                       // writing in a read only transaction
		"42501": 403,                                                                       // not allowed
		"08006": 503, "53300": 503, "57P01": 503, "57P03": 503, "28P01": 503, "3D000": 503, // no way to the database
		"40001": 503, "40P01": 503, "55P03": 503, // try again
		"57014": 504,               // statement_timeout
		"P0001": 400, "45000": 400, // raised by the procedure's author
		"P0002": 404, "PT404": 404, "PT503": 503,
		"PT200": 500, "PT999": 500, "PTabc": 500, // no status of an error
		"42601": 500, "42883": 500, "XX000": 500, "": 500, "0": 500, "P0003": 500, // the program's mistakes
	} {
		if got := Status(code); got != want {
			t.Errorf("Status(%s) = %d, want %d", code, got, want)
		}
	}
}

func TestUnavailable(t *testing.T) {
	for _, err := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "dial", Err: errors.New("refused")}} {
		if !Unavailable(fmt.Errorf("w: %w", err)) {
			t.Errorf("%v does not count as unavailable", err)
		}
	}
	for _, err := range []error{errors.New("x"), context.Canceled} {
		if Unavailable(err) {
			t.Errorf("%v counts as unavailable", err)
		}
	}
}
