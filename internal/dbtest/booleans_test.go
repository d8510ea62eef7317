package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql"
)

// TestBooleansOfIntegersHaveOneType reads columns that are declared as BOOLEAN, for which MariaDB
// and SQLite store integers, in every format. If a column holds other integers than 0 and 1, all of
// them are numbers.
func TestBooleansOfIntegersHaveOneType(t *testing.T) {
	lists := []string{"0 1 2 5", "5", "0 1", "NULL 1", "NULL", "", "0 NULL -1",
		"NULL" + strings.Repeat(" 0 1", 200) + " -128" + strings.Repeat(" 1", 50)}
	for _, database := range []way{{"MariaDB", openMariaDB}, {"SQLite", openSQLite}} {
		t.Run(database.name, func(t *testing.T) {
			db := database.open(t)
			for _, list := range lists {
				want := setUpRatings(t, db, strings.Fields(list))
				for name, m := range map[string]*moresql.MoreSQL{
					"connection": moresql.New(db, moresql.CallBy(query{})),
					"wrapper":    moresql.New(&logging{DB: db}, quiet, moresql.CallBy(query{})),
				} {
					for _, f := range formats {
						const text = "SELECT id, 'x' AS name, rating AS price, active AS flag FROM ratings"
						// MariaDB sends texts, and in response to a statement with arguments numbers.
						got := decode(t, m, f, text+" ORDER BY id")
						bound := decode(t, m, f, text+" WHERE id >= ? ORDER BY id", 0)
						equal := func(got, want []string) bool { return sameTexts(got, want, f.noNulls) }
						if !slices.EqualFunc(got, want, equal) || !slices.EqualFunc(bound, want, equal) {
							t.Errorf("%s: %s: %.20s is %.100q and %.100q, want %.100q", name,
								f.encoder.MediaType(), list, got, bound, want)
						}
					}
				}
			}
		})
	}
}

// setUpRatings makes a table of the integers, and of truth values, and returns the texts of both as
// they are to be shown.
func setUpRatings(t *testing.T, db *sql.DB, list []string) (want [][]string) {
	t.Helper()
	setUp(t, db, "DROP TABLE IF EXISTS ratings",
		"CREATE TABLE ratings (id INTEGER PRIMARY KEY, rating BOOLEAN, active BOOLEAN)")
	isNumber := func(v string) bool { return !strings.Contains("0 1 NULL", v) }
	numbers := slices.ContainsFunc(list, isNumber)
	for i, v := range list {
		setUp(t, db, fmt.Sprintf("INSERT INTO ratings VALUES (%d, %s, %d)", i, v, i%2))
		switch {
		case v == "NULL":
			v = "\x01NULL"
		case !numbers:
			v = strconv.FormatBool(v == "1")
		}
		want = append(want, []string{strconv.Itoa(i), "x", v, strconv.FormatBool(i%2 == 1)})
	}
	return want
}

// decode returns the texts of what a query streams in a format.
func decode(t *testing.T, m *moresql.MoreSQL, f format, text string, args ...any) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := m.Stream(context.Background(), &out, f.encoder, text, args...); err != nil {
		t.Fatalf("%s: %v", f.encoder.MediaType(), err)
	}
	rows, err := f.read(out.Bytes())
	if err != nil {
		t.Fatalf("%s: %v", f.encoder.MediaType(), err)
	}
	return rows
}
