package dbtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
)

// parseFilter returns the filter of a URL's query.
func parseFilter(t *testing.T, raw string) *filter.Query {
	t.Helper()
	q, err := filter.Parse(pairs(t, raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return q
}

// pairs returns the parameters of a query in order. The query need not be escaped, except for % and
// &.
func pairs(t *testing.T, raw string) (list []filter.Pair) {
	t.Helper()
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		var pair filter.Pair
		for text, decoded := range map[string]*string{name: &pair.Name, value: &pair.Value} {
			var err error
			if *decoded, err = url.PathUnescape(text); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, pair)
	}
	return list
}

// run returns the rows of a selected statement as text, and an error of the database.
func run(db *sql.DB, s dialect.Selected, values ...any) ([]string, error) {
	values = append(values, s.Extra...)
	args := make([]any, len(s.Bind))
	for i, v := range s.Bind {
		args[i] = values[v]
	}
	rows, err := db.Query(s.Query, args...)
	if err != nil {
		return nil, err
	}
	return texts(rows)
}

// texts returns rows with their values joined by |, and closes them.
func texts(rows *sql.Rows) (list []string, err error) {
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = c.String
			if !c.Valid {
				row[i] = "NULL"
			}
		}
		list = append(list, strings.Join(row, "|"))
	}
	return list, rows.Err()
}

// filterFixture creates sixty people with columns of most kinds.
var filterFixture = []string{
	"DROP SCHEMA IF EXISTS filtered CASCADE", "CREATE SCHEMA filtered",
	"CREATE TYPE filtered.mood AS ENUM ('sad', 'ok')",
	"CREATE TYPE filtered.place AS (lat numeric, long numeric)",
	"CREATE DOMAIN filtered.raw AS bytea",
	`CREATE TABLE filtered.people (id int, name text, age int, height float8, born date, tags text[],
		stay daterange,
		data jsonb, doc json, photo bytea, thumb filtered.raw, words tsvector, mood filtered.mood,
		student bool, place filtered.place,
		code varchar(9), "odd ""name" int)`,
	`INSERT INTO filtered.people SELECT i, (ARRAY['Ann', 'ann', 'Ben*', 'Cé%', 'D_e', 'back\slash',
		'x,y'])[i % 8],
		CASE WHEN i % 5 > 0 THEN i % 50 END, i / 7.0, date '2000-01-01' + i,
		ARRAY['t' || i % 3, 'a,b', '"q"'],
		daterange(date '2000-01-01' + i, date '2000-01-01' + i + 5),
		jsonb_build_object('n', i % 10, 's', 'v' || i % 4, 'list', jsonb_build_array(i, 'x'), 'in "q"',
		i % 2, 'none', NULL),
		json_build_object('n', i % 10, 's', 'v' || i % 4),
		decode(to_hex(i % 16 + 16), 'hex'), decode(to_hex(i % 16 + 16), 'hex'),
		to_tsvector('english', 'cats number ' || i % 3),
		CASE i % 2 WHEN 0 THEN 'sad' ELSE 'ok' END::filtered.mood, CASE i % 3 WHEN 0 THEN true
		WHEN 1 THEN false END, (i, -i)::filtered.place,
		'c' || i % 4, i % 6
		FROM generate_series(1, 60) i`,
	`CREATE FUNCTION filtered.people(from_id int) RETURNS SETOF filtered.people LANGUAGE sql STABLE AS
		'SELECT * FROM filtered.people WHERE id >= from_id'`,
	`CREATE FUNCTION filtered.names() RETURNS SETOF text LANGUAGE sql STABLE
		AS 'SELECT name FROM filtered.people'`,
	`CREATE FUNCTION filtered.days() RETURNS SETOF date LANGUAGE sql STABLE
		AS 'SELECT born FROM filtered.people'`,
}

// relation returns the call of a function with all of its parameters, which Select can filter.
func relation(t *testing.T, db *sql.DB, schema, name string) dialect.Inner {
	t.Helper()
	cat := load(t, db, schema)
	r := cat.Current().Lookup(schema, name)[0]
	var given []*catalog.Param
	for i := range r.Params {
		if r.Params[i].Mode == catalog.In {
			given = append(given, &r.Params[i])
		}
	}
	inner, err := dialect.PostgreSQL.Relation(&r, given)
	if err != nil {
		t.Fatal(err)
	}
	return inner
}

// metas are all sets of metadata columns that PostgreSQL can have.
var metas = []dialect.Meta{{}, {Settings: true}, {Count: true}, {Count: true, Settings: true}}

// A filterCase is a query of a URL and its WHERE clause, written by hand. It must keep some of the
// rows and exclude others, or else the case would pass without a filter.
type filterCase struct{ query, where, reason string }

var postgresFilters = []filterCase{
	{"age=eq.3", "age = 3", "equal"},
	{"age=not.eq.3", "NOT age = 3", "negated, which excludes NULL"},
	{"age=neq.3", "age <> 3", "unequal excludes NULL"},
	{"age=isdistinct.3", "age IS DISTINCT FROM 3", "distinct includes NULL"},
	{"age=gt.30", "age > 30", "greater"},
	{"age=gte.30&age=lt.35", "age >= 30 AND age < 35", "two filters on one column"},
	{"age=lte.30", "age <= 30", "less or equal"},
	{"height=gte.1.5", "height >= 1.5", "a value with a dot"},
	{"born=lt.2000-02-01", "born < '2000-02-01'", "a date"},
	{"mood=eq.sad", "mood = 'sad'", "an enum"},
	{"mood=gt.sad", "mood > 'sad'", "an enum's order"},
	{"code=eq.c1", "code = 'c1'", "a varchar"},
	{`name=eq.back\slash`, `name = 'back\slash'`, "a backslash is a plain character"},
	{"student=is.true", "student IS TRUE", "true"},
	{"student=is.FALSE", "student IS FALSE", "false, in any case"},
	{"student=is.unknown", "student IS UNKNOWN", "unknown"},
	{"student=not.is.null", "student IS NOT NULL", "not NULL"},
	{"student=is.not_null", "student IS NOT NULL", "not NULL in one word"},
	{"student=eq.true", "student", "a boolean compared"},
	{"name=like.A*", "name LIKE 'A%'", "case-sensitive"},
	{"name=like.A%25", "name LIKE 'A%'", "the wildcard of SQL"},
	{`name=like.D\_e`, `name LIKE 'D\_e'`, "an escaped underscore"},
	{"name=ilike.an_", "name ILIKE 'an_'", "case-insensitive"},
	{"name=match.^[AB]", "name ~ '^[AB]'", "a regular expression"},
	{"name=imatch.^a", "name ~* '^a'", "case-insensitive"},
	{`name=in.(Ann,"x,y",ann)`, "name IN ('Ann', 'x,y', 'ann')", "a list, with a comma in quotes"},
	{`name=in.("back\\slash")`, `name IN ('back\slash')`, "a backslash in quotes is doubled"},
	{"age=not.in.(1,2,3)", "age NOT IN (1, 2, 3)", "not in a list"},
	{"born=in.(2000-01-05,2000-01-06)", "born IN ('2000-01-05', '2000-01-06')", "a list of dates"},
	{"mood=in.(ok)", "mood IN ('ok')", "a list of an enum"},
	{`tags=in.("{t1,\"a,b\",\"\\\"q\\\"\"}")`, `tags IN (ARRAY['t1', 'a,b', '"q"'])`,
		"a list of arrays"},
	{"age=eq(any).{3,4}", "age = ANY ('{3,4}')", "any of an array"},
	{"age=lt(all).{30,40}", "age < ALL ('{30,40}')", "all of an array"},
	{"name=like(any).{A*,B*}", "name LIKE ANY ('{A%,B%}')", "any of several patterns"},
	{"name=not.ilike(all).{*n*,A*}", "NOT name ILIKE ALL ('{%n%,A%}')",
		"all of several patterns, negated"},
	{"name=match(any).{^A,^B}", "name ~ ANY ('{^A,^B}')", "any of several regular expressions"},
	{`tags=eq.["t1","a,b","\"q\""]`, `tags = ARRAY['t1', 'a,b', '"q"']`, "an array as it is shown"},
	{`tags=in.("[\"t1\",\"a,b\",\"\\\"q\\\"\"]")`, `tags IN (ARRAY['t1', 'a,b', '"q"'])`,
		"one of the arrays as they are shown"},
	{`tags=cs.["t1"]`, `tags @> ARRAY['t1']`, "an array contains one as it is shown"},
	{"tags=cs.{t1}", "tags @> '{t1}'", "an array contains"},
	{`tags=cd.{t1,"a,b","\"q\""}`, `tags <@ ARRAY['t1', 'a,b', '"q"']`, "is contained by"},
	{"tags=ov.{t1,t2}", "tags && '{t1,t2}'", "arrays overlap"},
	{"stay=ov.[2000-01-10,2000-01-12]", "stay && '[2000-01-10,2000-01-12]'", "a range overlaps"},
	{"stay=cs.[2000-01-10,2000-01-12]", "stay @> daterange '[2000-01-10,2000-01-12]'",
		"a range contains"},
	{"stay=cd.[2000-01-01,2000-01-12]", "stay <@ daterange '[2000-01-01,2000-01-12]'",
		"is contained by"},
	{"stay=sl.[2000-01-20,2000-01-22]", "stay << '[2000-01-20,2000-01-22]'", "strictly left"},
	{"stay=sr.[2000-01-10,2000-01-12]", "stay >> '[2000-01-10,2000-01-12]'", "strictly right"},
	{"stay=nxr.[2000-01-10,2000-01-12]", "stay &< '[2000-01-10,2000-01-12]'",
		"does not extend to the right"},
	{"stay=nxl.[2000-01-10,2000-01-12]", "stay &> '[2000-01-10,2000-01-12]'",
		"does not extend to the left"},
	{"stay=adj.[2000-01-10,2000-01-12]", "stay -|- '[2000-01-10,2000-01-12]'", "is adjacent"},
	{`data=cs.{"n":1}`, `data @> '{"n":1}'`, "jsonb contains"},
	{"words=fts(english).cat %26 1", "words @@ to_tsquery('english', 'cat & 1')", "a text search"},
	{"words=plfts.cat 2", "words @@ plainto_tsquery('cat 2')", "a search for plain words"},
	{"words=phfts(english).number 2", "words @@ phraseto_tsquery('english', 'number 2')",
		"a search for a phrase"},
	{"words=wfts(english).cat -1", "words @@ websearch_to_tsquery('english', 'cat -1')",
		"a search as in a search engine"},
	{"name=fts(simple).ann", "to_tsvector('simple', name) @@ to_tsquery('simple', 'ann')",
		"a search in a text"},
	{"data=fts(simple).v1", "to_tsvector('simple', data) @@ to_tsquery('simple', 'v1')",
		"a search in jsonb"},
	{"data->>s=fts(simple).v1", "to_tsvector('simple', data->>'s') @@ to_tsquery('simple', 'v1')",
		"a search in the text of a path"},
	{`photo=eq.\x11`, `photo = '\x11'`, "bytes"},
	{`thumb=gt.\x11`, `thumb > '\x11'`, "a domain over bytes"},
	{`photo=in.(\x11,\x12)`, `photo IN ('\x11', '\x12')`, "a list of bytes"},
	{`photo=eq(any).{"\\x11","\\x12"}`, `photo IN ('\x11', '\x12')`, "an array of bytes"},
	{"data->n=gt.7", "(data->>'n')::int > 7", "a number of JSON"},
	{"data->>n=eq.7", "data->>'n' = '7'", "the text of a number"},
	{"data->>none=is.null&id=lt.9", "id < 9", "a null of JSON"},
	{`data->"in \"q\""=eq.1`, `(data->>'in "q"')::int = 1`, "a key in quotes"},
	{"data->list->0=lt.9", "id < 9", "an element"},
	{"data->list->>-2=eq.9", "id = 9", "an element from the end"},
	{"doc->>s=eq.v1", "doc->>'s' = 'v1'", "json and text"},
	{"doc->n=lt.3", "(doc->>'n')::int < 3", "json"},
	{`doc=eq.{"s":"v1","n":1}`, `doc::jsonb = '{"n":1,"s":"v1"}'`, "json as a whole"},
	{"place->lat=lt.9", "(place).lat < 9", "a composite's field"},
	{"tags->>0=eq.t1", "tags[1] = 't1'", "an array's element"},
	{`"odd \"name"=eq.3`, `"odd ""name" = 3`, "a name that needs quotes"},
	{"or=(age.lt.3,name.eq.Ann)", "age < 3 OR name = 'Ann'", "or"},
	{"not.or=(age.lt.3,name.eq.ann)", "NOT (age < 3 OR name = 'ann')", "not or"},
	{"and=(age.gte.3,or(name.like.*n*,not.and(student.is.true,id.in.(3,6,9))))&id=lt.30",
		"age >= 3 AND (name LIKE '%n%' OR NOT (student IS TRUE AND id IN (3, 6, 9))) AND id < 30",
		"nested conditions"},
	{`or=(name.eq."x,y",tags.cs.{"a,b",t2},stay.adj."[2000-01-10,2000-01-12]")`,
		"name = 'x,y' OR tags @> ARRAY['a,b', 't2'] OR stay -|- '[2000-01-10,2000-01-12]'",
		"values with commas"},
}

// TestFiltersOnPostgreSQLMatchHandWrittenSQL runs postgresFilters with every set of metadata
// columns.
func TestFiltersOnPostgreSQLMatchHandWrittenSQL(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, filterFixture...)
	inner := relation(t, db, "filtered", "people")
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, c := range postgresFilters {
			want := rowsOf(t, db,
				"SELECT id FROM filtered.people WHERE ("+c.where+") AND id >= 2 ORDER BY id")
			if len(want) == 0 || len(want) == 59 {
				t.Errorf("%s (%s): the case has %d rows", c.query, c.reason, len(want))
			}
			for _, h := range metas {
				query := "select=id&order=id&" + c.query
				checkSelect(t, db, dialect.PostgreSQL, inner, query, h, want, len(want), 2)
			}
		}
	})
}

// checkSelect compares the rows that a query selects with want, and their count with total, the
// number of rows without a limit.
func checkSelect(t *testing.T, db *sql.DB, d *dialect.Dialect, inner dialect.Inner, query string,
	h dialect.Meta, want []string, total int, values ...any) {
	t.Helper()
	s, err := d.Select(inner, parseFilter(t, query), h)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return
	}
	rows, err := run(db, s, values...)
	if err != nil {
		t.Errorf("%s: %v\n%s", query, err, s.Query)
		return
	}
	var got []string
	for _, row := range rows {
		cells := strings.SplitN(row, "|", s.Meta+1)
		if h.Count && cells[0] != fmt.Sprint(total) {
			t.Errorf("%s: the count is %s, not %d", query, cells[0], total)
		}
		if s.Meta == 0 || cells[s.Meta-1] != "NULL" {
			got = append(got, cells[s.Meta])
		}
	}
	if s.Meta > 0 && len(rows) == 0 {
		t.Errorf("%s: the metadata columns are missing", query)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q\n%s\n%q", query, got, want, s.Query, s.Extra)
	}
}

// rowsOf returns the rows of a query as texts does.
func rowsOf(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	list, err := texts(rows)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	return list
}
