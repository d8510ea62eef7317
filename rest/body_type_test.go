package rest_test

import (
	"fmt"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

func ExampleBodyType() {
	json := &catalog.Type{OID: 114, Name: "json"}
	save := &catalog.Routine{Name: "save", Params: []catalog.Param{{Type: json}}}
	move := &catalog.Routine{Name: "move", Params: []catalog.Param{{Name: "to", Type: json}}}
	fmt.Printf("%q %q\n", rest.BodyType(save), rest.BodyType(move))
	// Output: "application/json" ""
}
