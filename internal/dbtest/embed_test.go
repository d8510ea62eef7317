package dbtest

import "testing"

// The queries of what is wanted are written by hand, with joins and json_agg; those of lists are in
// the order of ids.
var embedRules = []rule{
	{reason: "to one", target: "/films?select=title,director:people!director(id,name)&order=id",
		status: 200, want: rowsAs(`title, (SELECT row_to_json(d) FROM (SELECT id, name FROM tabled.people
			WHERE id = director_id) d) AS director`, "films", "films.id")},
	{reason: "by the column", target: "/films?select=id,writer_id(name)&order=id", status: 200,
		want: rowsAs(`id, (SELECT row_to_json(d) FROM (SELECT name FROM tabled.people
			WHERE id = writer_id) d) AS writer_id`, "films", "films.id")},
	{reason: "to many", target: "/people?select=name,films!director(title)&films.order=id&order=id",
		status: 200, want: rowsAs(`name, (SELECT coalesce(json_agg(f), '[]') FROM (SELECT title
			FROM tabled.films WHERE director_id = people.id ORDER BY id) f) AS films`,
			"people", "people.id")},
	{reason: "one to one", target: "/films?select=id,plots(*)&order=id", status: 200,
		want: rowsAs("id, (SELECT row_to_json(p) FROM tabled.plots p WHERE film_id = id) AS plots",
			"films", "id")},
	{reason: "one to one, from the other side",
		target: "/plots?select=plot,films(title)&order=film_id",
		status: 200, want: rowsAs(`plot, (SELECT row_to_json(f) FROM (SELECT title FROM tabled.films
			WHERE id = film_id) f) AS films`, "plots", "film_id")},
	{reason: "through a table", target: "/films?select=id,people!roles(name)&people.order=name.desc" +
		"&order=id", status: 200, want: rowsAs(`id, (SELECT coalesce(json_agg(p), '[]') FROM (SELECT name
			FROM tabled.people JOIN tabled.roles ON person_id = people.id WHERE film_id = films.id
			ORDER BY name DESC) p) AS people`, "films", "films.id")},
	{reason: "itself, to many", target: "/people?select=id,people(id)&people.order=id&order=id",
		status: 200, want: rowsAs(`id, (SELECT coalesce(json_agg(b), '[]') FROM (SELECT id
			FROM tabled.people b WHERE b.boss = people.id ORDER BY id) b) AS people`, "people", "id")},
	{reason: "itself, to one", target: "/people?select=id,boss(id,boss(name))&order=id", status: 200,
		want: rowsAs(`id, (SELECT row_to_json(b) FROM (SELECT id, (SELECT row_to_json(c) FROM (SELECT name
			FROM tabled.people c WHERE c.id = b.boss) c) AS boss FROM tabled.people b
			WHERE b.id = people.boss) b) AS boss`, "people", "people.id")},
	{reason: "a view", target: "/titles?select=title,people!director(name)&order=film", status: 200,
		want: rowsAs(`title, (SELECT row_to_json(p) FROM (SELECT name FROM tabled.people WHERE id = by) p)
			AS people`, "titles", "film")},
	{reason: "a view, embedded",
		target: "/people?select=id,titles!director(film)&titles.order=film&order=id",
		status: 200, want: rowsAs(`id, (SELECT coalesce(json_agg(t), '[]') FROM (SELECT film
			FROM tabled.titles WHERE by = id ORDER BY film) t) AS titles`, "people", "id")},
	{reason: "a function of the row", target: "/people?select=id,works(id)&works.order=id&order=id",
		status: 200, want: rowsAs(`id, (SELECT coalesce(json_agg(w), '[]') FROM (SELECT id
			FROM tabled.works(people) ORDER BY id) w) AS works`, "people", "people.id")},
	{reason: "every type, in JSON", target: "/films?select=id,pictures(*)&pictures.order=id&order=id",
		status: 200, want: rowsAs(`id, (SELECT coalesce(json_agg(p), '[]') FROM (SELECT *
			FROM tabled.pictures WHERE film_id = films.id ORDER BY id) p) AS pictures`, "films", "id")},
	{reason: "other names", target: "/films?select=id,p:plots(the%20plot:plot,f:film_id)&order=id",
		status: 200, want: rowsAs(`id, (SELECT json_build_object('the plot', plot, 'f', film_id)
			FROM tabled.plots WHERE film_id = id) AS p`, "films", "id")},

	{reason: "inner", target: "/films?select=id,plots!inner(plot)&order=id", status: 200,
		want: rowsAs(`films.id, (SELECT row_to_json(p) FROM (SELECT plots.plot) p) AS plots`,
			"films JOIN tabled.plots ON film_id = id", "id")},
	{reason: "inner, filtered and counted", target: "/people?select=id,films!director!inner(id)" +
		"&films.year=gt.2009&order=id", header: []string{"Prefer", "count=exact"}, status: 200,
		want:   `'[{"id": 1, "films": [{"id": 2}]}]'`,
		fields: map[string]string{"Content-Range": "0-0/1"}},
	{reason: "inner within inner",
		target: "/people?select=id,films!director!inner(id,plots!inner(plot))" +
			"&order=id", status: 200,
		want: `'[{"id": 1, "films": [{"id": 1, "plots": {"plot": "A \"house\""}}]},
		{"id": 3, "films": [{"id": 3, "plots": {"plot": "Lost"}}]}]'`},
	{reason: "filtered, not inner",
		target: "/people?select=id,films!director(id)&films.id=eq.1&order=id",
		status: 200, want: `'[{"id": 1, "films": [{"id": 1}]}, {"id": 2, "films": []},
			{"id": 3, "films": []}, {"id": 4, "films": []}]'`},
	{reason: "with nothing", target: "/films?select=id&writer:people!writer=is.null", status: 400},
	{reason: "where nothing is",
		target: "/films?select=id,plots()&plots=is.null&order=id", status: 200,
		want: rowsAs("id", "films WHERE id NOT IN (SELECT film_id FROM tabled.plots)", "id")},
	{reason: "where something is, or a condition", status: 200,
		target: "/films?select=id,plots(film_id)&or=(plots.not.is.null,id.eq.4)&order=id",
		want: rowsAs("id, (SELECT row_to_json(p) FROM (SELECT film_id FROM tabled.plots "+
			"WHERE film_id = id) p) AS plots", "films WHERE id IN (1, 3, 4)", "id")},
	{reason: "the order of a column of the one", status: 200,
		target: "/films?select=id,d:people!director(name)&order=d(name).desc.nullslast,id",
		want: rowsAs(`films.id, (SELECT row_to_json(d) FROM (SELECT people.name WHERE people.id IS NOT
			NULL)
			d) AS d`, "films LEFT JOIN tabled.people ON people.id = director_id",
			"people.name DESC NULLS LAST, films.id")},
	{reason: "pages of the embedded", status: 200, target: "/people?select=id,films!director(id)" +
		"&films.order=id.desc&films.limit=1&films.offset=1&order=id",
		want: `'[{"id": 1, "films": [{"id": 1}]},
		{"id": 2, "films": []}, {"id": 3, "films": []}, {"id": 4, "films": []}]'`},
	{reason: "conditions of the embedded",
		status: 200, target: "/people?select=id,films!director(id)" +
			"&films.or=(id.eq.2,title.like.L*)&films.not.and=(id.eq.2)&id=lt.4&order=id",
		want: `'[{"id": 1, "films": []}, {"id": 2, "films": []}, {"id": 3, "films": [{"id": 3}]}]'`},

	{reason: "spread", target: "/films?select=id,...people!director(director:name,born)&order=id",
		status: 200, want: rowsAs("films.id, name AS director, born",
			"films LEFT JOIN tabled.people ON people.id = director_id", "films.id")},
	{reason: "spread, every type",
		target: "/pictures?select=id,...films(price,pictures(id,taken))&order=id",
		status: 200,
		want: rowsAs(`id, (SELECT price FROM tabled.films WHERE id = film_id), (SELECT json_agg(p)
			FROM (SELECT id, taken FROM tabled.pictures o WHERE o.film_id = pictures.film_id ORDER BY id) p)
			AS pictures`, "pictures", "id")},
	{reason: "spread of many",
		target: "/people?select=id,...films!director(titles:title)&films.order=id" +
			"&order=id", status: 200, want: rowsAs(`id, (SELECT coalesce(json_agg(title ORDER BY id), '[]')
			FROM tabled.films WHERE director_id = people.id) AS titles`, "people", "id")},
	{reason: "spread in a spread",
		target: "/roles?select=role,...films(title,...people!director(name))" +
			"&order=film_id,person_id", status: 200, want: rowsAs("role, title, name", `roles
			JOIN tabled.films ON films.id = film_id LEFT JOIN tabled.people ON people.id = director_id`,
			"film_id, person_id")},

	{reason: "of a function's rows",
		target: "/rpc/older?n=3&select=id,films!director(id)&films.order=id" +
			"&order=id", status: 200,
		want: `'[{"id": 1, "films": [{"id": 1}, {"id": 2}]}, {"id": 2, "films": []}]'`},
	{reason: "of a function's rows, counted",
		target: "/rpc/older?n=9&select=id,boss!inner(name)&order=id",
		header: []string{"Prefer", "count=exact"}, status: 200,
		want: `'[{"id": 2, "boss": {"name": "Ann"}},
			{"id": 3, "boss": {"name": "Ann"}}, {"id": 4, "boss": {"name": "Bob"}}]'`,
		fields: map[string]string{"Content-Range": "0-2/3"}},
	{reason: "of a function's row",
		target: "/rpc/one?n=1&select=name,initial,films!director(id)&films.id=eq.2",
		status: 200, want: `'{"name": "Ann", "initial": "A", "films": [{"id": 2}]}'`},

	{reason: "several ways", target: "/films?select=people(*)", status: 300,
		fields: map[string]string{"Proxy-Status": "moresql; error=PGRST201"}},
	{reason: "no way", target: "/films?select=prints(*)", status: 400, code: "PGRST200"},
	{reason: "a wrong hint", target: "/films?select=people!nobody(*)", status: 400, code: "PGRST200"},
	{reason: "what is not embedded", target: "/films?plots.plot=eq.x", status: 400, code: "PGRST108"},
	{reason: "an order by many",
		target: "/people?select=films!director(id)&order=films(id)", status: 400,
		code: "PGRST118"},
	{reason: "a column that is not there",
		target: "/films?select=plots(plto)", status: 400, code: "42703"},
	{reason: "an order by no column",
		target: "/films?select=id,plots(plot)&order=plots(plto)", status: 400,
		code: "42703"},
	{reason: "a function of no relation",
		target: "/films?select=id,initial", status: 400, code: "42703"},
}

func TestEmbeddedRowsAreWhatTheDatabaseComputes(t *testing.T) { testTables(t, embedRules) }
