package rest_test

import (
	"fmt"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// What the program declares of a handler is what a form or a document can be made of.
func ExampleDescribe() {
	db, _, err := sqlmock.New() // in a program: sql.Open("postgres", …)
	if err != nil {
		fmt.Println(err)
		return
	}
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	cat := catalog.Of(catalog.Routine{ // in a program: catalog.Load(ctx, db, "api")
		Name: "get_car", Params: []catalog.Param{{Name: "id", Type: integer}}, Comment: "One car",
	})
	h := moresql.New(db).Handler("get_car", moresql.Shape(row.One),
		moresql.Bind(binder.Int("id").Min(1)), rest.Query())

	d, ok := rest.Describe(h, cat.Current())
	fmt.Println(d.Name, d.Fields[0].Name, d.Shape == row.One, d.Query, d.Routine.Comment, ok)
	// Output: get_car id true true One car true
}
