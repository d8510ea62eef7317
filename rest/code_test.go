package rest_test

import (
	"fmt"

	"github.com/moresql/moresql/rest"
)

func ExampleCodes() {
	for _, c := range rest.Codes() {
		if c.Status == 404 {
			fmt.Println(c.Code, c.Meaning)
		}
	}
	// Output:
	// PGRST125 no relation can have the path as its name
	// PGRST202 no routine has the name and the arguments
	// PGRST205 no relation has the name
}
