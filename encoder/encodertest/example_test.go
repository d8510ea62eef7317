package encodertest_test

import (
	"fmt"

	"github.com/moresql/moresql/encoder/encodertest"
)

// Columns keep their order and duplicates, NULL is not the empty string.
func ExampleDecodeJSON() {
	rows, err := encodertest.DecodeJSON([]byte(`[{"b":1.50,"a":"","a":null,"c":[1, "x"]}]`))
	for _, field := range rows[0] {
		fmt.Printf("%s = %q %v\n", field.Name, field.Text, field.Null)
	}
	fmt.Println(err)
	// Output:
	// b = "1.50" false
	// a = "" false
	// a = "" true
	// c = "[1,\"x\"]" false
	// <nil>
}
