package dataset

import (
	"database/sql"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/internal/pgtest"
)

// A plan that collects all rows before the first is sent would distort the time to the first byte.
func TestPlansStreamRows(t *testing.T) {
	db, err := sql.Open("postgres", pgtest.Start(t).URI())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []Table{MixedTable, NarrowTable, TextsTable, CustomerTable} {
		for range 2 { // the second time the tables exist
			if err := table.Load(t.Context(), db, 10); err != nil {
				t.Fatal(err)
			}
		}
		var n int
		if err := db.QueryRow("SELECT count(*) FROM " + table.name).Scan(&n); err != nil || n != 10 {
			t.Errorf("%s has %d rows, %v", table.name, n, err)
		}
	}
	if _, err := db.Exec(CreateNumbered); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		GetMixed.Query(), GetNarrow.Query(), GetTexts.Query(),
		GetMixed.Documents(), GetMixed.Aggregated(),
		strings.ReplaceAll(GetNumbered.Query(), "$1", "10"),
		strings.ReplaceAll(GetCustomer.Query(), "$1", "7"),
		strings.ReplaceAll(GetOne.Query(), "$1", "7"),
		strings.ReplaceAll(GetMine.Query(), "$1", "7"),
		strings.ReplaceAll(GetMany.Query(), "$1", "7"),
		"SELECT * FROM get_offer(7, 'car', true, 0.5, '2024-02-29')",
	} {
		var plan string
		rows, err := db.Query("EXPLAIN " + query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan += line + "\n"
		}
		if err := rows.Err(); err != nil ||
			strings.Contains(plan, "Function Scan") || strings.Contains(plan, "Materialize") {
			t.Errorf("%s: %v\n%s", query, err, plan)
		}
	}
}

func TestTextsAre20KiB(t *testing.T) {
	db, err := sql.Open("postgres", pgtest.Start(t).URI())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := TextsTable.Load(t.Context(), db, 10); err != nil {
		t.Fatal(err)
	}
	var least, most int
	row := db.QueryRow("SELECT min(octet_length(body)), max(octet_length(body)) FROM texts")
	if err := row.Scan(&least, &most); err != nil {
		t.Fatal(err)
	}
	if least < 20_000 || most > 21_000 {
		t.Errorf("texts have %d to %d bytes", least, most)
	}
}
