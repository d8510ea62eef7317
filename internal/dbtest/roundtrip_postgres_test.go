package dbtest

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/rest"
)

func postgresTypes() []roundType {
	documents := pick(`'{"a": [1.50, "x"]}'`, `'"text"'`, "'true'")
	return []roundType{
		{name: "bool", literal: pick("true", "false"), field: binder.Bool},
		{name: "int2", literal: wholes(16, true)}, {name: "int4", literal: wholes(32, true)},
		{name: "int8", literal: wholes(64, true), field: binder.Int},
		{name: "numeric", literal: decimal(40, 40), field: binder.Number},
		{name: "numeric(10,2)", literal: decimal(7, 2)},
		{name: "float8", literal: double}, {name: "float4", literal: tenths},
		{name: "text", literal: odd}, {name: "varchar(40)", literal: odd},
		{name: "bytea", literal: func(r *rand.Rand) string {
			return `'\` + strings.Replace(hexOf(20)(r), "'", "", 1)
		}, field: binder.Bytes},
		{name: "bit(10)", literal: pick("b'0000000101'")},
		{name: "date", literal: dates, field: binder.Date}, {name: "timestamp", literal: micro},
		{name: "timestamptz", literal: micro},
		{name: "time", literal: at("%02d:%02d:%02d.%06d", hour, minute, minute, micros)},
		{name: "interval", literal: pick("'1 day 02:03:04.5'", "'-3 months'")},
		{name: "uuid", literal: pick("gen_random_uuid()"), field: binder.UUID},
		{name: "json", literal: documents, noEqual: true, noText: true},
		{name: "jsonb", literal: documents, noEqual: true, noText: true},
		{name: "inet", literal: pick("'10.0.0.1/8'", "'::1'")},
		{name: "int4[]", literal: pick("'{1,NULL,3}'", "'{}'", "'{{1,2},{3,4}}'"), noEqual: true,
			noText: true},
		{name: "int4range", literal: pick("'[1,5)'", "'empty'")},
		{name: "money", literal: pick("'12.34'", "'-5'")},
		{name: "point", literal: pick("'(1,2)'"), noEqual: true},
	}
}

// TestShownValuesGoBackToPostgreSQL has PostgreSQL convert the texts. What needs to know the type
// of a parameter, a text for json or a list for an array, is stored by rest.Routines.
func TestShownValuesGoBackToPostgreSQL(t *testing.T) {
	for _, way := range ways() {
		t.Run(way.name, func(t *testing.T) {
			for _, typ := range postgresTypes() {
				db := way.open(t) // no kept statement is of the type before
				setUp(t, db, "DROP SCHEMA IF EXISTS round CASCADE", "CREATE SCHEMA round")
				r := roundTrip{db: db, typ: typ, same: "t.v::text IS NOT DISTINCT FROM u.v::text"}
				r.fill(t, "")
				setUp(t, db, "CREATE FUNCTION round.show() RETURNS SETOF t STABLE LANGUAGE sql "+
					"AS 'SELECT id, v FROM public.t'",
					"CREATE FUNCTION round.store(id int, v "+typ.name+") RETURNS void LANGUAGE sql "+
						"AS 'INSERT INTO public.u VALUES ($1, $2)'")
				if !typ.noEqual {
					setUp(t, db, "CREATE FUNCTION round.find(v "+typ.name+") RETURNS TABLE(id int) STABLE "+
						"LANGUAGE sql AS 'SELECT t.id FROM public.t WHERE t.v IS NOT DISTINCT FROM $1'")
				}
				m := moresql.New(db, quiet)
				r.find = rest.Routines(m, load(t, db, "round"))
				field := typ.field
				if field == nil {
					field = binder.Any
				}
				r.show = m.Handler("round.show", rest.Query())
				r.store = m.Handler("round.store", moresql.Bind(binder.Int("id"), field("v")))
				if typ.noText {
					r.store = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
						q.URL.Path = "/store"
						r.find.ServeHTTP(w, q)
					})
				}
				r.run(t)
				setUp(t, db, "DROP SCHEMA round CASCADE", "DROP TABLE t, u")
				db.Close()
			}
		})
	}
}
