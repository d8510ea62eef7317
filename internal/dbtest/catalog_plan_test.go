package dbtest

import (
	"database/sql"
	"encoding/json"
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

// Load looks at the rights of each role that a login may take to the functions of the schemas, and
// not to those of PostgreSQL itself that are closed: with thousands of roles these took seconds.
func TestCatalogReadsRightsOfItsSchemasAlone(t *testing.T) {
	query, err := os.ReadFile("../../catalog/postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := openPostgres(t)
	setUp(t, db, "DROP SCHEMA IF EXISTS closed CASCADE", "DROP ROLE IF EXISTS catalog_nobody",
		"CREATE SCHEMA closed", "CREATE FUNCTION closed.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		"CREATE ROLE catalog_nobody")
	defer setUp(t, db, "DROP ROLE catalog_nobody")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("SET LOCAL ROLE catalog_nobody"); err != nil {
		t.Fatal(err)
	}
	var plan string
	if err := tx.QueryRow("EXPLAIN (ANALYZE, FORMAT JSON) "+string(query), "{closed}", nil).
		Scan(&plan); err != nil {
		t.Fatal(err)
	}
	var nodes any
	if err := json.Unmarshal([]byte(plan), &nodes); err != nil {
		t.Fatal(err)
	}
	looked := 0.0
	eachNode(nodes, func(node map[string]any) {
		filter, _ := node["Filter"].(string)
		if node["CTE Name"] == "role" && strings.Contains(filter, "has_function_privilege") {
			looked += node["Actual Loops"].(float64)
		}
	})
	if looked != 1 {
		t.Errorf("the roles are read %v times for the rights to one function", looked)
	}
}

// eachNode calls do with each object in a value of JSON.
func eachNode(value any, do func(map[string]any)) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			eachNode(element, do)
		}
	case map[string]any:
		do(v)
		for _, member := range v {
			eachNode(member, do)
		}
	}
}
