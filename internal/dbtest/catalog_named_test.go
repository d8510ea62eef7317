package dbtest

import (
	"context"
	"database/sql"
	"reflect"
	"testing"

	"github.com/moresql/moresql/catalog"
)

// What is read by its name is the same as what is read with all others, but for foreign keys that
// lead to these; and it is all that is read, with what a view shows.
func TestLoadNamedReadsWhatLoadReads(t *testing.T) {
	setUp(t, openPostgres(t), append(relationsSchema,
		"CREATE FUNCTION related.titles(n int) RETURNS SETOF related.films LANGUAGE sql STABLE "+
			"AS 'SELECT * FROM related.films'")...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		all := load(t, db, "related").Current()
		if len(all.Relations()) < 10 || len(all.Routines()) < 4 {
			t.Fatalf("%v and %v are few", all.Relations(), all.Routines())
		}
		named := func(name string) *catalog.Snapshot {
			cat, err := catalog.LoadNamed(context.Background(), db, name, "related")
			if err != nil {
				t.Fatal(err)
			}
			return cat.Current()
		}
		for _, r := range all.Relations() {
			got, want := named(r.Name).Relation("related", r.Name), r
			if got == nil {
				t.Errorf("%v is not there", r.Name)
				continue
			}
			for _, key := range got.ForeignKeys {
				if !reflect.DeepEqual(key, foreignKey(want, key)) {
					t.Errorf("%s: the foreign key %+v is not one of %+v", r.Name, key, want.ForeignKeys)
				}
			}
			alone := *got
			alone.ForeignKeys, want.ForeignKeys = nil, nil
			if !reflect.DeepEqual(alone, want) {
				t.Errorf("%s: %+v, and not %+v", r.Name, alone, want)
			}
		}
		for _, r := range all.Routines() {
			if got := named(r.Name).Lookup("related", r.Name); !reflect.DeepEqual(got,
				all.Lookup("related", r.Name)) {
				t.Errorf("%s: %+v", r.Name, got)
			}
		}
		for _, test := range []struct {
			reason, name        string
			relations, routines int
		}{
			{"a table", "people", 1, 0},
			{"a view, its table and a function", "titles", 2, 1},
			{"a view of a view", "short_titles", 3, 0},
			{"nothing has the name", "film", 0, 0},
			{"a name is no pattern", "%", 0, 0},
		} {
			got := named(test.name)
			if len(got.Relations()) != test.relations || len(got.Routines()) != test.routines {
				t.Errorf("%s: %v and %v", test.reason, got.Relations(), got.Routines())
			}
		}
	})
}

// foreignKey returns the key of a relation with the name and the target of another.
func foreignKey(r catalog.Relation, like catalog.ForeignKey) catalog.ForeignKey {
	for _, key := range r.ForeignKeys {
		if key.Name == like.Name && key.Relation == like.Relation && key.Schema == like.Schema {
			return key
		}
	}
	return catalog.ForeignKey{}
}
