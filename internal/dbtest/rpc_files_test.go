package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

var filesSchema = []string{
	`DROP SCHEMA IF EXISTS files CASCADE`, `CREATE SCHEMA files`,
	`CREATE FUNCTION files.shown(id int, picture bytea) RETURNS text LANGUAGE sql
		AS $$ SELECT id || ' ' || encode(picture, 'hex') $$`,
	`CREATE FUNCTION files.shown(id int, note text) RETURNS text LANGUAGE sql
		AS $$ SELECT id || ' ' || note $$`,
	`CREATE FUNCTION files.chosen(id int, picture bytea DEFAULT '\x07') RETURNS text LANGUAGE sql
		AS $$ SELECT id || ' ' || encode(picture, 'hex') $$`,
	`CREATE FUNCTION files.doc(doc json) RETURNS json LANGUAGE sql AS 'SELECT doc'`,
	`CREATE FUNCTION files.all(list bytea[]) RETURNS text LANGUAGE sql
		AS $$ SELECT string_agg(encode(b, 'hex'), ',') FROM unnest(list) b $$`,
}

// multipartForm returns a multipart form of parts: each is a name, with that of a file if it is
// one, and a content.
func multipartForm(parts ...[2]string) string {
	body := ""
	for _, p := range parts {
		body += "--b\r\nContent-Disposition: form-data; name=" + p[0] + "\r\n\r\n" + p[1] + "\r\n"
	}
	return body + "--b--\r\n"
}

// TestFilesOfFunctions has the files of a multipart form be arguments, on every driver.
func TestFilesOfFunctions(t *testing.T) {
	setUp(t, openPostgres(t), filesSchema...)
	header := []string{"Content-Type", "multipart/form-data; boundary=b"}
	id := [2]string{"id", "7"}
	rules := []rule{
		{reason: "bytes that are no text", target: "/shown", status: 200,
			body: multipartForm(id, [2]string{"picture; filename=a.png", "\x89P\x00\\x41\xff"}),
			want: `'"7 8950005c783431ff"'`},
		{reason: "an empty file", target: "/shown", status: 200, want: `'"7 "'`,
			body: multipartForm(id, [2]string{"picture; filename=a.png", ""})},
		{reason: "no file is chosen", target: "/chosen", status: 200, want: `'"7 07"'`,
			body: multipartForm(id, [2]string{`picture; filename=""`, ""})},
		{reason: "no file is chosen, and no default", target: "/shown", status: 404, code: "PGRST202",
			body: multipartForm(id, [2]string{`picture; filename=""`, ""})},
		{reason: "an empty text", target: "/shown", status: 200, want: `'"7 "'`,
			body: multipartForm(id, [2]string{"note", ""})},
		{reason: "a file selects the overload, as text", target: "/shown", status: 200,
			body: multipartForm(id, [2]string{"note; filename=a.txt", "é {1}"}), want: `'"7 é {1}"'`},
		{reason: "a file that is no text", target: "/shown", status: 400,
			body: multipartForm(id, [2]string{"note; filename=a.txt", "\xff"})},
		{reason: "JSON", target: "/doc", status: 200, want: `'{"a": 1}'`,
			body: multipartForm([2]string{"doc; filename=a.json", `{"a": 1}`})},
		{reason: "several files for an array", target: "/all", status: 200, want: `'"00,ff"'`,
			body: multipartForm([2]string{"list; filename=a", "\x00"},
				[2]string{"list; filename=b", "\xff"})},
		{reason: "one file for an array", target: "/all", status: 200, want: `'"7b7d"'`,
			body: multipartForm([2]string{"list; filename=a", "{}"})},
		{reason: "no such parameter", target: "/shown", status: 404, code: "PGRST202",
			body: multipartForm(id, [2]string{"photo; filename=a.png", "x"})},
		{reason: "a file and a field of one name", target: "/shown", status: 400,
			body: multipartForm(id, id, [2]string{"id; filename=a", "7"})},
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Routines(moresql.New(db, quiet), load(t, db, "files")))
		for _, r := range rules {
			r.method, r.header = "POST", header
			r.check(t, db, "files", url)
		}
	})
}
