package sqlstate

import (
	"errors"
	"testing"

	"github.com/lib/pq"
)

// pgError has the fields of pgx's error, whose places are numbers.
type pgError struct {
	Code, Message, Where, File, InternalQuery string
	Position, InternalPosition                int32
}

func (e *pgError) Error() string    { return e.Message }
func (e *pgError) SQLState() string { return e.Code }

// TestReportBlamesTheClientForValues has errors as PostgreSQL 15 and MariaDB 10.11 send them, and
// MySQL 8.4 by its reference of errors. Those of servers are in internal/dbtest.
func TestReportBlamesTheClientForValues(t *testing.T) {
	const name = "syntax error at or near \"1\""
	for _, test := range []struct {
		reason string
		err    error
		status int
	}{
		{
			reason: "a text search of lib/pq",
			err:    &pq.Error{Code: "42601", File: "tsquery.c", Where: "PL/pgSQL function f(text)"},
			status: 400,
		},
		{
			reason: "a text search of pgx",
			err:    &pgError{Code: "42601", File: "tsquery.c", Where: "PL/pgSQL function f(text)"},
			status: 400,
		},
		{
			reason: "hstore, which has no code",
			err:    &pq.Error{Code: "XX000", File: "hstore_io.c", Message: "Unexpected end of string"},
			status: 400,
		},
		{
			reason: "seg",
			err:    &pq.Error{Code: "42601", File: "segscan.l", Message: "bad seg representation"},
			status: 400,
		},
		{
			reason: "a text search as a literal, which has a place",
			err:    &pq.Error{Code: "42601", File: "tsquery.c", InternalPosition: "8", InternalQuery: "…"},
			status: 500,
		},
		{
			reason: "a text search as a literal of the statement that is sent",
			err:    &pgError{Code: "42601", File: "tsquery.c", Position: 8},
			status: 500,
		},
		{
			reason: "PL/pgSQL, which has no place",
			err:    &pq.Error{Code: "42601", File: "pl_exec.c"},
			status: 500,
		},
		{
			reason: "another database, which has neither",
			err:    &pq.Error{Code: "42601", File: "lexer.go"},
			status: 500,
		},
		{
			reason: "the name of a type",
			err: &pq.Error{
				Code: "42601", File: "scan.l", Message: name, Position: "1",
				Where: "invalid type name \"1,5\"\nPL/pgSQL function f(text) line 1 at RETURN",
			},
			status: 400,
		},
		{
			reason: "the name of a type, in a server that speaks German",
			err: &pgError{
				Code: "42601", File: "scan.l", Message: "Syntaxfehler bei »1«", Position: 1,
				Where: "ungültiger Typname »1,5«",
			},
			status: 400,
		},
		{
			reason: "the name of a type that ends early",
			err: &pgError{
				Code: "42601", File: "scan.l", Message: "syntax error at end of input",
				InternalPosition: 7, InternalQuery: "SELECT v::regtype",
				Where: "invalid type name \"int4(5\"\nSQL function \"f\" statement 1",
			},
			status: 400,
		},
		{
			reason: "the name of a type with a line break",
			err: &pgError{
				Code: "42601", File: "scan.l", Message: "syntax error at or near \"b\"", Position: 3,
				Where: "invalid type name \"a\nb\"",
			},
			status: 400,
		},
		{
			reason: "the name of a type as a literal",
			err: &pgError{
				Code: "42601", File: "scan.l", Message: name, InternalPosition: 1,
				InternalQuery: "'1,5'::regtype", Where: "invalid type name \"1,5\"\nPL/pgSQL function f()",
			},
			status: 500,
		},
		{
			reason: "a syntax error in SQL",
			err: &pgError{
				Code: "42601", File: "scan.l", Message: "syntax error at or near \"SELEC\"",
				InternalPosition: 1, InternalQuery: "SELEC", Where: "SQL function \"f\" statement 1",
			},
			status: 500,
		},

		{reason: "data that is truncated", err: mySQL(1265, "01000"), status: 400},
		{reason: "another warning", err: mySQL(1, "01000"), status: 500},
		{reason: "MySQL's syntax error in a path", err: mySQL(3143, "42000"), status: 400},
		{reason: "MySQL's mismatched parenthesis", err: mySQL(3691, "HY000"), status: 400},
		{reason: "MySQL's failed check", err: mySQL(3819, "HY000"), status: 400},
		{reason: "a syntax error", err: mySQL(1064, "42000"), status: 500},
		{reason: "a connection that was killed", err: mySQL(1927, "70100"), status: 503},
		{reason: "a client that was idle", err: mySQL(4031, "HY000"), status: 503},
		{reason: "a query that was killed", err: mySQL(1317, "70100"), status: 504},
	} {
		r := ReportOf(test.err, true)
		if r.Status != test.status || r.Public != (test.status == 400) ||
			r.Public && r.Message == Of(test.err).Message {
			t.Errorf("%s: %+v, want %d", test.reason, r, test.status)
		}
	}
	if !Unavailable(errors.New("invalid connection")) { // that is mysql.ErrInvalidConn
		t.Error("a connection of MySQL that was cut counts as available")
	}
}
