package dbtest

import (
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// Some kilobytes of JSON cannot be made hundreds of megabytes by jsonb, which writes a number out.
func TestShortNumbersDoNotBecomeLongResponses(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `DROP SCHEMA IF EXISTS expands CASCADE`, `CREATE SCHEMA expands`,
		`CREATE FUNCTION expands.f(v jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT v'`,
		`CREATE FUNCTION expands.n(v numeric[]) RETURNS numeric[] LANGUAGE sql AS 'SELECT v'`)
	list := func(n int) string { return strings.Repeat("1e130000,", n-1) + "1e130000" }
	json := []string{"Content-Type", "application/json"}
	for _, mode := range drivers {
		db := mode.open(t)
		m := moresql.New(db, quiet)
		routines := rest.Routines(m, load(t, db, "expands"))
		handler := m.Handler("expands.f", moresql.Fields("v"))
		for _, test := range []struct {
			n, status, atLeast int
		}{{1500, 413, 0}, {2, 200, 2 * 130_000}} {
			body := `{"v":[` + list(test.n) + `]}`
			for where, got := range map[string]received{
				"f":       send(t, "POST", listen(t, routines)+"/f", body, json...),
				"n":       send(t, "POST", listen(t, routines)+"/n", body, json...),
				"query":   send(t, "GET", listen(t, routines)+"/n?v={"+list(test.n)+"}", ""),
				"handler": send(t, "POST", listen(t, handler)+"/", body, json...),
			} {
				if got.status != test.status || len(got.body) < test.atLeast {
					t.Errorf("%s, %s, %d: %d %.200s", mode.name, where, test.n, got.status, got.body)
				}
			}
		}
	}
}
