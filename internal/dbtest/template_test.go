package dbtest

import (
	"database/sql"
	"html/template"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

const framedPage = `{{.User.name}}|{{.Title}}|{{.Total}}|{{range .Rows}}{{.id}} {{end}}|` +
	`{{with .Previous}}<a href="{{.}}">{{end}}|{{with .Next}}<a href="{{.}}">{{end}}`

// TestTemplatesShowWhatIsAroundTheRows has pages of a template say who makes the request, how many
// rows there are, and where the other pages are: of a handler, a function and a table.
func TestTemplatesShowWhatIsAroundTheRows(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS framed CASCADE`, `CREATE SCHEMA framed`,
		`CREATE TABLE framed.rows (id int PRIMARY KEY)`,
		`INSERT INTO framed.rows SELECT generate_series(1, 7)`,
		`COMMENT ON TABLE framed.rows IS E'All of them\nby number.'`,
		`CREATE FUNCTION framed.list() RETURNS SETOF framed.rows LANGUAGE sql STABLE
			AS 'SELECT * FROM framed.rows ORDER BY id'`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		parse := func(text string) encoder.Encoder {
			return encoder.Template(template.Must(template.New("page").Parse(text)))
		}
		session := rest.Session(func(r *http.Request) (rest.Identity, error) {
			return rest.Identity{Claims: map[string]string{"name": r.Header.Get("X-Name")}}, nil
		})
		m := moresql.New(db, quiet, session, moresql.Encoders(parse(framedPage)))
		cat := load(t, db, "framed")
		mux := http.NewServeMux()
		mux.Handle("/list", m.Handler("framed.list", rest.MaxPage(3)))
		mux.Handle("/bare", m.Handler("framed.list"))
		mux.Handle("/whole", m.Handler("framed.list", rest.Query()))
		mux.Handle("/uncounted", m.Handler("framed.list", rest.MaxPage(3), moresql.Encoders(
			parse(`{{with .Next}}early{{end}}{{range .Rows}}{{end}}{{with .Next}}late{{end}}`))))
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
		mux.Handle("/", rest.Tables(m, cat))
		base := listen(t, mux)
		for _, test := range []struct{ reason, method, target, want string }{
			{"the first page", "GET", "/list",
				`Ann|framed.list|7|1 2 3 ||<a href="?limit=3&amp;offset=3">`},
			{"one in the middle", "GET", "/list?limit=2&offset=3",
				`Ann|framed.list|7|4 5 |<a href="?limit=2&amp;offset=1">|` +
					`<a href="?limit=2&amp;offset=5">`},
			{"the last page, and parameters are kept", "GET", "/list?id=gt.2&limit=3&offset=3",
				`Ann|framed.list|5|6 7 |<a href="?id=gt.2&amp;limit=3&amp;offset=0">|`},
			{"no page", "GET", "/whole", `Ann|framed.list|7|1 2 3 4 5 6 7 ||`},
			{"nothing that counts", "GET", "/bare", `Ann|framed.list||1 2 3 4 5 6 7 ||`},
			{"a page without a total", "GET", "/uncounted", `earlylate`},
			{"the last one: it is known after the rows", "GET", "/uncounted?offset=5", `early`},
			{"a function of a catalog", "GET", "/rpc/list?limit=3&offset=6",
				`Ann|list|7|7 |<a href="?limit=3&amp;offset=3">|`},
			{"a table, with its comment", "GET", "/rows?order=id&limit=3",
				`Ann|All of them|7|1 2 3 ||<a href="?order=id&amp;limit=3&amp;offset=3">`},
			{"a row of a table", "GET", "/rows?id=eq.3", `Ann|All of them|1|3 ||`},
			{"a call that may write has no pages", "POST", "/list", `Ann|framed.list||1 2 3 ||`},
		} {
			a := send(t, test.method, base+test.target, "", "X-Name", "Ann")
			if a.status >= 300 || a.body != test.want {
				t.Errorf("%s: %d %s\nwant %s", test.reason, a.status, a.body, test.want)
			}
			// A page of another user is another one, though the rows are the same.
			if tag := a.header.Get("ETag"); tag != "" {
				t.Errorf("%s: ETag %s", test.reason, tag)
			}
		}
	})
}
