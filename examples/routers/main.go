// Command routers serves the same API by five routers, to show how the values of a path reach a
// procedure: net/http's own, chi, gin, echo and fiber.
//
//	go run . gin
//	curl localhost:8080/cars/2cv
//
// A field is looked up in the path by http.Request.PathValue. net/http and chi set that; for a
// router that keeps the values of a path elsewhere one function passes them on, in its file here.
package main

import (
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

//go:embed procedures
var procedures embed.FS

func main() {
	name := "net/http"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	db, err := open()
	if err != nil {
		log.Fatal(err)
	}
	a, err := newAPI(db)
	if err != nil {
		log.Fatal(err)
	}
	const addr = "localhost:8080"
	if name == "fiber" { // has a server of its own
		log.Fatal(fiberApp(a).Listen(addr))
	}
	router, ok := routers[name]
	if !ok {
		log.Fatalf("%q is no router: net/http, chi, gin, echo or fiber", name)
	}
	server := http.Server{Addr: addr, Handler: router(a), ReadHeaderTimeout: 10 * time.Second}
	fmt.Printf("curl http://%s/cars/2cv\n", addr)
	log.Fatal(server.ListenAndServe())
}

// routers are those that make an http.Handler.
var routers = map[string]func(api) http.Handler{
	"net/http": netHTTP, "chi": chiRouter, "gin": ginRouter, "echo": echoRouter,
}

// An api is the handlers that each router serves.
type api struct {
	list   http.Handler // GET /cars
	get    http.Handler // GET /cars/{id}
	create http.Handler // POST /cars/{id}
}

// newAPI returns handlers that know nothing of a router. The name of a car is stored without the
// space around it, whether it comes from a form or in JSON.
func newAPI(db *sql.DB) (api, error) {
	folder, err := fs.Sub(procedures, "procedures")
	if err != nil {
		return api{}, err
	}
	statements, err := sqlfile.Load(folder, moresql.SQLite)
	if err != nil {
		return api{}, err
	}
	m := moresql.New(db, moresql.CallBy(statements))
	one := moresql.Shape(row.One)
	trim := func(_ *http.Request, c *moresql.Call) error {
		if name, ok := c.Values[1].(string); ok {
			c.Values[1] = strings.TrimSpace(name)
		}
		return nil
	}
	return api{
		list: m.Handler("get_cars"),
		get:  m.Handler("get_car", moresql.Fields("id"), one),
		create: m.Handler("create_car", moresql.Fields("id", "name"), one,
			moresql.Status(http.StatusCreated), moresql.Hooks{Before: trim}),
	}, nil
}

// open returns a database in memory, which its only connection keeps.
func open() (*sql.DB, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE TABLE cars (id text PRIMARY KEY, name text NOT NULL);
		INSERT INTO cars VALUES
			('2cv', 'Citroën'), ('a/b c', 'Slash'), ('ü', 'Umlaut'), ('50%', 'Half')`)
	return db, err
}
