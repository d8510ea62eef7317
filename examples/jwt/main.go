// Command jwt shows row-level security with moresql: a request with a JSON Web Token gets only the
// rows that PostgreSQL's policies allow for the claims of the token. Only session.go knows about
// tokens: another kind of authentication needs another function like it.
//
//	psql -1f schema.sql
//	DATABASE_URL=postgres://authenticator@localhost/postgres JWT_SECRET=… go run .
//	curl -H "Authorization: Bearer …" localhost:8080/notes
//
// Tokens are signed with HS256 and have the claims exp, sub (the user) and role (web_user or
// web_admin). If they have the claim aud, notebook is in it.
package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"
	"time"

	_ "github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

func main() {
	secret := []byte(os.Getenv("JWT_SECRET"))
	if len(secret) < 32 { // RFC 7518, section 3.2
		log.Fatal("JWT_SECRET has fewer than 32 bytes: make one with openssl rand -base64 32")
	}
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{
		Addr:              "localhost:8080",
		Handler:           routes(db, secret),
		ReadHeaderTimeout: 10 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}

// routes returns a handler that serves the functions of schema.sql.
func routes(db *sql.DB, secret []byte) http.Handler {
	m := moresql.New(db, rest.Session(session(secret)))
	mux := http.NewServeMux()
	mux.Handle("GET /motto", m.Handler("notebook.motto", moresql.Shape(row.Scalar)))
	mux.Handle("GET /notes", m.Handler("notebook.get_notes"))
	mux.Handle("POST /notes", m.Handler("notebook.add_note",
		moresql.Fields("note"), moresql.Shape(row.One), moresql.Status(http.StatusCreated)))
	mux.Handle("GET /notes/count", m.Handler("notebook.count_notes"))
	return mux
}
