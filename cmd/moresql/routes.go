package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/row"
)

// A route is a procedure's place in the API, and how to try it.
type route struct {
	method, pattern string
	procedure       string           // "" for the health of the database
	options         []moresql.Option // nil for a list that requests may filter and page
	query, body     string           // what the printed curl line sends
}

type with = []moresql.Option

// routes is the sample's API. The curl lines are printed in this order, and each works after those
// before it: {id} in them is the car that POST creates.
var routes = []route{
	{
		method: "GET", pattern: "/user", procedure: "get_user",
		options: with{moresql.Fields("username", "password"), moresql.Shape(row.One)},
		query:   "username=ada&password=analytical",
	},
	{
		method: "GET", pattern: "/cars", procedure: "get_cars",
	},
	{
		method: "POST", pattern: "/cars", procedure: "create_car",
		options: with{
			moresql.Fields("name", "model", "doors"), moresql.Shape(row.One),
			moresql.Status(http.StatusCreated),
		},
		body: `{"name": "Lancia", "model": "Fulvia", "doors": 2}`,
	},
	{
		method: "GET", pattern: "/cars/{id}", procedure: "get_car",
		options: with{moresql.Fields("id"), moresql.Shape(row.One)},
	},
	{
		method: "PUT", pattern: "/cars/{id}", procedure: "update_car",
		options: with{moresql.Fields("id", "name", "model", "doors"), moresql.Shape(row.One)},
		body:    `{"name": "Lancia", "model": "Flavia", "doors": 4}`,
	},
	{
		method: "DELETE", pattern: "/cars/{id}", procedure: "delete_car",
		options: with{
			moresql.Fields("id"), moresql.Shape(row.One), moresql.Status(http.StatusNoContent),
		},
	},
	{
		method: "GET", pattern: "/films", procedure: "get_films",
		options: with{moresql.Bind(
			binder.Any("title").Optional(), binder.Any("year").Optional(),
			binder.Any("limit").Optional(),
		)},
		query: "title=the&limit=2",
	},
	{
		method: "GET", pattern: "/health",
	},
}

// curl returns a line for the shell that tries the route on the server at url, with the id that the
// next car will get.
func (r route) curl(url string, nextCar uint64) string {
	var line strings.Builder
	line.WriteString("curl")
	if r.method != http.MethodGet {
		line.WriteString(" -X " + r.method)
	}
	if r.body != "" {
		line.WriteString(" -H 'Content-Type: application/json' -d '" + r.body + "'")
	}
	url += strings.ReplaceAll(r.pattern, "{id}", strconv.FormatUint(nextCar, 10))
	if r.query != "" {
		url += "?" + r.query
	}
	fmt.Fprintf(&line, " '%s'", url) // quoted, since & and ? mean something to a shell
	return line.String()
}
