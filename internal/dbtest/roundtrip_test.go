package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/racetest"
	"github.com/moresql/moresql/rest"
)

// A roundType is a type whose values are shown and sent back.
type roundType struct {
	name    string
	literal func(*rand.Rand) string // SQL of a random value
	field   func(string) binder.Field
	noEqual bool   // eq finds no value: a type without =, or one whose equality is not exact
	noText  bool   // a text that is not JSON says too little: the column has no type
	noQuery bool   // the same in a query, for a parameter that no catalog knows the type of
	noFind  bool   // the author's statement compares by rules of its own
	same    string // instead of that of the roundTrip
}

// roundValues is how many random values of each type are tried, besides NULL.
func roundValues() int {
	if testing.Short() {
		return 8
	}
	return racetest.Sized(25, 8)
}

// A roundTrip is a table of values of one type, and the handlers that values are sent back to.
type roundTrip struct {
	db    *sql.DB
	typ   roundType
	seed  uint64
	show  http.Handler // GET: id and v of the table t, filtered by rest.Query
	store http.Handler // stores v under the id in the table u
	json  http.Handler // the same by a field without a type, to which only JSON says one; or nil
	find  http.Handler // the ids of t whose v is that of the argument, by a routine with a type
	same  string       // SQL: whether t.v and u.v are the same value

	// counts says that find is a procedure, which GET does not call, and that a function counts is
	// called in its place: it says whether the row with the id i has the value v.
	counts bool
}

// run shows every value and sends it back as a filter, in a body, and as an argument.
func (r roundTrip) run(t *testing.T) {
	t.Helper()
	for id := range roundValues() {
		where := fmt.Sprintf("%s, seed %d, value %d", r.typ.name, r.seed, id)
		status, doc := do(r.show, "GET", fmt.Sprintf("/?select=v&id=eq.%d", id), "", "")
		shown, ok := shownText(doc, "v")
		if status != 200 {
			t.Fatalf("%s: %d %s", where, status, doc)
		}
		raw := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(doc), `[{"v":`), "}]")
		row := fmt.Sprintf(`[{"id":%d}]`, id)
		if ok && !r.typ.noEqual {
			quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(shown)
			for _, filter := range []string{"eq." + shown, `in.("` + quoted + `")`, "gte." + shown} {
				target := fmt.Sprintf("/?select=id&id=eq.%d&v=%s", id, url.QueryEscape(filter))
				status, got := do(r.show, "GET", target, "", "")
				if status != 200 || strings.TrimSpace(got) != row {
					t.Errorf("%s is shown as %s, and %s finds %d %s", where, raw, filter, status, got)
				}
			}
		}
		json := fmt.Sprintf(`{"id":%d,"v":%s}`, id, raw)
		r.stores(t, where, r.store, "application/json", json)
		if r.json != nil {
			r.stores(t, where, r.json, "application/json", json)
		}
		if ok && !r.typ.noText { // a form has no NULL
			form := "id=" + strconv.Itoa(id) + "&v=" + url.QueryEscape(shown)
			r.stores(t, where, r.store, "application/x-www-form-urlencoded", form)
		}
		if r.typ.noFind || r.typ.noEqual {
			continue
		}
		wanted := fmt.Sprintf(`{"id":%d}`, id)
		status, got := do(r.find, "POST", "/find", "application/json", `{"v":`+raw+`}`)
		if status != 200 || !strings.Contains(got, wanted) {
			t.Errorf("%s is shown as %s, and as argument in a body finds %d %s", where, raw, status, got)
		}
		if !ok || r.typ.noText || r.typ.noQuery {
			continue
		}
		target := "/find?v=" + url.QueryEscape(shown)
		if r.counts {
			target, wanted = fmt.Sprintf("/counts?i=%d&v=%s", id, url.QueryEscape(shown)), "1"
		}
		status, got = do(r.find, "GET", target, "", "")
		if status != 200 || !strings.Contains(got, wanted) {
			t.Errorf("%s is shown as %s, and as argument in a query finds %d %s", where, raw, status, got)
		}
	}
}

// stores sends a body, which is to store the value of its id.
func (r roundTrip) stores(t *testing.T, where string, h http.Handler, mediaType, body string) {
	t.Helper()
	setUp(t, r.db, "DELETE FROM u")
	if status, got := do(h, "POST", "/", mediaType, body); status/100 != 2 {
		t.Errorf("%s: %s: %d %s", where, body, status, got)
	}
	if r.typ.same != "" {
		r.same = r.typ.same
	}
	if n := queryInt(t, r.db, "SELECT count(*) FROM t JOIN u ON t.id = u.id WHERE "+r.same); n != 1 {
		t.Errorf("%s: %s stores another value", where, body)
	}
}

// fill makes the tables t, with random values, and u, without.
func (r *roundTrip) fill(t *testing.T, with string) {
	t.Helper()
	r.seed = rand.Uint64()
	random := rand.New(rand.NewPCG(r.seed, 0))
	setUp(t, r.db, "DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS u",
		"CREATE TABLE t (id INT PRIMARY KEY, v "+r.typ.name+")"+with,
		"CREATE TABLE u (id INT PRIMARY KEY, v "+r.typ.name+")"+with)
	for id := range roundValues() {
		literal := r.typ.literal(random)
		if id == 0 {
			literal = "NULL"
		}
		setUp(t, r.db, fmt.Sprintf("INSERT INTO t VALUES (%d, %s)", id, literal))
	}
}

// statements makes the handlers of named statements that show and store.
func (r *roundTrip) statements(t *testing.T, d moresql.Dialect) {
	field := r.typ.field
	m := moresql.New(r.db, quiet, moresql.CallBy(loadStatements(t, fstest.MapFS{
		"show.sql":  {Data: []byte("SELECT id, v FROM t")},
		"store.sql": {Data: []byte("INSERT INTO u VALUES (:id, :v)")},
	}, d)))
	if field == nil {
		field = binder.Any
	} else if strings.HasPrefix(r.typ.name, "BOOL") { // bytes have no JSON of their own
		r.json = m.Handler("store", moresql.Fields("id", "v"))
	}
	r.show = m.Handler("show", rest.Query())
	r.store = m.Handler("store", moresql.Bind(binder.Int("id"), field("v")))
}

// pick returns one of some texts.
func pick(texts ...string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return texts[r.IntN(len(texts))] }
}

// wholes returns the literal of a random integer of some bits, in half of the cases of few digits.
func wholes(bits int, signed bool) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		n := r.Uint64() >> (64 - bits)
		switch r.IntN(4) {
		case 0:
			n = math.MaxUint64 >> (64 - bits) // -1 or the greatest
		case 1:
			n >>= r.IntN(bits)
		}
		if signed {
			return strconv.FormatInt(int64(n<<(64-bits))>>(64-bits), 10)
		}
		return strconv.FormatUint(n, 10)
	}
}

// decimal returns a literal with up to some digits before and after the point, in quotes.
func decimal(before, after int) func(*rand.Rand) string {
	digits := func(r *rand.Rand, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + r.IntN(10))
		}
		return string(b)
	}
	return func(r *rand.Rand) string {
		s := pick("", "-")(r) + "0" + digits(r, r.IntN(before+1))
		if after > 0 {
			s += "." + digits(r, 1+r.IntN(after))
		}
		return "'" + s + "'"
	}
}

// double returns the literal of a finite double, from all bit patterns or with few digits.
func double(r *rand.Rand) string {
	for {
		f := math.Float64frombits(r.Uint64())
		if r.IntN(2) == 0 {
			f = float64(r.IntN(1e6)) / 1e3
		}
		if abs := math.Abs(f); abs == 0 || abs > 1e-300 && abs < 1e300 {
			return strconv.FormatFloat(f, 'e', -1, 64)
		}
	}
}

func hexOf(most int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		b := make([]byte, r.IntN(most+1))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return fmt.Sprintf("x'%x'", b)
	}
}

// odd returns texts that look like something else.
var odd = pick("''", "'true'", "'1e2'", "'007'", "'null'", "'a b'", `'say "hi", (you)'`,
	"'naïve 日本'", "'*%_'", "'2024-01-02'", "'{1,2}'", "'a,b'", "'x.y'", "'it''s'", "' lead'")

func at(format string, parts ...func(*rand.Rand) int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		values := make([]any, len(parts))
		for i, part := range parts {
			values[i] = part(r)
		}
		return "'" + fmt.Sprintf(format, values...) + "'"
	}
}

func between(from, to int) func(*rand.Rand) int {
	return func(r *rand.Rand) int { return from + r.IntN(to-from+1) }
}

var (
	year, month, day = between(1971, 2037), between(1, 12), between(1, 28)
	hour, minute     = between(0, 23), between(0, 59)
	micros           = func(r *rand.Rand) int { return []int{0, 500000, 1, r.IntN(1e6)}[r.IntN(4)] }

	dates  = at("%04d-%02d-%02d", year, month, day)
	stamps = at("%04d-%02d-%02d %02d:%02d:%02d", year, month, day, hour, minute, minute)
	micro  = at("%04d-%02d-%02d %02d:%02d:%02d.%06d", year, month, day, hour, minute, minute, micros)
)

func mariaTypes() []roundType {
	list := []roundType{
		{name: "BOOLEAN", literal: pick("true", "false"), field: binder.Bool},
		{name: "DECIMAL(65,30)", literal: decimal(34, 30)},
		{name: "DECIMAL(65,0)", literal: decimal(64, 0)},
		{name: "DECIMAL(10,2)", literal: decimal(7, 2)},
		{name: "DOUBLE", literal: double},
		{name: "FLOAT", literal: tenths, noEqual: true}, // approximate
		{name: "CHAR(40)", literal: odd}, {name: "VARCHAR(40)", literal: odd},
		{name: "TEXT", literal: odd},
		{name: "BINARY(4)", literal: hexOf(4), field: binder.Bytes},
		{name: "VARBINARY(16)", literal: hexOf(16), field: binder.Bytes},
		{name: "BLOB", literal: hexOf(20), field: binder.Bytes},
		{name: "BIT(1)", literal: pick("b'0'", "b'1'"), field: binder.Bytes},
		{name: "BIT(10)", literal: wholes(10, false), field: binder.Bytes},
		{name: "BIT(64)", literal: wholes(64, false), field: binder.Bytes},
		{name: "DATE", literal: dates}, {name: "DATETIME", literal: stamps},
		{name: "DATETIME(6)", literal: micro}, {name: "TIMESTAMP(6) NULL", literal: micro},
		{name: "TIME(6)", literal: at("%d:%02d:%02d.%06d", between(-838, 838), minute, minute, micros)},
		{name: "YEAR", literal: pick("1901", "2024", "2155")},
		{name: "ENUM('1','true','a b')", literal: pick("'1'", "'true'", "'a b'")},
		{name: "SET('1','b')", literal: pick("''", "'1'", "'1,b'")},
		{name: "JSON", literal: pick(`'{"a": [1, "x"]}'`, "'1.50'", `'"text"'`, "'true'")},
		{name: "UUID", literal: pick("'0d9f3a4e-9f5c-4b5c-8a43-0123456789ab'")},
		{name: "INET6", literal: pick("'2001:db8::ff00:42:8329'", "'::'")},
	}
	for name, bits := range map[string]int{
		"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 24, "INT": 32, "BIGINT": 64,
	} {
		list = append(list, roundType{name: name, literal: wholes(bits, true)},
			roundType{name: name + " UNSIGNED", literal: wholes(bits, false)})
	}
	return list
}

func tenths(r *rand.Rand) string {
	return strconv.FormatFloat(float64(r.IntN(1e4))/10, 'f', 1, 64)
}

// TestShownValuesGoBackToMariaDB covers every type of MariaDB.
func TestShownValuesGoBackToMariaDB(t *testing.T) {
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "CREATE OR REPLACE DATABASE round")
		for _, typ := range mariaTypes() {
			r := roundTrip{db: db, typ: typ, same: "BINARY t.v <=> BINARY u.v"}
			r.fill(t, " CHARACTER SET utf8mb4")
			r.statements(t, moresql.MySQL)
			param := strings.TrimSuffix(typ.name, " NULL")
			setUp(t, db, "CREATE OR REPLACE PROCEDURE round.find(v "+param+") READS SQL DATA "+
				"SELECT id FROM test.t WHERE test.t.v <=> v",
				"CREATE OR REPLACE FUNCTION round.counts(i int, v "+param+") RETURNS int READS SQL DATA "+
					"RETURN (SELECT count(*) FROM test.t WHERE id = i AND test.t.v = v)")
			r.counts = true
			cat, err := catalog.LoadMySQL(context.Background(), db, "round")
			if err != nil {
				t.Fatal(err)
			}
			r.find = rest.Routines(moresql.New(db, quiet,
				moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL})), cat)
			r.run(t)
		}
		setUp(t, db, "DROP TABLE t, u")
	})
}

func sqliteTypes() []roundType {
	const instants = "strftime('%Y-%m-%d %H:%M:%f', t.v) IS strftime('%Y-%m-%d %H:%M:%f', u.v)"
	texts := func(r *rand.Rand) string {
		return pick(odd(r), wholes(64, true)(r), double(r), hexOf(8)(r))(r)
	}
	list := []roundType{
		{name: "BOOLEAN", literal: pick("TRUE", "FALSE"), field: binder.Bool, noQuery: true},
		{name: "INTEGER", literal: wholes(64, true)}, {name: "BIGINT", literal: wholes(64, true)},
		{name: "REAL", literal: double}, {name: "DOUBLE PRECISION", literal: double},
		{name: "NUMERIC(6,2)", literal: decimal(4, 2)},
		{name: "TEXT", literal: odd}, {name: "VARCHAR(9)", literal: odd},
		{name: "BLOB", literal: hexOf(20), field: binder.Bytes, noFind: true},
		{name: "JSON", literal: pick(`'{"a": [1, "x"]}'`, `'[true]'`)},
		{name: "DATE", literal: dates, noFind: true, same: instants},
		{name: "DATETIME", literal: stamps, noFind: true, same: instants},
		{name: "TIMESTAMP", literal: at("%04d-%02d-%02dT%02d:%02d:%02d.%03d", year, month, day, hour,
			minute, minute, between(0, 999)), noFind: true, same: instants},
		{name: "TIME", literal: at("%02d:%02d:%02d", hour, minute, minute)},
		{name: "", literal: wholes(64, true), noText: true},
		{name: "", literal: double, noText: true},
		{name: "", literal: odd},
		// Values of every class in any column are found, whatever it is declared as.
		{name: "THING", literal: texts, noFind: true, noText: true, same: "TRUE"},
		{name: "TEXT", literal: texts, noFind: true, noText: true, same: "TRUE"},
		{name: "BLOB", literal: texts, noFind: true, noText: true, same: "TRUE"},
		{name: "INTEGER", literal: texts, noFind: true, noText: true, same: "TRUE"},
		{name: "BOOLEAN", literal: texts, noFind: true, noText: true, same: "TRUE"},
		{name: "", literal: texts, noFind: true, noText: true, same: "TRUE"},
	}
	return list
}

// TestShownValuesGoBackToSQLite covers the declared types of SQLite that have a meaning here, and
// some that have none.
func TestShownValuesGoBackToSQLite(t *testing.T) {
	db := openSQLite(t)
	for _, typ := range sqliteTypes() {
		r := roundTrip{db: db, typ: typ, same: "t.v IS u.v"}
		r.fill(t, "")
		r.statements(t, moresql.SQLite)
		statements := loadStatements(t, fstest.MapFS{
			"find.sql": {Data: []byte("SELECT id FROM t WHERE v IS :v")},
		}, moresql.SQLite)
		r.find = rest.Routines(moresql.New(db, quiet, moresql.CallBy(statements)), statements.Catalog())
		r.run(t)
	}
}
