package dbtest

import (
	"database/sql"
	"os"
	"strings"
	"testing"
)

// What Load looks for in all functions it looks for once, and not again for each of thousands of
// relations; and that the columns of a table can be updated it knows by itself.
func TestCatalogIsReadInOnePass(t *testing.T) {
	query, err := os.ReadFile("../../catalog/postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := openPostgres(t)
	rows, err := db.Query("EXPLAIN "+string(query), "{public}", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var line sql.NullString
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, strings.TrimSpace(line.String))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, cte := range []string{"CTE role", "CTE relation", "CTE computed", "CTE handler"} {
		if !strings.Contains("\n"+strings.Join(plan, "\n")+"\n", "\n"+cte+"\n") {
			t.Errorf("%s is computed for each row that reads it:\n%s", cte, strings.Join(plan, "\n"))
		}
	}
	setUp(t, db, "DROP SCHEMA IF EXISTS updated CASCADE", "CREATE SCHEMA updated",
		"CREATE TABLE updated.kinds (id int GENERATED ALWAYS AS IDENTITY, n int, "+
			"twice int GENERATED ALWAYS AS (n * 2) STORED)",
		"CREATE TABLE updated.parts (n int) PARTITION BY LIST (n)",
		"CREATE TABLE updated.ones PARTITION OF updated.parts FOR VALUES IN (1)")
	var columns, refused int
	if err := db.QueryRow(`SELECT count(*),
			count(*) FILTER (WHERE NOT pg_column_is_updatable(attrelid, attnum, true))
		FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
		WHERE relkind IN ('r', 'p') AND attnum > 0`).Scan(&columns, &refused); err != nil {
		t.Fatal(err)
	}
	if columns < 5 || refused != 0 {
		t.Errorf("%d of %d columns of tables cannot be updated", refused, columns)
	}
}
