// Command platforms does to packages and their tests what go vet does, for each of the targets that
// stand after --. It runs in the folder with go.work, or in that of a module:
//
//	platforms ./... ./cmd/moresql/... -- windows/amd64 darwin/arm64
//
// go vet itself compiles all that they import, which takes minutes for each target. Here types are
// checked from the source alone. On another target than this machine most functions of other
// modules have no body: a package meets only what they declare. On this machine they have theirs,
// since GOTOOLCHAIN may name a Go that is older than what they use.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/analysis/suite/vet"
	"golang.org/x/tools/go/packages"
)

func main() {
	i := slices.Index(os.Args, "--")
	if i < 0 || i+1 == len(os.Args) {
		fmt.Fprintln(os.Stderr, "platforms: name packages, -- and targets")
		os.Exit(2)
	}
	status := 0
	for _, target := range os.Args[i+1:] {
		found, err := check(target, os.Args[1:i])
		if err != nil {
			found = append(found, err.Error())
		}
		slices.Sort(found)
		for _, text := range slices.Compact(found) { // of a package with its tests and without them
			fmt.Fprintf(os.Stderr, "%s: %s\n", target, text)
			status = 1
		}
	}
	os.Exit(status)
}

// check returns what is wrong with the packages on a target.
func check(target string, patterns []string) (found []string, err error) {
	system, processor, _ := strings.Cut(target, "/")
	env := append(os.Environ(), "GOOS="+system, "GOARCH="+processor)
	here := system == runtime.GOOS && processor == runtime.GOARCH
	if !here { // there is no compiler of C for it
		env = append(env, "CGO_ENABLED=0")
	}
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	list, err := packages.Load(&packages.Config{
		Mode:  packages.LoadAllSyntax | packages.NeedModule,
		Env:   env,
		Tests: true,
		ParseFile: func(files *token.FileSet, name string, text []byte) (*ast.File, error) {
			if here || strings.HasPrefix(name, folder+string(os.PathSeparator)) {
				return parser.ParseFile(files, name, text,
					parser.ParseComments|parser.SkipObjectResolution)
			}
			return declarations(files, name, text)
		},
	}, patterns...)
	if err != nil {
		return nil, err
	}
	for p := range packages.Postorder(list) {
		found = append(found, mistakes(p, here || p.Module != nil && p.Module.Main)...)
	}
	if found != nil {
		return found, nil
	}
	graph, err := checker.Analyze(vet.Suite, list, nil)
	if err != nil {
		return nil, err
	}
	for _, action := range graph.Roots {
		if action.Err != nil {
			return nil, fmt.Errorf("%v: %w", action, action.Err)
		}
		for _, d := range action.Diagnostics {
			found = append(found, fmt.Sprintf("%s: %s", action.Package.Fset.Position(d.Pos), d.Message))
		}
	}
	return found, nil
}

// declarations reads a file without the bodies of functions, but for those that need one.
func declarations(files *token.FileSet, name string, text []byte) (*ast.File, error) {
	file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if file == nil {
		return nil, err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Type.TypeParams == nil && f.Name.Name != "init" && f.Name.Name != "main" {
			f.Body = nil
		}
	}
	return file, err
}

// mistakes returns the errors of a package. Where bodies are missing, an import that only they use
// is none; the analyzers then need not be kept from the package.
func mistakes(p *packages.Package, hasBodies bool) (found []string) {
	p.IllTyped = false
	for _, e := range p.TypeErrors {
		if !e.Soft || hasBodies {
			found = append(found, e.Error())
		}
	}
	for _, e := range p.Errors {
		if e.Kind != packages.TypeError {
			found = append(found, e.Error())
		}
	}
	return found
}
