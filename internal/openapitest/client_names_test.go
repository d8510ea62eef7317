package openapitest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/npmtest"
	"github.com/moresql/moresql/rest/client"
)

// Whatever a database calls its things and says of them, the clients compile, and none of it
// becomes code.
func TestWrittenClientsTakeAnyName(t *testing.T) {
	db := open(t, "names.sql")
	cat, err := catalog.Load(t.Context(), db, "names")
	if err != nil {
		t.Fatal(err)
	}
	source, err := client.Go(cat.Current(), client.Options{Tables: "/"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := client.Go(cat.Current(), client.Options{Tables: "/"})
	if err != nil || string(again) != string(source) {
		t.Errorf("the same catalog makes another text: %v", err)
	}
	typed := client.TypeScript(cat.Current(), client.Options{Tables: "/"})
	again = client.TypeScript(cat.Current(), client.Options{Tables: "/"})
	if !slices.Equal(again, typed) {
		t.Error("the same catalog makes another text")
	}
	t.Run("Go", func(t *testing.T) {
		dir := t.TempDir()
		for name, content := range map[string]string{
			"go.mod": "module names\n\ngo 1.24\n", "client.go": string(source),
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		vet := exec.Command("go", "vet", ".")
		vet.Dir, vet.Env = dir, append(os.Environ(), "GOWORK=off")
		if out, err := vet.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	t.Run("TypeScript", func(t *testing.T) {
		dir := npmtest.Install(t, filepath.Join("testdata", "clients"))
		path := filepath.Join(dir, "client.ts")
		if err := os.WriteFile(path, typed, 0o600); err != nil {
			t.Fatal(err)
		}
		program(t, dir, "tsc", "--strict", "--target", "es2022", "--module", "nodenext",
			"--lib", "es2022,dom", "client.ts")
		// Nothing of a comment or a name runs when the module is loaded.
		script := `globalThis.hacked = () => { throw new Error("hacked") };
			const { Client } = await import("./client.js");
			new Client("http://localhost:1")`
		node := exec.Command("node", "--input-type=module", "-e", script)
		node.Dir = dir
		if out, err := node.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}
