package openapitest

import (
	"database/sql"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/npmtest"
	"github.com/moresql/moresql/rest/client"
)

// The clients that package client writes compile, and what they get from the server is what the
// database computes.
func TestWrittenClientsCallTheServer(t *testing.T) {
	db := open(t, "kinds.sql", "values.sql")
	run(t, db, `CREATE FUNCTION kinds.drawing() RETURNS "image/png" LANGUAGE sql
		AS $$ SELECT '\x686921'::bytea::"image/png" $$`)
	url, _ := serve(t, db, schemas)
	cat, err := catalog.Load(t.Context(), db, "kinds")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("Go", func(t *testing.T) {
		source, err := client.Go(cat.Current(), client.Options{Tables: "/"})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		main, err := os.ReadFile("testdata/clients/main.go.txt")
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{
			"go.mod": "module clients\n\ngo 1.24\n", "kinds/client.go": string(source),
			"main.go": string(main),
		} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		vet := exec.Command("go", "vet", "./...")
		run := exec.Command("go", "run", ".", url)
		for _, cmd := range []*exec.Cmd{vet, run} {
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
		}
		if out, err := vet.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		printsSame(t, db, run, true)
	})
	t.Run("TypeScript", func(t *testing.T) {
		dir := npmtest.Install(t, filepath.Join("testdata", "clients"))
		source := client.TypeScript(cat.Current(), client.Options{Tables: "/"})
		if err := os.WriteFile(filepath.Join(dir, "client.ts"), source, 0o600); err != nil {
			t.Fatal(err)
		}
		program(t, dir, "tsc", "--project", ".")
		run := exec.Command("node", "main.js", url)
		run.Dir = dir
		printsSame(t, db, run, false)
	})
}

// printsSame compares what a program prints with what the database computes, the
// numbers to the last digit if it is exact.
func printsSame(t *testing.T, db *sql.DB, cmd *exec.Cmd, exact bool) {
	t.Helper()
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var want string
	if err := db.QueryRow(`SELECT json_build_array(
		(SELECT json_agg(whole) FROM kinds.every() whole),
		kinds.composite((1.5, 'EUR', '{sad,NULL}')),
		json_build_array(ROW(
			(1, '2CV', NULL, '{a,NULL}'), NULL, '[2026-01-01,2026-02-01)', NULL)::kinds.nested),
		kinds.enum('sad'), kinds.defaults(1), kinds.defaults(1, c => 'x'),
		(SELECT json_agg(f) FROM kinds.returns_table(1) f),
		(SELECT "Full Name" FROM kinds.returns_table(1)),
		kinds."a/b_{c}?#%20"(), true, kinds.all_defaults(),
		kinds.array_of('{1,NULL}', NULL, NULL, NULL), kinds.whole_body('{"any": ["thing"]}'),
		kinds.upload('four'), convert_from(kinds.drawing(), 'UTF8'), kinds.overloaded(),
		(SELECT json_agg(f) FROM kinds.overloaded(1, 2) f),
		(SELECT json_agg(f) FROM kinds.set_of_scalar() f),
		(SELECT json_agg(f) FROM kinds.set_of_enum() f),
		(SELECT json_agg(f) FROM kinds.set_of_table() f),
		json_build_object('q', 3, 'r', 1), -- see gives in kinds.sql
		json_build_array(400, '22P02'), 'function')`).Scan(&want); err != nil {
		t.Fatal(err)
	}
	var got, expected any
	for text, value := range map[string]*any{string(out): &got, want: &expected} {
		d := json.NewDecoder(strings.NewReader(text))
		if exact {
			d.UseNumber()
		}
		if err := d.Decode(value); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	if shown(got) != shown(expected) {
		t.Errorf("%s\nwant %s", shown(got), shown(expected))
	}
}
