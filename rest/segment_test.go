package rest_test

import (
	"fmt"

	"github.com/moresql/moresql/rest"
)

// Any name leads to its routine, also one that would lead elsewhere as it is.
func ExampleSegment() {
	for _, name := range []string{"cars", "a/b", "100%?", ".."} {
		fmt.Println("/rpc/" + rest.Segment(name))
	}
	// Output:
	// /rpc/cars
	// /rpc/a%2Fb
	// /rpc/100%25%3F
	// /rpc/%2E%2E
}
