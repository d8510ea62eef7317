package pgx_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
)

// ways returns a handler of a procedure for each way in which statements are kept.
func ways(db *sql.DB, proc string, fields ...string) map[string]http.Handler {
	m := moresql.New(db, moresql.Shape(row.Scalar), moresql.Fields(fields...))
	return map[string]http.Handler{
		"bare":            m.Handler(proc),
		"ReadOnly":        m.Handler(proc, moresql.ReadOnly()),
		"session":         m.Handler(proc, session),
		"reading session": m.Handler(proc, session, moresql.ReadOnly()),
	}
}

// texts is a Caller whose procedures' names are whole statements.
type texts struct{}

func (texts) Statement(text string, _ []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: text}, nil
}

const role = `CREATE FUNCTION pipe.role() RETURNS name LANGUAGE sql STABLE AS 'SELECT current_user'`

// TestStatementsAreKept, one for each text, which differs from role to role, and no more than there
// may be.
func TestStatementsAreKept(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	setUp(t, db, role)
	for range 2 {
		for name, h := range ways(db, "pipe.role") {
			for _, role := range []string{"pipe_user", "pipe_other"} {
				want := `"` + role + `"`
				if !strings.Contains(name, "session") {
					want = `"` + query(t, db, "SELECT current_user") + `"`
				}
				if status, body, _ := call(t, h, "role="+role); status != 200 || body != want {
					t.Errorf("%s: %d %s, want %s", name, status, body, want)
				}
			}
		}
	}
	const kept = `SELECT count(*)::text FROM pg_prepared_statements WHERE name ~ '^moresql_'`
	if n := query(t, db, kept+` AND statement ~ 'pipe.role'`); n != "3" {
		t.Errorf("%s statements are kept, want one for each role and one for none", n)
	}
	m := moresql.New(db, moresql.CallBy(texts{}))
	for i := range 300 {
		for r, err := range m.Rows(t.Context(), fmt.Sprintf("SELECT %d AS n", i)) {
			if err != nil || r.Value(0).Int() != int64(i) {
				t.Fatal(i, err)
			}
		}
	}
	if n := query(t, db, kept); n != "257" { // the last one dropped is closed with the next pipeline
		t.Errorf("%s statements are kept", n)
	}
}

// TestStatementsOfOtherModesAreNotKept: a program has said so.
func TestStatementsOfOtherModesAreNotKept(t *testing.T) {
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec,
		pgx.QueryExecModeSimpleProtocol,
	} {
		db, _ := open(t, mode)
		setUp(t, db, schema...)
		setUp(t, db, role)
		for range 2 {
			for name, h := range ways(db, "pipe.role") {
				if status, body, _ := call(t, h, "role=pipe_user"); status != 200 {
					t.Errorf("%v, %s: %d %s", mode, name, status, body)
				}
			}
		}
		if n := query(t, db, `SELECT count(*)::text FROM pg_prepared_statements`); n != "0" {
			t.Errorf("%v: %s statements are kept", mode, n)
		}
	}
}

// TestStatementsThatNoLongerHoldAreMadeAnew before their procedure has run, which it does once.
func TestStatementsThatNoLongerHoldAreMadeAnew(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	setUp(t, db, "CREATE SEQUENCE pipe.tries", "GRANT ALL ON pipe.tries TO pipe_user")
	const (
		writing = "nextval('pipe.tries')"
		reading = "(SELECT last_value FROM pipe.tries)"
	)
	create := func(result, value string) string {
		return fmt.Sprintf(`CREATE FUNCTION pipe.moving() RETURNS %s LANGUAGE sql
			AS $$ SELECT (%s)::%[1]s $$`, result, value)
	}
	for _, name := range []string{"bare", "session", "ReadOnly", "reading session"} {
		value := writing
		if strings.Contains(strings.ToLower(name), "read") {
			value = reading
		}
		h := ways(db, "pipe.moving")[name]
		for _, change := range []struct {
			how  []string
			want string
		}{
			{[]string{create("bigint", value)}, `%d`},
			{[]string{"DISCARD ALL"}, `%d`},
			{[]string{"DROP FUNCTION pipe.moving", create("text", value)}, `"%d"`},
			{[]string{"DROP FUNCTION pipe.moving", create("numeric", value), "DEALLOCATE ALL"}, `%d`},
			{[]string{"DROP FUNCTION pipe.moving"}, ""},
		} {
			setUp(t, db, change.how...)
			for range 2 {
				var n int
				const next = "SELECT last_value + is_called::int FROM pipe.tries"
				if err := db.QueryRow(next, pgx.QueryExecModeExec).Scan(&n); err != nil {
					t.Fatal(err)
				}
				if value == reading {
					setUp(t, db, fmt.Sprintf("SELECT setval('pipe.tries', %d)", n))
				}
				status, body, _ := call(t, h, "role=pipe_user")
				if want := fmt.Sprintf(change.want, n); change.want == "" && status != 404 ||
					change.want != "" && (status != 200 || body != want) {
					t.Errorf("%s, %s: %d %s, want %s", name, change.how, status, body, want)
				}
			}
		}
	}
}

// TestProcedureThatFailsLikeAStatementRunsOnce: what it runs itself has the errors of statements
// that no longer hold.
func TestProcedureThatFailsLikeAStatementRunsOnce(t *testing.T) {
	db, _ := open(t, pgx.QueryExecModeCacheStatement)
	setUp(t, db, schema...)
	setUp(t, db, "CREATE SEQUENCE pipe.tries", "CREATE TABLE pipe.shape (n int)",
		"GRANT ALL ON pipe.tries TO pipe_user", "ALTER TABLE pipe.shape OWNER TO pipe_user",
		"GRANT CREATE ON SCHEMA pipe TO pipe_user",
		`CREATE FUNCTION pipe.fails(how text) RETURNS bigint LANGUAGE plpgsql AS $$
			DECLARE try bigint := nextval('pipe.tries'); BEGIN
			CASE how
			WHEN 'lost' THEN EXECUTE 'EXECUTE nowhere';
			WHEN 'changed' THEN
				EXECUTE 'PREPARE moved AS SELECT * FROM pipe.shape';
				EXECUTE 'ALTER TABLE pipe.shape ADD COLUMN m int';
				EXECUTE 'EXECUTE moved';
			WHEN 'raised' THEN RAISE 'cached plan must not change result type' USING ERRCODE = '0A000';
			ELSE RETURN try;
			END CASE; END $$`)
	for _, name := range []string{"bare", "session"} {
		h := ways(db, "pipe.fails", "how")[name]
		for how, code := range map[string]string{
			"lost": "26000", "changed": "0A000", "raised": "0A000",
		} {
			setUp(t, db, "DEALLOCATE ALL") // the session of the last failure has moved
			_, before, _ := call(t, h, "role=pipe_user&how=")
			status, body, _ := call(t, h, "role=pipe_user&how="+how)
			_, after, _ := call(t, h, "role=pipe_user&how=")
			var a, b int
			fmt.Sscan(before, &a)
			fmt.Sscan(after, &b)
			if status < 400 || !strings.Contains(body, code) || a == 0 || b != a+2 {
				t.Errorf("%s, %s: %d %s, tries %s to %s", name, how, status, body, before, after)
			}
		}
	}
}
