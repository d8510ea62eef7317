package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/check"
)

func TestCheckReadsFiles(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"good.sql": "SELECT :a AS a, :a AS b", "open.sql": "SELECT\n 'open", "a/empty.sql": "-- nothing",
		"note.txt": "SELECT",
	} {
		store(t, filepath.Join(folder, name), content)
	}
	_, lines := checked(t, "", "-sql", folder)
	want := []string{"files problem a/empty.sql", "files problem open.sql"}
	if !slices.Equal(lines, want) {
		t.Errorf("found %q, want %q", lines, want)
	}
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			folder := t.TempDir()
			for name, content := range map[string]string{
				"good": "SELECT 1 AS a WHERE 1 = :a", "missing": "SELECT * FROM nowhere WHERE a = :a",
				"wrong": "SELEC :a", "drops": "DROP TABLE kept", "open": "SELECT 'open",
			} {
				store(t, filepath.Join(folder, name+".sql"), content)
			}
			uri := database.uri(t)
			if uri == "" {
				file := filepath.Join(t.TempDir(), "kept.db")
				newSQLiteFile(t, file, "CREATE TABLE kept (id int)")
				uri = "sqlite:" + file
			} else {
				mustExec(t, connect(t, uri), "CREATE TABLE kept (id int)")
			}
			report, lines := checked(t, uri, "-sql", folder)
			want := []string{"files problem missing.sql", "files problem open.sql",
				"files problem wrong.sql"}
			if got := of(lines, check.Files); !slices.Equal(got, want) {
				t.Errorf("found %q, want %q\n%+v", got, want, report)
			}
			if _, err := connect(t, uri).Exec("SELECT id FROM kept"); err != nil {
				t.Errorf("a statement was run: %v", err)
			}
		})
	}
	_, lines = checked(t, "", "-sql", filepath.Join(folder, "nowhere"))
	if !slices.Equal(lines, []string{"files problem the folder"}) {
		t.Errorf("a folder that does not exist: %q", lines)
	}
}

// A file runs as the role of its request, and need not be read by the login, nor with its path.
func TestCheckReadsFilesAsTheirRequestsDo(t *testing.T) {
	login, suffix := roles(t, newPostgreSQL(t), `CREATE SCHEMA api; CREATE TABLE api.films (id int);
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		CREATE ROLE "web{}"; CREATE ROLE "another{}"; GRANT "web{}", "another{}" TO "authenticator{}";
		GRANT USAGE ON SCHEMA api TO "web{}"; GRANT SELECT ON api.films TO "web{}"`)
	login += "?sslmode=disable"
	folder := t.TempDir()
	for name, text := range map[string]string{
		"named": "SELECT id FROM api.films WHERE id = :id", "plain": "SELECT id FROM films",
		"missing": "SELECT id FROM api.nowhere",
	} {
		store(t, filepath.Join(folder, name+".sql"), text)
	}
	const key = "reallyreallyreallyreallyverysafe"
	for _, test := range []struct {
		reason string
		args   []string
	}{
		{reason: "no token", args: []string{"-anon-role", "web" + suffix}},
		{reason: "a token", args: []string{"-jwt-secret", "@" + write(t, "key", key)}},
		{
			reason: "another path",
			args:   []string{"-anon-role", "web" + suffix, "-extra-search-path", "api"},
		},
	} {
		args := append(test.args, "-sql", folder)
		_, lines := checked(t, login, args...)
		c := launchPlainly(t, login, append(args, "-addr", "localhost:0")...)
		c.await(c.stdout, "listening on ")
		for _, name := range []string{"named", "plain", "missing"} {
			var field []string
			if test.reason == "a token" {
				field = []string{"Authorization", bearer(key, `{"role":"web`+suffix+`"}`)}
			}
			status, _, body := c.get("/rpc/"+name, field...)
			found := slices.Contains(lines, "files problem "+name+".sql")
			if found == (status == 200) {
				t.Errorf("%s: %s is found: %v, and its response is %d %s", test.reason, name, found,
					status, body)
			}
		}
		c.stop()
	}
}
