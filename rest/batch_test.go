package rest_test

import (
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// A batch with more calls has no effect, not even that of the first ones.
func ExampleMaxCalls() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1 WHERE NULL IS NOT NULL").WillReturnRows(result("one"))
	expect.ExpectQuery("SELECT * FROM tick()").WillReturnRows(result("tick", []any{1}))
	expect.ExpectRollback()
	cat := catalog.Of(catalog.Routine{Name: "tick"})
	h := rest.Routines(moresql.New(db, quiet), cat, rest.MaxCalls(1))
	show(h, post("/", `[{"call": "tick"}, {"call": "tick"}]`))
	// Output:
	// 413 application/problem+json
	// {
	//   "title": "Request Entity Too Large",
	//   "status": 413,
	//   "code": "PGRST102",
	//   "message": "A batch has at most 1 calls",
	//   "hint": "send several batches, each of which is a transaction of its own",
	//   "call": {
	//     "index": 1
	//   }
	// }
}
