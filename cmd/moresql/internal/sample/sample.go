// Package sample has the cars, films and users that are served where nothing else is named.
package sample

import (
	"embed"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/row"
)

// A Route is a procedure's place in the API, and how to try it.
type Route struct {
	Method, Pattern string
	Procedure       string           // "" for the health of the database
	Options         []moresql.Option // nil for a list that requests may filter and page
	query, body     string           // what the printed curl line sends
}

// Files are a folder for each database system, with the script that installs the sample. That of
// SQLite has statements in place of procedures.
//
//go:embed mysql postgres sqlite
var Files embed.FS

type with = []moresql.Option

// Routes is the sample's API. The curl lines are printed in this order, and each works after those
// before it: {id} in them is the car that POST creates.
var Routes = []Route{
	{
		Method: "GET", Pattern: "/user", Procedure: "get_user",
		Options: with{moresql.Fields("username", "password"), moresql.Shape(row.One)},
		query:   "username=ada&password=analytical",
	},
	{
		Method: "GET", Pattern: "/cars", Procedure: "get_cars",
	},
	{
		Method: "POST", Pattern: "/cars", Procedure: "create_car",
		Options: with{
			moresql.Fields("name", "model", "doors"), moresql.Shape(row.One),
			moresql.Status(http.StatusCreated),
		},
		body: `{"name": "Lancia", "model": "Fulvia", "doors": 2}`,
	},
	{
		Method: "GET", Pattern: "/cars/{id}", Procedure: "get_car",
		Options: with{moresql.Fields("id"), moresql.Shape(row.One)},
	},
	{
		Method: "PUT", Pattern: "/cars/{id}", Procedure: "update_car",
		Options: with{moresql.Fields("id", "name", "model", "doors"), moresql.Shape(row.One)},
		body:    `{"name": "Lancia", "model": "Flavia", "doors": 4}`,
	},
	{
		Method: "DELETE", Pattern: "/cars/{id}", Procedure: "delete_car",
		Options: with{
			moresql.Fields("id"), moresql.Shape(row.One), moresql.Status(http.StatusNoContent),
		},
	},
	{
		Method: "GET", Pattern: "/films", Procedure: "get_films",
		Options: with{moresql.Bind(
			binder.Any("title").Optional(), binder.Any("year").Optional(),
			binder.Any("limit").Optional(),
		)},
		query: "title=the&limit=2",
	},
	{
		Method: "GET", Pattern: "/health",
	},
}

// Curl returns a line for the shell that tries the route on the server at url, with the id that the
// next car will get.
func (r Route) Curl(url string, nextCar uint64) string {
	var line strings.Builder
	line.WriteString("curl")
	if r.Method != http.MethodGet {
		line.WriteString(" -X " + r.Method)
	}
	if r.body != "" {
		line.WriteString(" -H 'Content-Type: application/json' -d '" + r.body + "'")
	}
	url += strings.ReplaceAll(r.Pattern, "{id}", strconv.FormatUint(nextCar, 10))
	if r.query != "" {
		url += "?" + r.query
	}
	fmt.Fprintf(&line, " '%s'", url) // quoted, since & and ? mean something to a shell
	return line.String()
}
