package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/drivers/pgx"
	"github.com/moresql/moresql/drivers/pq"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// Names on the server: of the database with the fixtures, of the copies on which examples are
// tried, and of roles.
var (
	template = fmt.Sprintf("conformance_%d", os.Getpid())
	scratch  = template + "_try"
)

const (
	login     = "conformance"
	anonymous = "postgrest_test_anonymous"
)

// A database makes the databases that examples are tried on.
type database struct {
	admin  *sql.DB
	uri    *url.URL
	driver string
}

// fixtures are the specification's files in the order that its load.sql has.
var fixtures = []string{
	"database.sql", "roles.sql", "schema.sql", "jwt.sql", "jsonschema.sql", "privileges.sql",
	"data.sql",
}

// newDatabase makes a database from the fixtures. What they have of PostGIS may fail.
func newDatabase(spec, uri, driver string) (*database, error) {
	parsed, err := url.Parse(uri)
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("postgres", uri+"?sslmode=disable")
	if err != nil {
		return nil, err
	}
	d := &database{admin, parsed, driver}
	if _, err := admin.Exec("CREATE DATABASE " + template); err != nil {
		return nil, err
	}
	_, _ = admin.Exec("CREATE ROLE " + login + " LOGIN") // which may be there
	args := []string{d.at(template), "-q", "-v", "PGUSER=" + login}
	for _, file := range fixtures {
		args = append(args, "-f", filepath.Join(spec, "fixtures", file))
	}
	args = append(args, "-c", "ANALYZE") // for planned counts
	psql := exec.Command("psql", args...)
	psql.Dir = filepath.Join(spec, "fixtures")
	out, err := psql.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("psql: %w\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "ERROR") {
			fmt.Fprint(os.Stderr, line)
		}
	}
	return d, nil
}

// at returns the URI of a database on the server.
func (d *database) at(name string) string {
	u := *d.uri
	u.Path = "/" + name
	u.RawQuery = "sslmode=disable"
	return u.String()
}

// close drops the databases.
func (d *database) close() {
	for _, name := range []string{scratch, template} {
		if _, err := d.admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	d.admin.Close()
}

// fresh returns a connection pool to a new copy of the fixtures, as the login role.
func (d *database) fresh() (*sql.DB, error) {
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + scratch + " WITH (FORCE)",
		"CREATE DATABASE " + scratch + " TEMPLATE " + template,
		"ALTER DATABASE " + scratch + " SET request.jwt.claim.id = '-1'",
	} {
		if _, err := d.admin.Exec(statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	u, _ := url.Parse(d.at(scratch))
	u.User = url.User(login)
	switch d.driver {
	case "drivers/pgx":
		c, err := pgx.NewConnector(u.String())
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(c), nil
	case "drivers/pq":
		c, err := pq.NewConnector(u.String())
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(c), nil
	}
	return sql.Open(d.driver, u.String())
}

// try tries the examples of one file.
func (d *database) try(cases []*testCase, verbose bool) (c counts) {
	db, err := d.fresh()
	if err != nil {
		fmt.Println(err)
		return c
	}
	defer db.Close()
	servers := map[string]*httptest.Server{}
	for _, example := range cases {
		if example.skipped != "" || len(example.steps) == 0 {
			c.skipped++
			continue
		}
		c.tried++
		key := fmt.Sprint(example.config)
		server := servers[key]
		if server == nil {
			h, err := handler(db, example.config)
			if err != nil {
				fmt.Println(err)
				continue
			}
			server = httptest.NewServer(h)
			defer server.Close()
			servers[key] = server
		}
		failure := example.try(server)
		if failure == "" {
			c.hold++
		} else if verbose {
			fmt.Printf("%s:%d %s\n%s\n", example.file, example.line, example.name, failure)
		}
	}
	return c
}

// handler returns the handler of a configuration.
func handler(db *sql.DB, config map[string]value) (http.Handler, error) {
	schemas := []string{"test"}
	if l, ok := config["configDbSchemas"].(list); ok {
		schemas = nil
		for _, v := range l {
			schemas = append(schemas, textOf(v))
		}
	}
	cat, err := catalog.Load(context.Background(), db, schemas...)
	if err != nil {
		return nil, err
	}
	options := []moresql.Option{
		rest.HTTPSettings(), rest.Session(identify(schemas, config)),
		moresql.Hooks{Logger: slog.New(slog.DiscardHandler)},
		moresql.Encoders(encoder.JSON(), encoder.CSV()),
	}
	if n, ok := config["configDbMaxRows"].(integer); ok {
		options = append(options, rest.MaxPage(int64(n)))
	}
	if config["configDbAggregates"] == integer(1) {
		options = append(options, rest.Aggregates())
	}
	options = append(options, rest.EndTx(txEnd(config)))
	m := moresql.New(db)
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat, options...)))
	mux.Handle("/", rest.Tables(m, cat, options...))
	return mux, nil
}

// txEnd returns how transactions end. The specification's base configuration rolls back unless a
// request wants otherwise.
func txEnd(config map[string]value) rest.TxEnd {
	isSet := func(name string, otherwise bool) bool {
		if v, ok := config[name]; ok {
			return v == integer(1)
		}
		return otherwise
	}
	override := isSet("configDbTxAllowOverride", true)
	switch rollback := isSet("configDbTxRollbackAll", true); {
	case rollback && override:
		return rest.RollbackAllowOverride
	case rollback:
		return rest.Rollback
	case override:
		return rest.CommitAllowOverride
	}
	return rest.Commit
}

// identify returns who makes a request, as the specification's db-pre-request and tokens say it. It
// checks no signature.
func identify(
	schemas []string, config map[string]value,
) func(*http.Request) (rest.Identity, error) {
	return func(r *http.Request) (rest.Identity, error) {
		path := quote(schemas[0])
		for _, field := range []string{"Accept-Profile", "Content-Profile"} {
			if profile := r.Header.Get(field); profile != "" {
				path = quote(profile)
			}
		}
		if extra, ok := config["configDbExtraSearchPath"].(list); ok {
			for _, schema := range extra {
				path += ", " + quote(textOf(schema))
			}
		}
		id := rest.Identity{Role: anonymous, Values: map[string]string{
			"search_path":                      path,
			"app.settings.app_host":            "localhost",
			"app.settings.external_api_secret": "0123456789abcdef",
		}}
		parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
		if len(parts) != 3 {
			id.Values["request.jwt.claims"] = `{"role":"` + anonymous + `"}`
			return id, nil
		}
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		claims := map[string]any{}
		if err == nil {
			err = json.Unmarshal(payload, &claims)
		}
		if err != nil {
			return id, &moresql.Error{Status: http.StatusUnauthorized, Message: "no token"}
		}
		id.Claims = json.RawMessage(payload)
		if role, ok := claims["role"].(string); ok {
			id.Role = role
		}
		switch fmt.Sprint(claims["id"]) {
		case "1":
			id.Role = "postgrest_test_author"
		case "2":
			id.Role = "postgrest_test_default_role"
		case "3":
			return id, &moresql.Error{
				Status: http.StatusBadRequest, Code: "P0001", Message: "Disabled ID --> 3",
				Hint: "Please contact administrator",
			}
		}
		return id, nil
	}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
