package dbtest

import (
	"testing"

	"github.com/moresql/moresql/rest"
)

// The queries of what is wanted are written by hand, with GROUP BY.
var aggregateRules = []rule{
	{reason: "how many",
		target: "/films?select=count()", status: 200, want: rowsAs("count(*)", "films", "1")},
	{reason: "as older clients write it", target: "/films?select=count,n:count", status: 200,
		want: rowsAs("count(*), count(*) AS n", "films", "1")},
	{reason: "the same of what is embedded", status: 200,
		target: "/people?select=id,films!director(count)&order=id",
		want: rowsAs(`id, (SELECT json_agg(f) FROM (SELECT count(*) FROM tabled.films
			WHERE director_id = people.id) f) AS films`, "people", "id")},
	{reason: "each of them", status: 200,
		target: "/films?select=year.max(),year.min(),price.sum(),price.avg(),price.count()",
		want:   rowsAs("max(year), min(year), sum(price), avg(price), count(price)", "films", "1")},
	{reason: "for each of a column", status: 200,
		target: "/films?select=d:director_id,total:price.sum(),count()&order=director_id",
		want:   rowsAs("director_id AS d, sum(price) AS total, count(*)", "films GROUP BY 1", "1")},
	{reason: "casts", target: "/films?select=id::text.max(),price.avg()::text,n:year::float8.sum()",
		status: 200, want: rowsAs("max(id::text), avg(price)::text, sum(year::float8) AS n", "films",
			"1")},
	{reason: "values that are not exact in every setting",
		target: "/pictures?select=taken.max(),weight.min()",
		status: 200, want: rowsAs("max(taken), min(weight)", "pictures", "1")},
	{reason: "paths",
		target: "/people?select=data->a->b,count()&id=lt.4&order=count.desc", status: 400,
		code: "42703"},
	{reason: "by a path", target: "/people?select=data->a->>b,count()&id=eq.2", status: 200,
		want: `'[{"b": "[]", "count": 1}]'`},
	{reason: "filtered", target: "/films?select=count()&year=gt.2000", status: 200,
		want: rowsAs("count(*)", "films WHERE year > 2000", "1")},
	{reason: "a count of groups",
		target: "/films?select=director_id,count()&order=director_id&limit=1",
		header: []string{"Prefer", "count=exact"}, status: 206,
		want:   `'[{"director_id": 1, "count": 2}]'`,
		fields: map[string]string{"Content-Range": "0-0/3"}},
	{reason: "of what is embedded",
		target: "/people?select=id,films!director(count(),price.sum())&order=id",
		status: 200, want: rowsAs(`id, (SELECT json_agg(f) FROM (SELECT count(*), sum(price)
			FROM tabled.films WHERE director_id = people.id) f) AS films`, "people", "id")},
	{reason: "by what is embedded", status: 200,
		target: "/films?select=count(),director:people!director(name)&director_id=eq.1",
		want: `(SELECT json_agg(r) FROM (SELECT count(*), jsonb_build_object('name', name) AS director
			FROM tabled.films JOIN tabled.people ON people.id = director_id WHERE director_id = 1
			GROUP BY 2) r)`},
	{reason: "of what is spread", status: 200,
		target: "/roles?select=role,...films(price.sum(),year.max())&order=role",
		want: rowsAs("role, sum(price), max(year)",
			"roles JOIN tabled.films ON id = film_id GROUP BY role", "role")},
	{reason: "by what is spread", status: 200,
		target: "/roles?select=count(),...films(the:title)&order=films(the)",
		want: rowsAs("count(*), title AS the",
			"roles JOIN tabled.films ON id = film_id GROUP BY title", "title")},
	{reason: "by a type that says how it is written",
		target: "/paints?select=shade,count(),id.max()&id=eq.1",
		status: 200, want: `'[{"shade": "#0000ff", "count": 1, "max": 1}]'`},
	{reason: "of a function's rows", target: "/rpc/older?n=3&select=id.max(),count()", status: 200,
		want: rowsAs("max(id), count(*)", "older(3)", "1")},
	{reason: "of many that are spread",
		target: "/people?select=...films!director(id.max())", status: 400,
		code: "PGRST127"},
	{reason: "what cannot be grouped by", target: "/films?select=count()&order=id", status: 400},
	{reason: "no such aggregate", target: "/films?select=id.median()", status: 400, code: "PGRST100"},
	{reason: "a type without the aggregate", target: "/films?select=title.sum()", status: 400},
}

func TestAggregatesAreWhatTheDatabaseComputes(t *testing.T) {
	testTables(t, aggregateRules, rest.Aggregates())
}

// Aggregates are refused unless the program has allowed them.
func TestAggregatesNeedAnOption(t *testing.T) {
	testTables(t, []rule{
		{reason: "not allowed", target: "/films?select=count()", status: 400, code: "PGRST123"},
		{reason: "embedded",
			target: "/people?select=films!director(id.max())", status: 400, code: "PGRST123"},
		{reason: "of a function",
			target: "/rpc/older?n=3&select=id.max()", status: 400, code: "PGRST123"},
	})
}
