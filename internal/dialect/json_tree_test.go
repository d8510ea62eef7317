package dialect

import (
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
)

// filmTrees returns relations as SQLite and MySQL describe them.
func filmTrees() *catalog.Snapshot {
	column := func(name, typ string) catalog.Attribute {
		return catalog.Attribute{
			Column: catalog.Column{Name: name, Type: &catalog.Type{Name: typ, SQL: typ}},
		}
	}
	return catalog.OfRelations([]catalog.Relation{
		{
			Schema: "main", Name: "directors", PrimaryKey: []string{"id"},
			Columns: []catalog.Attribute{column("id", "int"), column("name", "text")},
		},
		{
			Schema: "main", Name: "films", PrimaryKey: []string{"id"},
			Columns: []catalog.Attribute{
				column("id", "int"), column("title", "text"), column("director_id", "int"),
				column("data", "json"),
			},
			ForeignKeys: []catalog.ForeignKey{{
				Name: "director", Columns: []string{"director_id"}, Schema: "main", Relation: "directors",
				References: []string{"id"},
			}},
		},
	}).Current()
}

// selectTree writes the statement for a request.
func selectTree(
	t *testing.T, d *Dialect, relation string, m Meta, query ...string,
) (Selected, error) {
	t.Helper()
	var pairs []filter.Pair
	for pair := range slices.Chunk(query, 2) {
		pairs = append(pairs, filter.Pair{Name: pair[0], Value: pair[1]})
	}
	q, err := filter.Parse(pairs)
	if err != nil {
		t.Fatal(err)
	}
	s := filmTrees()
	node, err := embed.Resolve(s, s.Relation("", relation), q)
	if err != nil {
		t.Fatal(err)
	}
	return d.Select(Inner{Node: node}, q, m)
}

// Each placeholder binds the value whose place it has, also where a text stands elsewhere than it
// was written, or twice.
func TestTreesBindValuesInTheOrderOfTheirPlaceholders(t *testing.T) {
	for _, test := range []struct {
		reason string
		d      *Dialect
		m      Meta
		from   string
		query  []string
		text   string
		values []any
	}{
		{
			reason: "the order is written within the array", d: MySQL, from: "directors",
			query: []string{"select", "id,films(n:title)", "films.title", "eq.a", "films.limit", "2",
				"id", "gt.7"},
			text: "/*M!100100 SET STATEMENT group_concat_max_len = 4294967295 FOR */ SELECT t.id, " +
				"NULLIF(coalesce(CONCAT(coalesce((SELECT coalesce(JSON_ARRAYAGG(" +
				"coalesce(JSON_OBJECT(?, t1.title), JSON_EXTRACT(?, '$')) LIMIT ?), " +
				"JSON_EXTRACT('[]', '$')) FROM main.films AS t1 WHERE t1.director_id = t.id AND " +
				"t1.title = ?), 'null'), ''), ?), 'null') FROM main.directors AS t WHERE t.id > ?",
			values: []any{"n", `"the mark"`, int64(2), "a", "the mark", int64(7)},
		},
		{
			reason: "a path is grouped by the same text", d: MySQL, from: "films",
			query: []string{"select", "data->a,count()", "id", "lt.3"},
			text: "SELECT JSON_EXTRACT(t.data, ?), count(1) FROM main.films AS t WHERE t.id < ? " +
				"GROUP BY JSON_EXTRACT(t.data, ?)",
			values: []any{`$."a"`, int64(3), `$."a"`},
		},
		{
			reason: "a column of the one that is spread", d: SQLite, from: "films",
			query: []string{"select", "id,...directors(name)", "directors.id", "gt.1", "id", "lt.3",
				"order", "directors(name)"},
			text: "SELECT t.id, (SELECT t1.name FROM main.directors AS t1 WHERE t1.id = t.director_id " +
				"AND t1.id > ? LIMIT 1) FROM main.films AS t WHERE t.id < ? ORDER BY (SELECT t1.name FROM " +
				"main.directors AS t1 WHERE t1.id = t.director_id AND t1.id > ? LIMIT 1)",
			values: []any{int64(1), int64(3), int64(1)},
		},
	} {
		s, err := selectTree(t, test.d, test.from, test.m, test.query...)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		bare := strings.NewReplacer("`", "", `"`, "").Replace(s.Query)
		var values []any
		for _, i := range s.Bind {
			value := s.Extra[i]
			if text, ok := value.(string); ok && s.Cut != "" {
				value = strings.Replace(text, s.Cut, "the mark", 1)
			}
			values = append(values, value)
		}
		if bare != test.text {
			t.Errorf("%s:\n%s\nwant\n%s", test.reason, bare, test.text)
		}
		if strings.Count(s.Query, "?") != len(values) || len(values) != len(test.values) {
			t.Errorf("%s: %v, want %v", test.reason, values, test.values)
			continue
		}
		for i := range values {
			if p, ok := values[i].(*int64); ok {
				values[i] = *p
			}
			if values[i] != test.values[i] {
				t.Errorf("%s: the value %d is %v, want %v", test.reason, i, values[i], test.values[i])
			}
		}
	}
}

// What a database cannot is an error of the request, before anything is sent.
func TestTreesRefuseWhatTheDatabaseCannot(t *testing.T) {
	for _, test := range []struct {
		d     *Dialect
		from  string
		query []string
		want  string
	}{
		{SQLite, "films", []string{"title", "fts.a"}, "the operator fts is not supported by SQLite"},
		{SQLite, "films", []string{"title", "match.a"}, "the operator match is not supported by SQLite"},
		{MySQL, "films", []string{"id", "cs.{1}"}, "the operator cs is not supported by MySQL"},
		{MySQL, "films", []string{"id", "eq(any).{1}"}, "eq(any) is not supported by MySQL"},
		{SQLite, "films", []string{"select", "id::inet"}, "there is no such type to cast to"},
		{SQLite, "films", []string{"select", "count()", "order", "id"}, "groups have an order by"},
		{MySQL, "directors", []string{"select", "films(director_id,count())"}, "not supported by MySQL"},
		{SQLite, "directors", []string{"select", "...films(count())"}, "spread as arrays"},
	} {
		s, err := selectTree(t, test.d, test.from, Meta{}, test.query...)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, %v: %v, want %q; %s", test.d, test.query, err, test.want, s.Query)
		}
	}
}
