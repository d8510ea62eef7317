package sqlstate

import (
	"reflect"
	"slices"
	"strings"
)

// firebirdException is the code of what EXCEPTION raises (iberror.h, as the next ones).
const firebirdException = 335544517

// ofFirebird reads an error of github.com/nakagami/firebirdsql, which has Firebird's codes, from
// the general to the particular, and their texts with the parts that Firebird has put in. The
// SQLSTATE of PostgreSQL for the same fault stands in for that of the driver, which is the one of
// the first code, mostly that of any wrong statement.
func ofFirebird(err error) Details {
	fields := findFields(err, func(fields reflect.Value) bool {
		f := fields.FieldByName("GDSCodes")
		return f.IsValid() && f.Type() == reflect.TypeFor[[]int]() &&
			fields.FieldByName("Params").IsValid()
	})
	if !fields.IsValid() {
		return Details{}
	}
	codes, _ := fields.FieldByName("GDSCodes").Interface().([]int)
	params, _ := fields.FieldByName("Params").Interface().([][]string)
	if i := slices.Index(codes, firebirdException); i >= 0 && len(params) > i+2 {
		return Details{ // after the number, the name and the text
			Code: "P0001", Message: strings.Join(params[i+2], " "),
			Detail: strings.Join(params[i+1], " "), Raised: true,
		}
	}
	d := Details{Code: text(fields, "SQLState"), Message: text(fields, "Message")}
	for _, line := range firebirdCodes {
		if slices.Contains(codes, line.number) {
			d.Code, d.Message = line.code, line.message
			break
		}
	}
	return d
}

// firebirdCodes have the SQLSTATE for codes, the particular before the general, and a text, since
// those of Firebird quote values, which may be those of rows.
var firebirdCodes = []struct {
	number        int
	code, message string
}{
	{335544665, "23505", "a key of this value exists already"},         // unique_key_violation
	{335544349, "23505", "a key of this value exists already"},         // no_dup
	{335544466, "23503", "a foreign key is violated"},                  // foreign_key
	{335544838, "23503", "a foreign key is violated"},                  // ..._target_doesnt_exist
	{335544839, "23503", "a foreign key is violated"},                  // ..._references_present
	{335544558, "23514", "a CHECK constraint is violated"},             // check_constraint
	{335544347, "23502", "a value is missing or not valid"},            // not_valid
	{335544879, "23502", "a value is missing or not valid"},            // not_valid_for_var
	{335544334, "22018", "a value is not of its type"},                 // convert_error
	{335544914, "22001", "a text is too long"},                         // string_truncation
	{335544916, "22003", "a number is out of range"},                   // numeric_out_of_range
	{335544779, "22003", "a number is out of range"},                   // exception_integer_overflow
	{335544775, "22003", "a number is out of range"},                   // exception_float_overflow
	{335544778, "22012", "division by zero"},                           // ..._integer_divide_by_zero
	{335544772, "22012", "division by zero"},                           // ..._float_divide_by_zero
	{335544702, "22025", "a pattern has a backslash in a wrong place"}, // escape_invalid
	{335544565, "22018", "a character is not in the character set"},    // transliteration_failed
	{335544321, "22000", "a value is out of range"},                    // arith_except
	{335544352, "42501", "the right to do this is missing"},            // no_priv
	{335544361, "25006", "the transaction may only read"},              // read_only_trans
	{335544765, "25006", "the database may only be read"},              // read_only_database
	{335544794, "57014", "the statement was cancelled"},                // cancelled
	{335544336, "40P01", "the call was in conflict with another one"},  // deadlock
	{335544345, "55P03", "the call was in conflict with another one"},  // lock_conflict
	{335544451, "40001", "the call was in conflict with another one"},  // update_conflict
	{335544581, "42883", "there is no such procedure"},                 // dsql_procedure_err
	{335544586, "42883", "there is no such function"},                  // dsql_function_err
	{335544580, "42P01", "there is no such table"},                     // dsql_relation_err
	{335544472, "28000", "the user name or the password is wrong"},     // login
	{335544856, "57P01", "the server has ended the connection"},        // att_shutdown
	{335544528, "57P01", "the database is shut down"},                  // shutdown
	{335544721, "08006", "the connection to the server is lost"},       // network_error
}
