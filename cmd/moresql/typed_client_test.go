package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/npmtest"
)

// Programs with the types that openapi-typescript makes of the sample's document compile in strict
// mode, where they have mistakes do not, and do with the sample what its curl lines do.
func TestTypedClientsUseTheSample(t *testing.T) {
	// with the tools of the test of every kind of routine
	dir := npmtest.Install(t, filepath.Join("..", "..", "internal", "openapitest", "testdata", "npm"))
	want := `[
		[200, "ada@example.com"],
		[200, ["Model T", "2CV"], ["hand crank", "brass lamps"], 850.25, false],
		[201, "Fulvia"], [200, "Flavia", 4], [200, "Flavia"], [204],
		[200, ["The Love Bug", "The Italian Job"]],
		[404, 404], [400, 400, 400], [405]]`
	for _, database := range databases[:2] { // no catalog knows what MySQL's procedures return
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			program := strings.ToLower(database.name)
			source, err := os.ReadFile(filepath.Join("testdata", "typed", program+".ts"))
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, program+".ts", string(source))
			_, _, document := c.get("/openapi.json")
			put(t, dir, "doc.json", document)
			put(t, dir, "tsconfig.json", `{"compilerOptions": {
				"target": "es2022", "module": "nodenext", "moduleResolution": "nodenext",
				"lib": ["es2022", "dom"], "types": [], "strict": true, "skipLibCheck": true
				}, "files": ["`+program+`.ts", "process.d.ts"]}`)
			runNode(t, dir, "redocly", "lint", "--max-problems=0", "doc.json")
			runNode(t, dir, "spectral", "lint", "--fail-severity=hint", "doc.json")
			runNode(t, dir, "openapi-typescript", "doc.json", "--output", "api.ts")
			runNode(t, dir, "tsc", "--project", ".")
			if got := runNode(t, dir, "", program+".js", c.url()); !sameJSON(got, want) {
				t.Errorf("%s\nwant %s", got, want)
			}
			c.stop()
		})
	}
}

// runNode runs a program of node_modules, or a script if there is no name, and returns what it
// prints.
func runNode(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	path := "node"
	if name != "" {
		path = filepath.Join(dir, "node_modules", ".bin", name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, out, stderr.Bytes())
	}
	return string(out)
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
