package embed_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
)

// snapshot has films with a director and a writer, who are people, roles between the two, and
// people who have a boss.
func snapshot() *catalog.Snapshot {
	columns := func(names ...string) (list []catalog.Attribute) {
		for _, name := range names {
			list = append(list, catalog.Attribute{Column: catalog.Column{Name: name}})
		}
		return list
	}
	key := func(name, column, to string) catalog.ForeignKey {
		return catalog.ForeignKey{
			Name: name, Columns: []string{column}, Schema: "api", Relation: to, References: []string{"id"},
		}
	}
	return catalog.OfRelations([]catalog.Relation{
		{
			Schema: "api", Name: "people", PrimaryKey: []string{"id"}, Columns: columns("id", "boss"),
			ForeignKeys: []catalog.ForeignKey{key("boss_key", "boss", "people")},
		},
		{
			Schema: "api", Name: "films", PrimaryKey: []string{"id"},
			Columns: columns("id", "director_id", "writer_id"),
			ForeignKeys: []catalog.ForeignKey{
				key("director", "director_id", "people"), key("writer", "writer_id", "people"),
			},
		},
		{
			Schema: "api", Name: "roles", PrimaryKey: []string{"film_id", "person_id"},
			Columns: columns("film_id", "person_id"),
			ForeignKeys: []catalog.ForeignKey{
				key("role_film", "film_id", "films"), key("role_person", "person_id", "people"),
			},
		},
		{Schema: "api", Name: "alone", Columns: columns("id")},
	}).Current()
}

func resolve(t *testing.T, from, selected, order string) (*embed.Node, error) {
	t.Helper()
	pairs := []filter.Pair{{Name: "select", Value: selected}}
	if order != "" {
		pairs = append(pairs, filter.Pair{Name: "order", Value: order})
	}
	q, err := filter.Parse(pairs)
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot()
	return embed.Resolve(s, s.Relation("", from), q)
}

func TestRelationshipIsTheOneThatIsMeant(t *testing.T) {
	for _, test := range []struct{ from, selected, cardinality, name string }{
		{"films", "people!director(id)", "many-to-one", "director"},
		{"films", "people!writer_id(id)", "many-to-one", "writer"},
		{"films", "writer_id(id)", "many-to-one", "writer"},
		{"films", "writer(id)", "many-to-one", "writer"},
		{"films", "people!roles(id)", "many-to-many", "role_film"},
		{"films", "roles(film_id)", "one-to-many", "role_film"},
		{"roles", "films(id)", "many-to-one", "role_film"},
		{"people", "films!director(id)", "one-to-many", "director"},
		{"people", "people(id)", "one-to-many", "boss_key"},
		{"people", "people!boss(id)", "one-to-many", "boss_key"},
		{"people", "boss(id)", "many-to-one", "boss_key"},
	} {
		n, err := resolve(t, test.from, test.selected, "")
		if err != nil {
			t.Errorf("%s: %v", test.selected, err)
			continue
		}
		via := n.Children[0].Via
		if via.Cardinality.String() != test.cardinality || via.Name != test.name {
			t.Errorf("%s of %s: %v by %s", test.selected, test.from, via.Cardinality, via.Name)
		}
	}
}

func TestWhatCannotBeEmbeddedIsAnError(t *testing.T) {
	for _, test := range []struct{ from, selected, order, message string }{
		{"films", "alone(id)", "", "Could not find a relationship between 'films' and 'alone'"},
		{"films", "people!nobody(id)", "", "Could not find a relationship"},
		{"films", "people(id)", "", "more than one relationship was found for 'films' and 'people'"},
		{"films", "roles(name)", "", "there is no column"},
		{"films", "id", "people(id)", "not an embedded resource"},
		{"films", "roles(film_id)", "roles(film_id)", "A related order on 'roles' is not possible"},
		{"films", "writer(id)", "writer(name)", "there is no column"},
	} {
		_, err := resolve(t, test.from, test.selected, test.order)
		if err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%s by %s: %v, want %q", test.selected, test.order, err, test.message)
		}
	}
	for selected, hint := range map[string]string{
		"poeple(id)":        "Perhaps you meant 'people' instead of 'poeple'.",
		"people!nobody(id)": "", // which PostgREST does not know either
	} {
		_, err := resolve(t, "films", selected, "")
		var wrong *embed.Error
		if !errors.As(err, &wrong) || wrong.Hint() != hint {
			t.Errorf("%s: %v, want the hint %q", selected, err, hint)
		}
	}
	_, err := resolve(t, "films", "people(id)", "")
	var several *embed.Ambiguous
	if !errors.As(err, &several) || len(several.Choices()) != 3 ||
		several.Choices()[0].Relationship != "director using films(director_id) and people(id)" ||
		!strings.Contains(several.Hint(), "'people!director', 'people!writer', 'people!roles'") {
		t.Errorf("the choices are %+v", several)
	}
}
