package moresql_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packages are what the code in the documentation may use without an import, by their names there.
var packages = map[string]string{
	"adaptor":  "github.com/gofiber/fiber/v3/middleware/adaptor",
	"binder":   "github.com/moresql/moresql/binder",
	"catalog":  "github.com/moresql/moresql/catalog",
	"chart":    "github.com/moresql/moresql/encoder/chart",
	"client":   "github.com/moresql/moresql/rest/client",
	"chi":      "github.com/go-chi/chi/v5",
	"context":  "context",
	"duckdb":   "github.com/moresql/moresql/drivers/duckdb",
	"echo":     "github.com/labstack/echo/v4",
	"encoder":  "github.com/moresql/moresql/encoder",
	"events":   "github.com/moresql/moresql/rest/events",
	"fiber":    "github.com/gofiber/fiber/v3",
	"explorer": "github.com/moresql/moresql/rest/explorer",
	"firebird": "github.com/moresql/moresql/drivers/firebird",
	"fmt":      "fmt",
	"gin":      "github.com/gin-gonic/gin",
	"http":     "net/http",
	"httptest": "net/http/httptest",
	"log":      "log",
	"mcp":      "github.com/moresql/moresql/mcp",
	"moresql":  "github.com/moresql/moresql",
	"openapi":  "github.com/moresql/moresql/rest/openapi",
	"os":       "os",
	"pq":       "github.com/moresql/moresql/drivers/pq",
	"replica":  "github.com/moresql/moresql/replica",
	"rest":     "github.com/moresql/moresql/rest",
	"row":      "github.com/moresql/moresql/row",
	"sql":      "database/sql",
	"sqlfile":  "github.com/moresql/moresql/sqlfile",
	"sqlmock":  "github.com/DATA-DOG/go-sqlmock",
	"strings":  "strings",
	"template": "html/template",
	"testing":  "testing",
	"time":     "time",
}

// around is where statements of the documentation stand: what a reader has already, or writes.
const around = `func _(ctx context.Context, db *sql.DB, mux *http.ServeMux, m *moresql.MoreSQL,
	authenticate func(*http.Request) (string, error), debug bool) error {
{
//line %s:%d
%s
%s}
return nil
}
`

// TestDocumentedCodeCompiles compiles every block of Go in the documentation. The files exist for
// the compiler only, each in a package of its own in the library.
func TestDocumentedCodeCompiles(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for _, page := range append(pages, "README.md", "SECURITY.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for line, code := range blocks(string(text)) {
			name := fmt.Sprintf("block%d", len(overlay.Replace))
			file := filepath.Join(dir, name+".go")
			source, err := complete(page, line, code)
			if err != nil {
				t.Errorf("%s:%d: %v", page, line, err)
				continue
			}
			if err := os.WriteFile(file, source, 0o600); err != nil {
				t.Fatal(err)
			}
			overlay.Replace[filepath.Join(root, "internal", "documented", name, "block.go")] = file
		}
	}
	if len(overlay.Replace) == 0 {
		t.Fatal("the documentation has no Go")
	}
	// The go command keeps the result of a test for as long as what it has opened is the same.
	for _, path := range packages {
		if folder, ok := strings.CutPrefix(path, "github.com/moresql/moresql"); ok {
			if _, err := os.ReadDir("." + folder); err != nil {
				t.Fatal(err)
			}
		}
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	const blocks = "./internal/documented/..."
	out, err := exec.Command("go", "build", "-overlay", file, blocks).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// blocks returns the blocks of Go in a page by the numbers of their first lines.
func blocks(page string) map[int]string {
	list := map[int]string{}
	fenced := regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	for _, at := range fenced.FindAllStringSubmatchIndex(page, -1) {
		list[strings.Count(page[:at[2]], "\n")+1] = page[at[2]:at[3]]
	}
	return list
}

// complete makes a file of a block, which is a file itself, declarations or statements.
func complete(page string, line int, code string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("package documented\n")
	if rest, ok := strings.CutPrefix(code, "package main\n"); ok {
		fmt.Fprintf(&b, "//line %s:%d\n%s", page, line+1, rest)
		return b.Bytes(), nil
	}
	body := fmt.Sprintf("//line %s:%d\n%s", page, line, code)
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+code, 0); err != nil {
		names, err := declared(code)
		if err != nil {
			return nil, err
		}
		used := ""
		for _, name := range names {
			used += "_ = " + name + "\n"
		}
		body = fmt.Sprintf(around, page, line, code, used)
	}
	names := make([]string, 0, len(packages))
	used := regexp.MustCompile("(?m)^//line .*$").ReplaceAllString(body, "") // names a page
	for name := range packages {
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(used) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "import %q\n", packages[name])
	}
	b.WriteString(body)
	return b.Bytes(), nil
}

// declared returns the variables that statements declare, which they need not use.
func declared(code string) (names []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() {\n"+code+"}", 0)
	if err != nil {
		return nil, err
	}
	for _, s := range file.Decls[0].(*ast.FuncDecl).Body.List {
		assign, ok := s.(*ast.AssignStmt)
		if !ok || assign.Tok != token.DEFINE {
			continue
		}
		for _, e := range assign.Lhs {
			if name := e.(*ast.Ident).Name; name != "_" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// TestDocumentationLeadsSomewhere follows the links of every page to files and headings, and has
// each page of the guide begin with what its reader can do after it.
func TestDocumentationLeadsSomewhere(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	link := regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	for _, page := range append(pages, "README.md", "SECURITY.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		title, rest, _ := strings.Cut(string(text), "\n\n")
		if strings.HasPrefix(page, "docs") &&
			(!strings.HasPrefix(title, "# ") || !strings.HasPrefix(rest, "After this page ")) {
			t.Errorf("%s does not begin with what one can do after it", page)
		}
		for _, to := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(to[1], "://") {
				continue
			}
			file := page
			if to[1] != "" {
				file = filepath.Join(filepath.Dir(page), to[1])
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if to[2] != "" && !slices.Contains(anchors(t, file), to[2]) {
				t.Errorf("%s: no heading of %s is %s", page, file, to[2])
			}
		}
	}
}

// anchors returns the fragments by which headings of a page are linked to, as GitHub has them.
func anchors(t *testing.T, page string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range regexp.MustCompile("(?m)^#+ (.*)$").FindAllStringSubmatch(string(text), -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(strings.ToLower(h[1]), "")
		list = append(list, "#"+strings.ReplaceAll(name, " ", "-"))
	}
	return list
}
