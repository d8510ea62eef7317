package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
)

// TestTextsForByteaArePostgreSQLs has PostgreSQL say what a literal of bytea and of text is, which
// is what the same text as an argument must be with every driver.
func TestTextsForByteaArePostgreSQLs(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `CREATE OR REPLACE FUNCTION hex_both(a bytea, b text) RETURNS text
			LANGUAGE sql AS $$ SELECT encode(a, 'hex') || ' ' || b $$`)
		h := moresql.New(db, quiet).Handler("hex_both", moresql.Fields("a", "b"))
		for range 2 { // the second time the statement may be kept
			for _, text := range []string{`\x6869`, `\x`, `\xFf00`, `hi`, ``} {
				want := queryText(t, db, "SELECT encode('"+text+"'::bytea, 'hex') || ' ' || '"+text+"'")
				quoted := stream(t, moresql.New(db, moresql.CallBy(query{})),
					"SELECT '"+text+"' AS a, '"+text+"' AS b")
				quoted = quoted[1 : len(quoted)-1]
				wantJSON(t, h, "/", quoted, stream(t, moresql.New(db, moresql.CallBy(query{})),
					"SELECT '"+want+"' AS hex_both"))
			}
		}
		typed := moresql.New(db, quiet).Handler("hex_both", moresql.Bind(binder.Bytes("a"),
			binder.Any("b")))
		wantJSON(t, typed, "/", `{"a":"\\x6869","b":"\\x6869"}`, `[{"hex_both":"6869 \\x6869"}]`)
		setUp(t, db, "DROP FUNCTION hex_both")
	})
}
