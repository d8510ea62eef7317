package catalog_test

import (
	"fmt"

	"github.com/moresql/moresql/catalog"
)

// Relations may come from anywhere: here a film has a director.
func ExampleOfRelations() {
	column := func(name string) catalog.Attribute {
		return catalog.Attribute{Column: catalog.Column{Name: name}}
	}
	cat := catalog.OfRelations([]catalog.Relation{
		{
			Schema: "api", Name: "directors", Columns: []catalog.Attribute{column("id"), column("name")},
			PrimaryKey: []string{"id"}, Rights: catalog.MaySelect,
		},
		{
			Schema: "api", Name: "films", Columns: []catalog.Attribute{column("id"), column("director_id")},
			PrimaryKey: []string{"id"}, Rights: catalog.MaySelect | catalog.MayInsert,
			ForeignKeys: []catalog.ForeignKey{{
				Name: "films_director_id_fkey", Columns: []string{"director_id"},
				Schema: "api", Relation: "directors", References: []string{"id"},
			}},
		},
	})
	snapshot := cat.Current()
	films := snapshot.Relation("", "films")
	fmt.Println(films, films.Kind, films.Rights.May(catalog.MayUpdate))
	for _, r := range snapshot.Relationships(films) {
		fmt.Println(r.Cardinality, r.To, r.Columns, r.References, r.ToOne())
	}
	// Output:
	// api.films TABLE false
	// many-to-one api.directors [director_id] [id] true
}

func ExampleSnapshot_Relations() {
	cat := catalog.OfRelations([]catalog.Relation{
		{Schema: "api", Name: "films"}, {Schema: "api", Name: "actors", Kind: catalog.View},
	})
	for _, r := range cat.Current().Relations() {
		fmt.Println(r.Kind, r.String())
	}
	// Output:
	// VIEW api.actors
	// TABLE api.films
}

// An aggregate of the rows of a table, in a schema that is served, makes a document of them.
func ExampleHandler() {
	cat := catalog.OfRelations([]catalog.Relation{{
		Schema: "api", Name: "films", Handlers: []catalog.Handler{
			{Schema: "api", Name: "films_xml", MediaType: "text/xml"},
			{Schema: "api", Name: "lines", MediaType: "text/x-lines", OfAny: true},
		},
	}})
	for _, h := range cat.Current().Relation("api", "films").Handlers {
		fmt.Println(h.MediaType, h.Name, h.OfAny)
	}
	// Output:
	// text/xml films_xml false
	// text/x-lines lines true
}
