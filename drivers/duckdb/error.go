package duckdb

import (
	"errors"
	"regexp"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// An Error is an error of DuckDB with the SQLSTATE that PostgreSQL has for the same fault.
type Error struct {
	Message string // without the statement, and without values, which may be those of rows
	code    string
	err     error
}

// Error returns all that DuckDB says.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the error of the driver.
func (e *Error) Unwrap() error { return e.err }

// SQLState returns the code, of five characters.
func (e *Error) SQLState() string { return e.code }

// explained returns an error of the driver as an Error, if DuckDB says what kind it is. With
// arguments, a call that DuckDB finds no function for may be due to their types.
func explained(err error, hasArgs bool) error {
	var of *duckdb.Error
	if err == nil || !errors.As(err, &of) || errors.As(err, new(*Error)) {
		return err
	}
	text, _, _ := strings.Cut(of.Msg, "\n")
	_, text, _ = strings.Cut(text, "Error: ")
	if code := codeOf(of.Type, text, hasArgs); code != "" {
		return &Error{redacted(text), code, err}
	}
	return err
}

// codeOf returns the SQLSTATE of an error (PostgreSQL manual, appendix A), "" for one that says
// nothing about the statement or its values.
func codeOf(kind duckdb.ErrorType, text string, hasArgs bool) string {
	has := func(part string) bool { return strings.Contains(text, part) }
	switch kind {
	case duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeDecimal:
		return "22003"
	case duckdb.ErrorTypeConversion:
		return "22P02"
	case duckdb.ErrorTypeMismatchType, duckdb.ErrorTypeInvalidType:
		return "42804"
	case duckdb.ErrorTypeDivideByZero:
		return "22012"
	case duckdb.ErrorTypeInvalidInput:
		if has("read-only mode") {
			return "25006"
		}
		return "22023"
	case duckdb.ErrorTypeSequence:
		return "2200H"
	case duckdb.ErrorTypeConstraint:
		return constraintCode(has)
	case duckdb.ErrorTypeTransaction:
		return "40001"
	case duckdb.ErrorTypeCatalog:
		if has("Table with name") {
			return "42P01"
		}
		return "42883"
	case duckdb.ErrorTypeParser, duckdb.ErrorTypeSyntax:
		return "42601"
	case duckdb.ErrorTypeBinder:
		return binderCode(has, hasArgs)
	case duckdb.ErrorTypeInterrupt:
		return "57014"
	case duckdb.ErrorTypeOutOfMemory:
		return "53200"
	case duckdb.ErrorTypePermission:
		return "42501"
	case duckdb.ErrorTypeIO, duckdb.ErrorTypeHTTP, duckdb.ErrorTypeNetwork:
		return "58030"
	}
	return ""
}

func constraintCode(has func(string) bool) string {
	switch {
	case has("Duplicate key"), has("unique constraint"), has("primary key constraint"):
		return "23505"
	case has("NOT NULL"):
		return "23502"
	case has("CHECK"):
		return "23514"
	case has("foreign key"):
		return "23503"
	}
	return "23000"
}

// binderCode tells what is missing from what the types of the arguments do not suit.
func binderCode(has func(string) bool, hasArgs bool) string {
	switch {
	case has("Referenced column"):
		return "42703"
	case has("No function matches"), has("best candidate function"), has("Cannot compare values"),
		has("does not support the supplied arguments"):
		if hasArgs {
			return "22023"
		}
		return "42883"
	}
	return "42000"
}

// Values in messages: what is in quotes or parentheses, and a number that is named as one.
var values = regexp.MustCompile(`(?s)(['"]).*['"]|\(.*\)|\bvalue -?[0-9.]+`)

func redacted(message string) string { return values.ReplaceAllString(message, "…") }
