package sqltext

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// Routine writes the call of a routine of PostgreSQL's, with the parameters that are given, by name where they have one. $1 is the
// first of those in the routine's order.
//
// Values whose text depends on the session's settings, or that a driver would not hand over as they are, are asked of the
// server as the JSON that its to_json writes, which is also the faster way.
func Routine(r *catalog.Routine, given []*catalog.Param) (string, error) {
	call, name, err := routineCall(r, given)
	if err != nil {
		return "", err
	}
	switch result := r.Result; {
	case r.Kind == catalog.Procedure:
		return "CALL " + call, nil
	case isRecord(result): // FROM would want to know its columns
		return "SELECT pg_catalog.to_json(" + call + ") AS " + name, nil
	case result.Columns == nil && !asItIs(result.Type):
		return "SELECT pg_catalog.to_json(v) AS " + name + " FROM " + call + " AS _(v)", nil
	case slices.ContainsFunc(result.Columns, func(c catalog.Column) bool { return !asItIs(c.Type) }):
		list, err := selectList(result.Columns)
		return "SELECT " + list + " FROM " + call, err
	}
	return "SELECT * FROM " + call, nil
}

// Relation writes the call of a function of PostgreSQL's as what Select asks, with its values as they are. It is an error for a
// routine whose rows have no columns to name: a procedure, or a function of record.
func Relation(r *catalog.Routine, given []*catalog.Param) (Inner, error) {
	if r.Kind == catalog.Procedure || isRecord(r.Result) {
		return Inner{}, fmt.Errorf("%s: its columns are not known before the call: make it a function that RETURNS TABLE (…)", r)
	}
	call, _, err := routineCall(r, given)
	columns := r.Result.Columns
	if columns == nil {
		columns = []catalog.Column{{Name: r.Name, Type: r.Result.Type}}
	}
	return Inner{Query: "SELECT * FROM " + call, Values: len(given), Columns: columns}, err
}

// isRecord reports whether a function's rows have columns that only the call decides.
func isRecord(result catalog.Result) bool {
	return result.Columns == nil && result.Type != nil && result.Type.Name == "record"
}

// routineCall writes a routine's quoted name with its arguments; name is without the schema.
func routineCall(r *catalog.Routine, given []*catalog.Param) (call, name string, err error) {
	if name, err = PostgreSQL.Quote(r.Name); err != nil {
		return "", "", err
	}
	args, err := routineArgs(r, given)
	if err != nil {
		return "", "", err
	}
	call = name + "(" + args + ")"
	if r.Schema != "" {
		schema, err := PostgreSQL.Quote(r.Schema)
		if err != nil {
			return "", "", err
		}
		call = schema + "." + call
	}
	return call, name, nil
}

// routineArgs writes the arguments, each with the type of its parameter, so that of overloads the server takes the one that was
// meant, and a statement that a driver keeps changes with the signature.
func routineArgs(r *catalog.Routine, given []*catalog.Param) (string, error) {
	byName := !slices.ContainsFunc(r.Params, func(p catalog.Param) bool { return p.Name == "" })
	var args []string
	bound := 0
	for i := range r.Params {
		p := &r.Params[i]
		value := "NULL" // an OUT parameter's place in CALL
		switch {
		case slices.Contains(given, p):
			bound++
			value = "$" + strconv.Itoa(bound) + castTo(p)
		case p.Mode != catalog.Out || r.Kind == catalog.Function:
			continue
		}
		if byName {
			name, err := PostgreSQL.Quote(p.Name)
			if err != nil {
				return "", err
			}
			value = name + " => " + value
		}
		if p.Mode == catalog.Variadic {
			value = "VARIADIC " + value
		}
		args = append(args, value)
	}
	return strings.Join(args, ", "), nil
}

// castTo returns the cast of what is bound to a parameter. lib/pq would send a text for bytea as the bytes; only a parameter without
// a name takes the bytes of a body.
func castTo(p *catalog.Param) string {
	switch {
	case p.Type == nil:
		return ""
	case p.Type.Underlying().OID != byteaOID:
		return "::" + p.Type.SQL
	case p.Name == "":
		return "::bytea"
	}
	return "::text::bytea"
}

func selectList(columns []catalog.Column) (string, error) {
	items := make([]string, len(columns))
	for i, c := range columns {
		quoted, err := PostgreSQL.Quote(c.Name)
		if err != nil {
			return "", err
		}
		items[i] = quoted
		if !asItIs(c.Type) {
			items[i] = "pg_catalog.to_json(" + quoted + ") AS " + quoted
		}
	}
	return strings.Join(items, ", "), nil
}

const byteaOID = 17 // pg_type.dat

// asItIs reports whether every driver hands a value of the type over so that it can be written exactly, whatever the settings of
// the session: integers, numeric, bool, characters, uuid, json and void.
func asItIs(t *catalog.Type) bool {
	if t == nil { // it is not known
		return true
	}
	switch t = t.Underlying(); t.OID {
	case 16, 18, 19, 20, 21, 23, 25, 114, 1042, 1043, 1700, 2278, 2950, 3802: // pg_type.dat
		return true
	}
	return t.Kind == catalog.Enum
}
