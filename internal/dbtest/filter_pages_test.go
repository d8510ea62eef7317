package dbtest

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/dialect"
)

// allColumns selects every column, as JSON where a driver does not return the exact value.
const allColumns = `id, name, age, to_json(height), to_json(born), to_json(tags), to_json(stay),
	data, doc, to_json(photo), to_json(thumb), to_json(words), mood, student, to_json(place), code,
	"odd ""name"`

// postgresPages are queries that select, order and page, each with its SQL. The rows are those of
// filtered.people with an id of 2 or more.
var postgresPages = []struct{ query, rows, reason string }{
	{"", "SELECT " + allColumns + " FROM filtered.people", "all columns"},
	{"select=*", "SELECT " + allColumns + " FROM filtered.people", "by name"},
	{"select=name,id,name", "SELECT name, id, name FROM filtered.people",
		"columns in another order, one twice"},
	{"select=*,id", "SELECT " + allColumns + ", id FROM filtered.people", "and one more"},
	{"select=who:name,id", "SELECT name, id FROM filtered.people", "renamed"},
	{"select=data->>s,data->list,data->list->0,doc->s,doc->>s",
		"SELECT data->>'s', data->'list', data->'list'->0, doc->'s', doc->>'s' FROM filtered.people",
		"paths"},
	{"select=place->lat,tags->>0,stay->x",
		"SELECT to_jsonb((place).lat), tags[1], NULL FROM filtered.people",
		"paths into columns that are not JSON"},
	{"select=id&order=id.desc", "SELECT id FROM filtered.people ORDER BY id DESC", "descending order"},
	{"select=id,age&order=age,id", "SELECT id, age FROM filtered.people ORDER BY age, id",
		"two terms"},
	{"select=id,age&order=age.asc.nullsfirst,id.desc",
		"SELECT id, age FROM filtered.people ORDER BY age ASC NULLS FIRST, id DESC", "NULL first"},
	{"select=id,age&order=age.desc.nullslast,id",
		"SELECT id, age FROM filtered.people ORDER BY age DESC NULLS LAST, id", "NULL last"},
	{"select=id,age&order=age.nullsfirst,id",
		"SELECT id, age FROM filtered.people ORDER BY age NULLS FIRST, id", "without a direction"},
	{"select=id&order=data->n.desc,doc->>s,id",
		"SELECT id FROM filtered.people ORDER BY data->'n' DESC, doc->>'s', id", "paths"},
	{"select=id&order=doc,id", "SELECT id FROM filtered.people ORDER BY doc::jsonb, id",
		"json, which has no order of its own"},
	{"select=id&order=id&limit=3", "SELECT id FROM filtered.people ORDER BY id LIMIT 3",
		"the first page"},
	{"select=id&order=id&limit=3&offset=50",
		"SELECT id FROM filtered.people ORDER BY id LIMIT 3 OFFSET 50", "the next page"},
	{"select=id&order=id&offset=57", "SELECT id FROM filtered.people ORDER BY id OFFSET 57",
		"the last page"},
	{"select=id&offset=59", "SELECT id FROM filtered.people WHERE false",
		"an offset after the last row"},
	{"select=id&limit=0", "SELECT id FROM filtered.people WHERE false", "no rows"},
	{"limit=1&offset=9223372036854775807", "SELECT id FROM filtered.people WHERE false",
		"the greatest number"},
}

// TestSelectPagesMatchHandWrittenSQL runs postgresPages with every set of metadata columns.
func TestSelectPagesMatchHandWrittenSQL(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, filterFixture...)
	inner := relation(t, db, "filtered", "people")
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, c := range postgresPages {
			want := rowsOf(t, db,
				strings.Replace(c.rows, "filtered.people",
					"(SELECT * FROM filtered.people WHERE id >= 2) AS people", 1))
			for _, h := range metas {
				checkSelect(t, db, dialect.PostgreSQL, inner, c.query, h, want, 59, 2)
			}
		}
	})
}

// TestSelectNamesScalarColumnAfterFunction filters functions of scalars, whose only column has the
// function's name.
func TestSelectNamesScalarColumnAfterFunction(t *testing.T) {
	setUp(t, openPostgres(t), filterFixture...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, c := range []struct{ function, query, rows string }{
			{"names", "names=like.A*", "SELECT name FROM filtered.people WHERE name LIKE 'A%'"},
			{"days", "order=days.desc&limit=2",
				"SELECT to_json(born) FROM filtered.people ORDER BY born DESC LIMIT 2"},
		} {
			checkSelect(t, db, dialect.PostgreSQL, relation(t, db, "filtered", c.function), c.query,
				dialect.Meta{}, rowsOf(t, db, c.rows), 0)
		}
	})
}
