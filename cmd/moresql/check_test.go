package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/check"
)

// checked runs check, and returns what it has found as lines of kind, level and object.
func checked(t *testing.T, uri string, args ...string) (report check.Report, lines []string) {
	t.Helper()
	args = append([]string{"check", "-o", "json"}, args...)
	stdout, stderr, status := called(t, uri, "", nil, args...)
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%q: exit status %d, %v\n%s%s", args, status, err, stdout, stderr)
	}
	for _, f := range report.Findings {
		lines = append(lines, strings.Join([]string{string(f.Check), string(f.Level), f.Object}, " "))
	}
	want := 0
	if report.Count(check.Problem) > 0 {
		want = 1
	}
	if status != want || stderr != "" {
		t.Errorf("%q: exit status %d, want %d %s", args, status, want, stderr)
	}
	return report, lines
}

// of returns the lines that begin with a kind.
func of(lines []string, kind check.Kind) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		return !strings.HasPrefix(line, string(kind)+" ")
	})
}

// What check says cannot be called the server refuses, and nothing else.
func TestCheckFindsWhatIsNotServed(t *testing.T) {
	uri, db := newKinds(t)
	mustExec(t, db, `CREATE FUNCTION api.any(a anyelement) RETURNS int LANGUAGE sql STABLE
			AS 'SELECT 1';
		CREATE FUNCTION api.any_default(a anyelement DEFAULT 1) RETURNS int LANGUAGE sql STABLE
			AS 'SELECT 1';
		CREATE FUNCTION api.near(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.near(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql STABLE
			AS 'SELECT 1';
		CREATE FUNCTION api.apart(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.apart(a int, b int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.in_either(json) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.in_either(text) RETURNS int LANGUAGE sql STABLE AS 'SELECT 2';
		CREATE FUNCTION api.alike(json) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.alike(jsonb) RETURNS int LANGUAGE sql STABLE AS 'SELECT 2';
		CREATE FUNCTION api.fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`)
	_, lines := checked(t, uri, "-schema", "api")
	got := of(lines, check.Served)
	want := []string{
		"served problem api.alike(json)", "served problem api.any(a anyelement)",
		"served problem api.nameless(integer, integer)",
		"served problem api.near(a integer)", "served problem api.twins(a integer)",
		"served note api.fires()",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	c := start(t, uri, "-schema", "api")
	for path, served := range map[string]bool{
		"any?a=1": false, "any_default": true, "nameless?a=1&b=1": false, "near?a=1": false,
		"twins?a=1": false, "apart?a=1": true, "apart?a=1&b=1": true, "fires": false,
	} {
		if status, _, body := c.get("/rpc/" + path); (status == 200) != served {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for _, test := range []struct {
		path, mediaType string
		status          int
		want            string
	}{
		{"in_either", jsonType, 200, "1"}, {"in_either", "text/plain", 200, "2"},
		{"alike", jsonType, 300, ""},
	} {
		status, _, body := c.request("POST", "/rpc/"+test.path, test.mediaType, "{}")
		if status != test.status || test.want != "" && body != test.want {
			t.Errorf("%s as %s: %d %s", test.path, test.mediaType, status, body)
		}
	}
	c.stop()
}

func TestCheckFindsFunctionsThatOnlyRead(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.films (id int, title text);
		CREATE TABLE api.logged (id int); CREATE SEQUENCE api.ids;
		CREATE FUNCTION public.note(api.films) RETURNS int LANGUAGE sql
			AS 'INSERT INTO api.logged VALUES (1) RETURNING id';
		CREATE FUNCTION api.add_film() RETURNS int LANGUAGE sql
			AS 'INSERT INTO api.logged VALUES (1) RETURNING id';
		CREATE FUNCTION api."odd name"() RETURNS int LANGUAGE sql
			AS 'INSERT INTO api.logged VALUES (1) RETURNING id';
		CREATE FUNCTION api.concat_twice(a text, b text) RETURNS text LANGUAGE plpgsql
			AS 'BEGIN RETURN a || b || b; END';
		CREATE FUNCTION api.says_stable() RETURNS int STABLE LANGUAGE sql AS 'SELECT api.add_film()';
		CREATE FUNCTION api.calls_that() RETURNS int STABLE LANGUAGE plpgsql
			AS 'BEGIN RETURN api.says_stable(); END';
		CREATE FUNCTION api.put_together() RETURNS int STABLE LANGUAGE plpgsql
			AS 'DECLARE i int; BEGIN EXECUTE ''SELECT api.add_'' || ''film()'' INTO i; RETURN i; END';
		CREATE FUNCTION api.only_reads() RETURNS int STABLE LANGUAGE plpgsql
			AS 'DECLARE i int; BEGIN SELECT max(id) INTO i FROM api.films; RETURN i; END';
		CREATE FUNCTION api.odd_sum(a int, b int) RETURNS int STABLE LANGUAGE sql
			AS 'SELECT a + b * api.add_film()';
		CREATE AGGREGATE api.odd_total (int) (SFUNC = api.odd_sum, STYPE = int, INITCOND = '0');
		CREATE OPERATOR api.+|+ (FUNCTION = api.odd_sum, LEFTARG = int, RIGHTARG = int);
		CREATE OPERATOR api.|+| (FUNCTION = api.concat_twice, LEFTARG = text, RIGHTARG = text);
		CREATE VIEW api.plain AS SELECT id FROM api.films;
		CREATE VIEW api.numbered AS SELECT nextval('api.ids') AS id;
		CREATE VIEW api.outer_view AS SELECT * FROM api.numbered`)
	for i, test := range []struct {
		reason, declaration, body string
		reads                     bool
	}{
		{reason: "a SELECT", body: "SELECT count(*) FROM api.films", reads: true},
		{reason: "an old name of a table", body: "SELECT f.id FROM api.films f", reads: true},
		{reason: "WITH", body: "WITH f AS (SELECT * FROM api.films) SELECT 1 FROM f", reads: true},
		{reason: "a view", body: "SELECT id FROM api.plain", reads: true},
		{reason: "a STABLE function", body: "SELECT length(now()::text)", reads: true},
		{reason: "a STABLE function that reads into a variable", body: "SELECT api.only_reads()",
			reads: true},
		{reason: "a STABLE function that calls one that writes", body: "SELECT api.says_stable()"},
		{reason: "over several", body: "SELECT api.calls_that()"},
		{reason: "a STABLE function with EXECUTE", body: "SELECT api.put_together()"},
		{reason: "by an aggregate of STABLE functions", body: "SELECT api.odd_total(id) FROM api.films"},
		{reason: "by the operator of a STABLE function", body: "SELECT 1 OPERATOR(api.+|+) 1"},
		{reason: "a column that is named as a function", body: "SELECT 1 AS nextval", reads: true},
		{reason: "it is STABLE", body: "SELECT 1", declaration: "RETURNS int STABLE"},
		{reason: "nothing is returned", body: "SELECT 1", declaration: "RETURNS void"},
		{reason: "an INSERT", body: "INSERT INTO api.logged VALUES (1) RETURNING id"},
		{reason: "an INSERT in WITH", body: `WITH i AS (INSERT INTO api.logged VALUES (1) RETURNING id)
			SELECT id FROM i`},
		{reason: "a second statement", body: "DELETE FROM api.logged; SELECT 1"},
		{reason: "a lock", body: "SELECT id FROM api.films FOR UPDATE"},
		{reason: "a shared lock", body: "SELECT id FROM api.films FOR KEY SHARE"},
		{reason: "a sequence", body: "SELECT nextval('api.ids')::int"},
		{reason: "a function that writes", body: "SELECT api.add_film()"},
		{reason: "with a comment in the call", body: "SELECT api.add_film /* it */ ()"},
		{reason: "in upper case", body: "SELECT API.ADD_FILM()"},
		{reason: "quoted", body: `SELECT api."add_film" ()`},
		{reason: "quoted, of two words", body: `SELECT api."odd name"()`},
		{reason: "in escapes", body: `SELECT api.U&"\0061dd_film"()`},
		{reason: "like a column", body: "SELECT f.note FROM api.films f"},
		{reason: "by an operator", body: "SELECT length('a' OPERATOR(api.|+|) 'b')"},
		{reason: "by a view", body: "SELECT id::int FROM api.numbered"},
		{reason: "by a view of a view", body: "SELECT id::int FROM api.outer_view"},
		{reason: "a setting", body: "SELECT length(set_config('a.b', 'c', true))"},
		{reason: "random numbers", body: "SELECT random()::int"},
	} {
		name := fmt.Sprintf("api.f%d_", i)
		if test.declaration == "" {
			test.declaration = "RETURNS int"
		}
		if strings.HasPrefix(test.body, "SELECT count") {
			test.declaration = "RETURNS bigint"
		}
		mustExec(t, db, "CREATE FUNCTION "+name+"() "+test.declaration+
			" LANGUAGE sql AS $f$ "+test.body+" $f$")
		report, _ := checked(t, uri, "-schema", "api")
		found := slices.IndexFunc(report.Findings, func(f check.Finding) bool {
			return f.Check == check.Volatility && f.Object == name+"()"
		})
		if found >= 0 != test.reads {
			t.Errorf("%s: %s is found: %v", test.reason, test.body, found >= 0)
		}
		if found < 0 {
			continue
		}
		mustExec(t, db, report.Findings[found].Fix) // and the database takes the call then
		mustExec(t, db, "BEGIN READ ONLY; SELECT "+name+"(); COMMIT")
	}
	mustExec(t, db, `CREATE FUNCTION api.body() RETURNS int RETURN 1;
		CREATE FUNCTION api.atomic() RETURNS int
		BEGIN ATOMIC INSERT INTO api.logged VALUES (1) RETURNING id; END`)
	_, lines := checked(t, uri, "-schema", "api")
	got := strings.Join(of(lines, check.Volatility), ", ")
	if got != "volatility problem api.body(), volatility problem api.calls_that(), "+
		"volatility problem api.says_stable()" { // the last two write
		t.Errorf("bodies of SQL's own: %q", got)
	}
}

func TestCheckFindsRightsThatAreTooWide(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	login, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE TABLE api.films (id int);
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		CREATE ROLE "web{}" NOLOGIN; GRANT "web{}" TO "authenticator{}";
		GRANT USAGE ON SCHEMA api TO "web{}"; GRANT SELECT ON api.films TO "web{}"`)
	login += "?sslmode=disable"
	t.Cleanup(func() {
		for _, role := range []string{"authenticator" + suffix, "web" + suffix} {
			db.Exec(`REASSIGN OWNED BY "` + role + `" TO postgres; DROP OWNED BY "` + role + `"`)
		}
		db.Exec(`DROP ROLE "authenticator` + suffix + `"; DROP ROLE "web` + suffix + `"`)
	})
	web := `"web` + suffix + `"`
	role := "rights problem the role web" + suffix
	for _, test := range []struct {
		reason, do, undo, want string // SQL, and the finding
		text                   string
	}{
		{reason: "nothing"},
		{
			reason: "a definer's function for all",
			do: `CREATE FUNCTION api.d(n int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
				SET search_path = pg_catalog AS 'SELECT 1'`,
			want: "rights problem api.d(n integer)", text: "everybody (PUBLIC) may execute it",
			undo: "REVOKE EXECUTE ON FUNCTION api.d FROM PUBLIC",
		},
		{
			reason: "a definer's function whose search path is the caller's",
			do:     "ALTER FUNCTION api.d RESET search_path",
			want:   "rights problem api.d(n integer)", text: "search_path of the caller",
			undo: "ALTER FUNCTION api.d SET search_path = api, pg_temp",
		},
		{
			reason: "one that all may put functions into", do: `CREATE SCHEMA open;
				GRANT CREATE ON SCHEMA open TO PUBLIC; ALTER FUNCTION api.d SET search_path = api, open`,
			want: "rights problem api.d(n integer)", text: "may put functions into: open",
			undo: "REVOKE CREATE ON SCHEMA open FROM PUBLIC",
		},
		{
			reason: "one of the name of each role", want: "rights problem api.d(n integer)",
			do: `ALTER FUNCTION api.d SET search_path = "$user", api`, text: `functions into: "$user"`,
			undo: "ALTER FUNCTION api.d SET search_path = api, pg_temp",
		},
		{
			reason: "tables that all may change", do: "GRANT INSERT, DELETE ON api.films TO PUBLIC",
			want: "rights problem api.films", text: "the right to DELETE, INSERT",
			undo: "REVOKE INSERT, DELETE ON api.films FROM PUBLIC",
		},
		{
			reason: "a schema that all may change", do: "GRANT CREATE ON SCHEMA api TO PUBLIC",
			want: "rights problem the schema api", text: "everybody (PUBLIC) may create objects",
			undo: "REVOKE CREATE ON SCHEMA api FROM PUBLIC",
		},
		{
			reason: "an anonymous role that may write everything",
			do:     "GRANT INSERT, UPDATE, DELETE ON api.films TO " + web,
			want:   role, text: "every table and view of api",
			undo: "REVOKE INSERT, UPDATE, DELETE ON api.films FROM " + web,
		},
		{
			reason: "by a role of the server", do: "GRANT pg_write_all_data TO " + web,
			want: role, text: "it has pg_write_all_data", undo: "REVOKE pg_write_all_data FROM " + web,
		},
		{
			reason: "an anonymous role without row level security", do: "ALTER ROLE " + web + " BYPASSRLS",
			want: role, text: "it has BYPASSRLS", undo: "ALTER ROLE " + web + " NOBYPASSRLS",
		},
		{
			reason: "an anonymous superuser", do: "ALTER ROLE " + web + " SUPERUSER",
			want: role, text: "it has SUPERUSER", undo: "ALTER ROLE " + web + " NOSUPERUSER",
		},
		{
			reason: "an anonymous role that owns tables", do: "ALTER TABLE api.films OWNER TO " + web,
			want: role, text: "it owns what is served (1, such as api.films)",
			undo: "ALTER TABLE api.films OWNER TO postgres",
		},
		{
			reason: "an anonymous role that creates", do: "GRANT CREATE ON SCHEMA api TO " + web,
			want: role, text: "create objects in api", undo: "REVOKE CREATE ON SCHEMA api FROM " + web,
		},
		{
			reason: "an anonymous role that the login cannot take",
			do:     `REVOKE ` + web + ` FROM "authenticator` + suffix + `"`,
			want:   "served problem the role web" + suffix, text: "so that requests without a token are",
			undo: `GRANT ` + web + ` TO "authenticator` + suffix + `"`,
		},
		{
			reason: "a login that is a superuser",
			do:     `ALTER ROLE "authenticator` + suffix + `" SUPERUSER`,
			want:   "rights problem the role authenticator" + suffix, text: "can become one",
			undo: `ALTER ROLE "authenticator` + suffix + `" NOSUPERUSER`,
		},
	} {
		if test.do != "" {
			mustExec(t, db, test.do)
		}
		report, lines := checked(t, login, "-schema", "api", "-anon-role", "web"+suffix)
		i := slices.Index(lines, test.want)
		if test.want != "" && (i < 0 || !strings.Contains(text(report, test.want), test.text)) ||
			test.want == "" && len(of(lines, check.Rights)) > 0 {
			t.Errorf("%s: %q\n%s", test.reason, lines, text(report, test.want))
		}
		if test.undo == "" {
			continue
		}
		mustExec(t, db, test.undo)
		_, lines = checked(t, login, "-schema", "api", "-anon-role", "web"+suffix)
		if lines = of(lines, check.Rights); len(lines) > 0 {
			t.Errorf("%s: mended by %s, and %q", test.reason, test.undo, lines)
		}
	}
	_, lines := checked(t, login, "-schema", "api", "-anon-role", "nobody"+suffix)
	if !slices.Contains(lines, "served problem the role nobody"+suffix) {
		t.Errorf("a role that does not exist: %q", lines)
	}
	mustExec(t, db, "REVOKE USAGE ON SCHEMA api FROM "+web)
	_, lines = checked(t, login, "-schema", "api", "-anon-role", "web"+suffix)
	if !slices.Equal(lines, []string{"served problem the schema api"}) {
		t.Errorf("a schema that nobody may use: %q", lines)
	}
}

// text returns what is said of an object.
func text(report check.Report, line string) string {
	var all []string
	for _, f := range report.Findings {
		if strings.HasSuffix(line, " "+f.Object) {
			all = append(all, f.Problem)
		}
	}
	return strings.Join(all, "\n")
}

func TestCheckFindsWhatMariaDBShows(t *testing.T) {
	uri := newMariaDB(t)
	db, name := connect(t, uri), databaseOf(uri)
	for _, statement := range []string{
		"CREATE TABLE films (id int PRIMARY KEY, title text)",
		"CREATE TABLE gone (id int)", "CREATE VIEW broken AS SELECT id FROM gone", "DROP TABLE gone",
		"CREATE FUNCTION reads_it() RETURNS int RETURN (SELECT count(*) FROM films)",
		"CREATE FUNCTION says_so() RETURNS int READS SQL DATA RETURN (SELECT count(*) FROM films)",
		`CREATE FUNCTION writes_it() RETURNS int
			BEGIN DELETE FROM films; RETURN 1; END`,
		"CREATE FUNCTION calls_it() RETURNS int RETURN writes_it()",
		`CREATE FUNCTION denies_it() RETURNS int READS SQL DATA
			BEGIN DELETE FROM films; RETURN 1; END`,
		"CREATE FUNCTION believes_it() RETURNS int RETURN denies_it()",
		"CREATE FUNCTION trusts() RETURNS int RETURN says_so()",
		"CREATE SEQUENCE ids", "CREATE FUNCTION numbers_it() RETURNS bigint RETURN NEXT VALUE FOR ids",
	} {
		mustExec(t, db, statement)
	}
	var user string
	if err := db.QueryRow("SELECT current_user()").Scan(&user); err != nil {
		t.Fatal(err)
	}
	_, lines := checked(t, uri)
	for line, want := range map[string]bool{
		"served problem " + name + ".broken":            true,
		"served problem " + name + ".films":             false,
		"volatility problem " + name + ".reads_it()":    true,
		"volatility problem " + name + ".says_so()":     false,
		"volatility problem " + name + ".writes_it()":   false,
		"volatility problem " + name + ".calls_it()":    false,
		"volatility problem " + name + ".believes_it()": false,
		"volatility problem " + name + ".trusts()":      true,
		"volatility problem " + name + ".numbers_it()":  false,
		"rights problem " + name + ".reads_it":          true, // whose definer is root
		"rights problem the user " + user:               true,
	} {
		if slices.Contains(lines, line) != want {
			t.Errorf("%s is found: %v\n%q", line, !want, lines)
		}
	}
}

func TestCheckFindsWhatSQLiteShows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "films.db")
	newSQLiteFile(t, file, `CREATE TABLE films (id INTEGER PRIMARY KEY,
		director int REFERENCES nobody (id), studio int REFERENCES studios);
		CREATE TABLE studios (id INTEGER PRIMARY KEY);
		CREATE VIEW broken AS SELECT gone FROM films; CREATE VIEW works AS SELECT id FROM films`)
	report, lines := checked(t, "sqlite:"+file)
	if !slices.Equal(lines, []string{"served problem main.broken", "served problem main.films"}) {
		t.Errorf("found %q", lines)
	}
	if said := text(report, lines[0]); !strings.Contains(said, "no such column: gone") {
		t.Errorf("a broken view: %s", said)
	}
}

// newSQLiteFile creates a database file.
func newSQLiteFile(t *testing.T, file, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	mustExec(t, db, script)
}

// store writes a file, with its folder.
func store(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
