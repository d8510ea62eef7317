package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/response"
)

// A route is a procedure's place in the API, and how to try it.
type route struct {
	method, pattern string
	procedure       string           // "" for the one that asks for the database's health
	options         []moresql.Option // nil for a list that requests may ask for a part of, where the database can
	query, body     string           // what the printed curl line sends
}

type with = []moresql.Option

// routes is the sample's API. The order is that of the printed curl lines, of which each works after those before it: {id} in
// them is the car that POST makes.
var routes = []route{
	{"GET", "/user", "get_user", with{moresql.Fields("username", "password"), moresql.One()},
		"username=ada&password=analytical", ""},

	{"GET", "/cars", "get_cars", nil, "", ""},
	{"POST", "/cars", "create_car", with{moresql.Fields("name", "model", "doors"), moresql.One(), moresql.Status(http.StatusCreated)},
		"", `{"name": "Lancia", "model": "Fulvia", "doors": 2}`},
	{"GET", "/cars/{id}", "get_car", with{moresql.Fields("id"), moresql.One()}, "", ""},
	{"PUT", "/cars/{id}", "update_car", with{moresql.Fields("id", "name", "model", "doors"), moresql.One()},
		"", `{"name": "Lancia", "model": "Flavia", "doors": 4}`},
	{"DELETE", "/cars/{id}", "delete_car", with{moresql.Fields("id"), moresql.One(), moresql.Status(http.StatusNoContent)}, "", ""},

	{"GET", "/films", "get_films", with{moresql.Optional("title", "year", "limit")}, "title=the&limit=2", ""},

	{"GET", "/health", "", nil, "", ""},
}

// curl returns a line for the shell that tries the route on the server at url, with the id that the next car will have.
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
	fmt.Fprintf(&line, " '%s'", url) // & and ? mean something to a shell
	return line.String()
}

// health tells whether the database answers, and if not, why.
func health(db *database) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := db.check(ctx); err != nil {
			response.Problem{Status: http.StatusServiceUnavailable, Message: oneLine(err)}.Write(w)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "It works.")
	})
}
