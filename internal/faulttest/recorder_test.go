package faulttest

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/internal/sqlstate"
)

// recorded is a record of the statements that a database was sent, each text of which is checked
// once.
type recorded struct {
	mu         sync.Mutex
	on         bool
	statements int
	texts      map[string]bool
	faults     []string
}

func newRecorded() *recorded { return &recorded{texts: map[string]bool{}} }

// begin starts the record.
func (r *recorded) begin() {
	r.mu.Lock()
	r.on = true
	r.mu.Unlock()
}

func (r *recorded) counts() (statements, texts int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.statements, len(r.texts)
}

func (r *recorded) wrong() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faults
}

// cleaning is what the library sends after a transaction, whole.
const cleaning = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; " +
	"SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"

// sent checks the text of a statement. err is the error of the database, if any.
func (r *recorded) sent(text string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.on || text == "BEGIN" || text == cleaning { // the driver's own, and one without values
		return
	}
	r.statements++
	if d := sqlstate.Of(err); d.Code == "42601" && atPlace.MatchString(d.Message) {
		r.faults = append(r.faults, fmt.Sprintf("%s: %v", text, err))
	}
	if r.texts[text] {
		return
	}
	r.texts[text] = true
	if fault := foreign(text); fault != "" && len(r.faults) < 20 {
		r.faults = append(r.faults,
			fmt.Sprintf("%q is not a word of the library or of the schema: %s", fault, text))
	}
}

// atPlace matches the messages of syntax errors of a statement, but not those of a value that has a
// syntax of its own.
var atPlace = regexp.MustCompile(`( at or near ".*"| at end of input)$`)

// token matches a token of a statement: a quoted name, a string, a placeholder, a word, a number or
// other characters.
var token = regexp.MustCompile(`"(?:[^"]|"")*"|'[^']*'|\$\d+|\w+|[-+*/<>=~!@#%^&|]+|\S`)

// words are all tokens of a statement besides placeholders: those of SQL that the library writes,
// and the names of the schema. They do not include what a text of a request would add: other words,
// numbers, strings, comments, a second statement.
var words = strings.Fields(`SELECT FROM AS
	WHERE AND OR NOT IN IS NULL TRUE FALSE UNKNOWN DISTINCT LIKE ILIKE ANY ALL
	ORDER BY DESC NULLS FIRST LAST LIMIT OFFSET
	INSERT INTO VALUES CONFLICT DO UPDATE SET EXCLUDED NOTHING DELETE RETURNING DEFAULT CASE WHEN
	THEN END UNION CONSTRAINTS IMMEDIATE w b false
	json_to_recordset json_array_elements json_build_array nullif
	'moresql.inserted' '0'
	WITH MATERIALIZED LEFT JOIN LATERAL ON CALL VARIADIC CAST true t r c p n v _ 1 1::
	pg_catalog to_json to_jsonb count to_tsvector to_tsquery plainto_tsquery phraseto_tsquery
	websearch_to_tsquery current_setting set_config
	'response.status' 'response.headers'
	xmin array_agg HAVING k 2 '{}' json_agg string_agg pg_enum enumlabel enumtypid l ','
	'TimeZone' 'DateStyle' 'IntervalStyle' 'bytea_output' 'extra_float_digits' 'lc_monetary'
	coalesce '' oid pg_proc pronamespace has_schema_privilege 'USAGE' has_function_privilege 'EXECUTE'
	int integer bigint numeric text double precision boolean timestamp with time zone date interval
	uuid json jsonb bytea regconfig inet jsonpath tsquery tsvector regclass "char" money bit
	box pg_lsn bpchar timetz int4range mood age point3
	surface cars car many make typed sum_all add whole whole_b whole_text whole_bytes nothing who
	divide id x Y z price tags data doc photo born at words span mood ok i name doors tenant kind
	list a b c lowest quotient
	( ) , . * : [ ] = <> < > <= >= ~ ~* @> <@ && << >> &< &> -|- @@ -> ->> =>`)

// foreign returns the first token of a statement that is not among words, or "" if all are.
func foreign(text string) string {
	depth := 0
	for _, one := range token.FindAllString(text, -1) {
		switch one {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth < 0 {
			return one
		}
		if name := strings.Trim(one, `"`); name != one && slices.Contains(words, name) ||
			slices.Contains(echoNames, strings.TrimPrefix(name, "echo_")) {
			continue
		}
		if one[0] == '$' && len(one) > 1 || slices.Contains(words, one) || one == `"the Name"` {
			continue
		}
		return one
	}
	if depth != 0 {
		return "("
	}
	return ""
}

// TestForeignFindsInjectedTokens tests the recorder itself.
func TestForeignFindsInjectedTokens(t *testing.T) {
	for text, want := range map[string]string{
		`SELECT * FROM surface.cars($1) AS t WHERE t."the Name" = $2`: "",
		"SELECT * FROM surface.cars WHERE id = 7":                     "7",
		"SELECT * FROM surface.cars; SELECT 1":                        ";",
		"SELECT id -- FROM":                                           "--",
		"SELECT 'x'":                                                  "'x'",
		"SELECT id FROM users":                                        "users",
		"SELECT (id":                                                  "(",
		"SELECT id) OR (id":                                           ")",
	} {
		if got := foreign(text); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// openRecorded opens a database by a driver and records what it is sent.
func openRecorded(tb testing.TB, d driver.Driver, uri string, r *recorded) *sql.DB {
	tb.Helper()
	db := sql.OpenDB(fakedb.RecordDriver(d, uri, r.sent))
	tb.Cleanup(func() {
		if n := db.Stats().InUse; n != 0 {
			tb.Errorf("%d connections are still in use", n)
		}
		db.Close()
	})
	return db
}
