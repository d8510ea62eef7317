package dialect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/row"
)

// PostgreSQL is the dialect of PostgreSQL, CockroachDB and YugabyteDB.
var PostgreSQL = &Dialect{
	Name:         "PostgreSQL",
	Numbered:     true,
	Literals:     true,
	ProcedureRow: true,
	ReadOnly:     true,
	Lexing: Lexing{
		EscapeStrings:  true,
		DollarStrings:  true,
		NestedComments: true,
		LineEnds:       "\n\r",
		Colons:         true,
		Placeholder:    isDollarNumber,
	},
	Callable: `SELECT coalesce(pg_catalog.string_agg(oid::text, ',' ORDER BY oid), '')
FROM pg_catalog.pg_proc WHERE oid = ANY ($1::text::oid[])
AND pg_catalog.has_schema_privilege(pronamespace, 'USAGE')
AND pg_catalog.has_function_privilege(oid, 'EXECUTE')`,
	Usable:      postgresUsable,
	Role:        "SELECT current_user::text",
	placeholder: "$",
	openQuote:   `"`,
	closeQuote:  `"`,
	keywords:    postgresKeywords,
	maxParts:    3, // database.schema.function
	checkIdent:  checkPostgresIdent,
	namedBy:     " => ",
	function:    selectFrom,
	procedure:   callProcedure,
	routine:     postgresRoutine,
	relation:    postgresRelation,
	filters:     postgresFilters{},
	jsonType:    postgresJSONType,
	write:       writePostgres,
	columnType:  postgresType,
	settings: &Settings{
		Set: setConfig,
		Response: "SELECT current_setting('response.status', true), " +
			"current_setting('response.headers', true)",
		Clean:     cleanSession,
		CleanRead: "SELECT pg_catalog.pg_advisory_unlock_all()",
		Reset:     "RESET ALL",
		Check:     "SET CONSTRAINTS ALL IMMEDIATE",
		NoRole:    "none",
		Mark:      markRole,
	},
}

// postgresType knows bytea alone, for which a filter needs a cast. PostgreSQL itself knows the type
// of every column, and the names of other types do not tell domains from their bases.
func postgresType(c row.Column) *catalog.Type {
	if c.DatabaseType == "BYTEA" {
		return &catalog.Type{Name: "bytea", OID: byteaOID}
	}
	return nil
}

// isDollarNumber reports whether text begins with $1 or its like. A ? is an operator.
func isDollarNumber(text string) bool { return text[0] == '$' && len(text) > 1 && isDigit(text[1]) }

// checkPostgresIdent follows section 4.1.1 of the manual: "The system uses no more than
// NAMEDATALEN-1 bytes of an identifier".
func checkPostgresIdent(name string) error {
	if len(name) > 63 {
		return fmt.Errorf("identifier %q has %d bytes: PostgreSQL would silently cut it to 63 "+
			"(manual, section 4.1.1); shorten it", name, len(name))
	}
	return nil
}

// setConfig changes settings until the transaction ends (manual, 9.28.1).
func setConfig(n int) string {
	if n < len(setConfigs) {
		return setConfigs[n]
	}
	return writeSetConfig(n)
}

// setConfigs are the statements that sessions send with every call.
var setConfigs = func() (texts [16]string) {
	for n := range texts {
		texts[n] = writeSetConfig(n)
	}
	return texts
}()

func writeSetConfig(n int) string {
	var b strings.Builder
	b.WriteString("SELECT 1")
	for i := range n {
		fmt.Fprintf(&b, ", set_config($%d, $%d, true)", 2*i+1, 2*i+2)
	}
	return b.String()
}

// cleanSession is what DISCARD ALL does (manual, DISCARD), but for the plans and the prepared
// statements: those are the driver's.
const cleanSession = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; " +
	"SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"

// markRole gives each role a plan of its own where drivers keep statements: PostgreSQL checks the
// right to EXECUTE an inlined function only when it plans, and a plan without parameters serves
// all roles.
func markRole(role, query string) string {
	if role == "" {
		return query
	}
	sum := sha256.Sum256([]byte(role))
	b := append(make([]byte, 0, len("/*  */ ")+16+len(query)), "/* "...)
	b = append(hex.AppendEncode(b, sum[:8]), " */ "...)
	return string(append(b, query...))
}

// postgresRoutine calls a routine, with its arguments by name where they have one. It leaves a
// function whose result is not known to Function.
//
// Values whose text depends on the session's settings, or that a driver would not hand over as
// they are, come as the JSON that the server's to_json writes, which is also the faster way.
func postgresRoutine(
	d *Dialect, r *catalog.Routine, given []*catalog.Param,
) (Statement, bool, error) {
	if r.Result.Type == nil && r.Kind != catalog.Procedure {
		return Statement{}, false, nil
	}
	query, err := postgresQuery(d, r, given)
	return Statement{Query: query, Bind: inOrder(len(given))}, true, err
}

func postgresQuery(d *Dialect, r *catalog.Routine, given []*catalog.Param) (string, error) {
	before, after := "SELECT * FROM ", ""
	name, err := d.Quote(r.Name)
	if err != nil {
		return "", err
	}
	if mayBeNull(r) {
		return compositeQuery(d, r, given, isExact)
	}
	switch result := r.Result; {
	case r.Kind == catalog.Procedure:
		before = "CALL "
	case isRecord(result): // in FROM it would need a list of its columns
		before, after = "SELECT pg_catalog.to_json(", ") AS "+name
	case result.Columns == nil && !isExact(result.Type):
		before, after = "SELECT pg_catalog.to_json(v) AS "+name+" FROM ", " AS _(v)"
	case slices.ContainsFunc(result.Columns, func(c catalog.Column) bool { return !isExact(c.Type) }):
		list, err := selectList(d, result.Columns)
		if err != nil {
			return "", err
		}
		before = "SELECT " + list + " FROM "
	}
	b, err := postgresCall(before, d, r, given)
	return string(append(b, after...)), err
}

func postgresRelation(d *Dialect, r *catalog.Routine, given []*catalog.Param) (Inner, error) {
	switch {
	case r.Kind == catalog.Procedure, isRecord(r.Result):
		return Inner{}, fmt.Errorf("%s: its columns are not known before the call: "+
			"make it a function that RETURNS TABLE (…)", r)
	case r.Result.Columns == nil && r.Result.Type.Is(pgoid.Void):
		return Inner{}, fmt.Errorf("%s: it returns nothing", r)
	}
	call, err := postgresCall("SELECT * FROM ", d, r, given)
	if mayBeNull(r) && err == nil {
		var query string
		query, err = compositeQuery(d, r, given, func(*catalog.Type) bool { return true })
		call = []byte(query)
	}
	columns := r.Result.Columns
	if columns == nil {
		columns = []catalog.Column{{Name: r.Name, Type: r.Result.Type}}
	}
	return Inner{Query: string(call), Values: len(given), Columns: columns}, err
}

// mayBeNull reports whether a function returns one composite value, which may be NULL.
func mayBeNull(r *catalog.Routine) bool {
	t := r.Result.Type.Underlying()
	return r.Kind == catalog.Function && !r.Result.Set && len(r.Result.Columns) > 0 && t != nil &&
		(t.Kind == catalog.Composite || t.Kind == catalog.Pseudo)
}

// compositeQuery calls a function that returns one composite value, without a row if that is NULL:
// in a FROM it would be a row of NULLs, which is another value. MATERIALIZED keeps the planner from
// calling the function once for each column (manual, 7.8.3). Columns that are not exact come as
// JSON.
func compositeQuery(
	d *Dialect, r *catalog.Routine, given []*catalog.Param, exact func(*catalog.Type) bool,
) (string, error) {
	items := make([]string, len(r.Result.Columns))
	for i, c := range r.Result.Columns {
		quoted, err := d.Quote(c.Name)
		if err != nil {
			return "", err
		}
		if items[i] = "(v)." + quoted; !exact(c.Type) {
			items[i] = "pg_catalog.to_json(" + items[i] + ") AS " + quoted
		}
	}
	b, err := postgresCall("WITH r AS MATERIALIZED (SELECT ", d, r, given)
	after := " AS v) SELECT " + strings.Join(items, ", ") + " FROM r WHERE v IS DISTINCT FROM NULL"
	return string(append(b, after...)), err
}

// isRecord reports whether a function's rows have columns that only the call decides.
func isRecord(result catalog.Result) bool {
	return result.Columns == nil && result.Type != nil && result.Type.Name == "record"
}

// postgresCall returns the call of a routine after the given words of a statement: its quoted name
// with its arguments.
func postgresCall(
	words string, d *Dialect, r *catalog.Routine, given []*catalog.Param,
) (b []byte, err error) {
	b = append(make([]byte, 0, 256), words...)
	if r.Schema != "" {
		if b, err = d.appendQuoted(b, r.Schema); err != nil {
			return nil, err
		}
		b = append(b, '.')
	}
	if b, err = d.appendQuoted(b, r.Name); err != nil {
		return nil, err
	}
	if b, err = appendPostgresArgs(append(b, '('), d, r, given); err != nil {
		return nil, err
	}
	return append(b, ')'), nil
}

// appendPostgresArgs writes the arguments, each with the type of its parameter, so that the server
// picks the overload that was meant, and a statement that a driver keeps changes with the
// signature.
func appendPostgresArgs(
	b []byte, d *Dialect, r *catalog.Routine, given []*catalog.Param,
) (_ []byte, err error) {
	byName := !slices.ContainsFunc(r.Params, func(p catalog.Param) bool { return p.Name == "" }) &&
		!isPositional(r, given)
	bound, written := 0, 0
	for i := range r.Params {
		p := &r.Params[i]
		isGiven := slices.Contains(given, p)
		if !isGiven && (p.Mode != catalog.Out || r.Kind == catalog.Function) {
			continue
		}
		if written++; written > 1 {
			b = append(b, ", "...)
		}
		if p.Mode == catalog.Variadic {
			b = append(b, "VARIADIC "...)
		}
		if byName {
			if b, err = d.appendQuoted(b, p.Name); err != nil {
				return nil, err
			}
			b = append(b, d.namedBy...)
		}
		if !isGiven {
			b = append(b, "NULL"...) // the place of an OUT parameter in CALL
			continue
		}
		bound++
		b = appendCast(d.AppendPlaceholder(b, bound), p)
	}
	return b, nil
}

// isPositional reports whether the call leaves a VARIADIC parameter to its default, and gives all
// before it: PostgreSQL then finds the function only without names.
func isPositional(r *catalog.Routine, given []*catalog.Param) bool {
	left := false
	for i := range r.Params {
		switch p := &r.Params[i]; {
		case p.Mode == catalog.Out:
		case p.Mode == catalog.Variadic:
			left = !slices.Contains(given, p)
		case !slices.Contains(given, p):
			return false
		}
	}
	return left
}

// appendCast writes the cast of what is bound to a parameter. lib/pq would send a text for bytea as
// the bytes; only a parameter without a name takes the bytes of a body.
func appendCast(b []byte, p *catalog.Param) []byte {
	switch {
	case p.Type == nil:
		return b
	case p.Type.Underlying().OID != byteaOID:
		return append(append(b, "::"...), p.Type.SQL...)
	case p.Name == "":
		return append(b, "::bytea"...)
	}
	return append(b, "::text::bytea"...)
}

func selectList(d *Dialect, columns []catalog.Column) (string, error) {
	items := make([]string, len(columns))
	for i, c := range columns {
		quoted, err := d.Quote(c.Name)
		if err != nil {
			return "", err
		}
		items[i] = quoted
		if !isExact(c.Type) {
			items[i] = "pg_catalog.to_json(" + quoted + ") AS " + quoted
		}
	}
	return strings.Join(items, ", "), nil
}

// isExact reports whether every driver hands a value of the type over so that it can be written
// exactly, whatever the settings of the session: integers, numeric, bool, characters, uuid, json
// and void. A type that is not known counts as one.
func isExact(t *catalog.Type) bool {
	if t == nil {
		return true
	}
	switch t = t.Underlying(); t.OID {
	case 16, 18, 19, 20, 21, 23, 25, 114, 1042, 1043, 1700, 2278, 2950, 3802: // pg_type.dat
		return true
	}
	return t.Kind == catalog.Enum
}

// postgresKeywords are the words that pg_get_keywords does not call unreserved, including those
// that may name a column or a type, since before a parenthesis the grammar reads them in its own
// way (coalesce, left, row). They are those of PostgreSQL 15 and what 16 to 18 add.
const postgresKeywords = "" +
	" all analyse analyze and any array as asc asymmetric authorization between bigint binary bit" +
	" boolean both case cast char character check coalesce collate collation column concurrently" +
	" constraint create cross current_catalog current_date current_role current_schema current_time" +
	" current_timestamp current_user dec decimal default deferrable desc distinct do else end" +
	" except exists extract false fetch float for foreign freeze from full grant greatest group" +
	" grouping having ilike in initially inner inout int integer intersect interval into is isnull" +
	" join json json_array json_arrayagg json_exists json_object json_objectagg json_query" +
	" json_scalar json_serialize json_table json_value lateral leading least left like limit" +
	" localtime localtimestamp merge_action national natural nchar none normalize not notnull null" +
	" nullif numeric offset on only or order out outer overlaps overlay placing position precision" +
	" primary real references returning right row select session_user setof similar smallint some" +
	" substring symmetric system_user table tablesample then time timestamp to trailing treat trim" +
	" true union unique user using values varchar variadic verbose when where window with" +
	" xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot" +
	" xmlserialize xmltable "
