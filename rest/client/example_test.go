package client_test

import (
	"fmt"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/client"
)

// films is what catalog.Load reads of a database with a function.
func films() *catalog.Snapshot {
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	text := &catalog.Type{OID: 25, Name: "text", SQL: "text"}
	return catalog.Of(catalog.Routine{
		OID: 16385, Schema: "api", Name: "get_all", Volatility: catalog.Stable,
		Comment: "The films of a year, by their titles.",
		Params:  []catalog.Param{{Name: "year", Type: integer, Default: true, DefaultSQL: "1927"}},
		Result: catalog.Result{
			Set: true, Columns: []catalog.Column{
				{Name: "film_id", Type: integer}, {Name: "title", Type: text},
			},
		},
	}).Current()
}

func ExampleGo() {
	source, err := client.Go(films(), client.Options{Package: "films"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, own, _ := strings.Cut(string(source), "// GetAllArgs")
	fmt.Print("// GetAllArgs", own)
	// Output:
	// // GetAllArgs has the arguments of get_all.
	// type GetAllArgs struct {
	// 	Year *int32 `json:"year,omitzero"`
	// }
	//
	// // GetAll calls api.get_all(year integer DEFAULT …).
	// //
	// // The films of a year, by their titles.
	// func (c *Client) GetAll(ctx context.Context, args GetAllArgs) iter.Seq2[GetAllRow, error] {
	// 	return values[GetAllRow](func() (*http.Response, error) {
	// 		return c.call(ctx, "/rpc/get_all", "application/json", args)
	// 	})
	// }
	//
	// // GetAllRow is a row of get_all.
	// type GetAllRow struct {
	// 	FilmID *int32  `json:"film_id"`
	// 	Title  *string `json:"title"`
	// }
}

func ExampleTypeScript() {
	source := client.TypeScript(films(), client.Options{})
	_, own, _ := strings.Cut(string(source), "init;\n  }\n")
	fmt.Print(own)
	// Output:
	//
	//   /**
	//    * Calls api.get_all(year integer DEFAULT …).
	//    *
	//    * The films of a year, by their titles.
	//    */
	//   async get_all(args: GetAllArgs = {}): Promise<GetAllRow[]> {
	//     const response = await send(
	//       this.#url + "/rpc/get_all",
	//       this.#init,
	//       "application/json",
	//       "application/json",
	//       JSON.stringify(args),
	//     );
	//     return response.json();
	//   }
	// }
	//
	// /** The arguments of get_all. */
	// export interface GetAllArgs {
	//   year?: number | null;
	// }
	//
	// /** A row of get_all. */
	// export interface GetAllRow {
	//   film_id: number | null;
	//   title: string | null;
	// }
}
