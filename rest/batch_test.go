package rest_test

import (
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

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

// A batch keeps to the options of rest, also if a decorator hides from them what it decorates.
func TestBatchKeepsToOptionsThroughDecorators(t *testing.T) {
	for name, own := range map[string]func(moresql.Resource) moresql.Resource{
		"Match only": hiding, "Unwrap": unwrapping, "Traits and Validate": passingOn,
	} {
		for _, test := range []struct {
			option moresql.Option
			expect func(sqlmock.Sqlmock) // after the beginning
			status int
			says   string
		}{
			{option: rest.MaxCalls(1), status: 413, says: "at most 1 calls",
				expect: func(expect sqlmock.Sqlmock) {
					expect.ExpectQuery("tick").WillReturnRows(result("tick", []any{1}))
				}},
			{option: rest.MaxPage(1), status: 500, says: "the limit of 1 rows",
				expect: func(expect sqlmock.Sqlmock) {
					expect.ExpectQuery("tick").WillReturnRows(result("tick", []any{1}, []any{2}))
				}},
			{option: rest.HTTPSettings(), status: 409, says: "the status 409",
				expect: func(expect sqlmock.Sqlmock) {
					expect.ExpectQuery("set_config").WithArgs("request.method", "POST", "request.path",
						"/tick", sqlmock.AnyArg(), sqlmock.AnyArg(), sqlmock.AnyArg(), sqlmock.AnyArg(),
						"response.status", "", "response.headers", "").WillReturnRows(result("1"))
					expect.ExpectQuery("tick").WillReturnRows(result("tick", []any{1}))
					expect.ExpectQuery("response.status").WillReturnRows(
						result("status headers", []any{"409", nil}))
				}},
		} {
			for order, options := range map[string][]moresql.Option{
				"before": {decorate(own), test.option}, "after": {test.option, decorate(own)},
			} {
				db, expect, err := sqlmock.New()
				if err != nil {
					t.Fatal(err)
				}
				if expect.ExpectBegin(); test.status == 409 {
					expect.ExpectQuery("set_config").WillReturnRows(result("1"))
					expect.ExpectQuery("response.status.*, NULL, NULL").WillReturnRows(
						result("status headers none n", []any{"", "", nil, nil}))
				} else {
					expect.ExpectQuery("NULL IS NOT NULL").WillReturnRows(result("one"))
				}
				test.expect(expect)
				h := rest.Routines(moresql.New(db, append(options, quiet)...),
					catalog.Of(catalog.Routine{Name: "tick"}))
				w := serve(h, post("/", `[{"call": "tick"}, {"call": "tick"}]`))
				if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
					t.Errorf("%s, %s, %s: %d %s", name, order, test.says, w.Code, w.Body)
				}
				db.Close()
			}
		}
	}
}
