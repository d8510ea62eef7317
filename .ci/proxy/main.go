// Command proxy lays out the modules of this repository as their tags would
// publish them, before there is a tag.
//
//	proxy -release v0.1.0 -version v0.1.0-ci.1 -out DIR
//
// DIR/proxy is a module proxy of plain files, for GOPROXY=file://DIR/proxy. It
// holds every module that is published, zipped by the rules of
// https://go.dev/ref/mod#zip-files. DIR/tree has the same files unpacked, and
// those of the modules that are not published. The go.mod files are as they
// stand but for one thing: where they require a sibling at the release, they
// require the version. A version of its own for each run lets the run share the
// module cache, in which a version never changes.
//
// It prints a line for each module, its folder and its kind: a program, a
// library, or private, which is not published.
package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// root is the path of the library's module; the others' paths are below it.
const root = "github.com/moresql/moresql"

func main() {
	release := flag.String("release", "", "`version` at which the modules require each other")
	version := flag.String("version", "", "`version` to publish them as")
	out := flag.String("out", "", "`folder` to write to")
	flag.Parse()
	modules, err := find()
	for i := 0; i < len(modules) && err == nil; i++ {
		err = modules[i].publish(*release, *version, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "proxy:", err)
		os.Exit(1)
	}
}

// A module is a folder with a go.mod.
type module struct {
	dir   string   // relative to the repository, "." for the library
	files []string // relative to dir
}

// find returns the modules with the files that git tracks. A file belongs to
// the innermost module around it: nested modules are left out of their parent.
func find() ([]*module, error) {
	list, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	files := strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00")
	byDir := make(map[string]*module)
	var modules []*module
	for _, file := range files {
		if path.Base(file) == "go.mod" {
			m := &module{dir: path.Dir(file)}
			byDir[m.dir] = m
			modules = append(modules, m)
		}
	}
	for _, file := range files {
		dir := path.Dir(file)
		for byDir[dir] == nil && dir != "." {
			dir = path.Dir(dir)
		}
		if m := byDir[dir]; m != nil {
			m.files = append(m.files, strings.TrimPrefix(file, dir+"/"))
		}
	}
	if byDir["."] == nil {
		return nil, errors.New("run it at the root of the repository, which has a go.mod")
	}
	return modules, nil
}

// private reports whether nobody fetches the module: it is for tests, checks or
// measures, and may lean on what is internal to its siblings.
func (m *module) private() bool {
	return m.dir == "bench" || strings.HasPrefix(m.dir, "internal/") ||
		strings.HasPrefix(m.dir, ".ci/")
}

// path is the module's path.
func (m *module) path() string { return path.Join(root, m.dir) }

// publish writes the module's tree and, of a published one, what a proxy serves.
func (m *module) publish(release, version, out string) error {
	contents, names, err := m.read(release, version)
	if err != nil {
		return err
	}
	tree := filepath.Join(out, "tree", m.dir+"_") // no parent of a nested module's
	for _, name := range names {
		if err := write(filepath.Join(tree, name), contents[name]); err != nil {
			return err
		}
	}
	if m.private() {
		fmt.Println(m.dir, "private")
		return nil
	}
	archive, err := pack(m.path()+"@"+version+"/", names, contents)
	if err != nil {
		return err
	}
	base := filepath.Join(out, "proxy", m.path(), "@v")
	info := fmt.Appendf(nil, `{"Version":%q,"Time":%q}`, version,
		time.Now().UTC().Format(time.RFC3339))
	kind := "library"
	if isProgram(contents) {
		kind = "program"
	}
	fmt.Println(m.dir, kind)
	return errors.Join(
		write(filepath.Join(base, "list"), []byte(version+"\n")),
		write(filepath.Join(base, version+".info"), info),
		write(filepath.Join(base, version+".mod"), contents["go.mod"]),
		write(filepath.Join(base, version+".zip"), archive),
	)
}

// read returns the contents of the module's regular files and their names in
// order. As in the zip that the go command makes of a tag, a nested module
// without a licence of its own gets that of the repository.
func (m *module) read(release, version string) (map[string][]byte, []string, error) {
	contents := make(map[string][]byte)
	for _, name := range m.files {
		file := filepath.Join(m.dir, name)
		info, err := os.Lstat(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, but not yet in a commit
		} else if err != nil {
			return nil, nil, err
		}
		if !info.Mode().IsRegular() {
			continue // zips of modules hold no symbolic links
		}
		if contents[name], err = os.ReadFile(file); err != nil {
			return nil, nil, err
		}
	}
	if _, ok := contents["LICENSE"]; !ok {
		licence, err := os.ReadFile("LICENSE")
		if err != nil {
			return nil, nil, err
		}
		contents["LICENSE"] = licence
	}
	mod, err := rewrite(contents["go.mod"], release, version)
	if err != nil {
		return nil, nil, fmt.Errorf("%s/go.mod: %w", m.dir, err)
	}
	contents["go.mod"] = mod
	var names []string
	for name := range contents {
		names = append(names, name)
	}
	slices.Sort(names)
	return contents, names, nil
}

var (
	replaces = regexp.MustCompile(`(?m)^replace\b`)
	sibling  = regexp.MustCompile(`(?m)^(?:require)?\s+` + regexp.QuoteMeta(root) + `\S* (v\S+)`)
)

// rewrite returns a go.mod that requires its siblings at the version. It fails
// where the go.mod could not be published: with a replace directive, which the
// go command ignores in what it fetches, or with a sibling at another version.
func rewrite(mod []byte, release, version string) ([]byte, error) {
	if replaces.Match(mod) {
		return nil, errors.New("it has a replace directive, which belongs in go.work")
	}
	for _, match := range sibling.FindAllSubmatch(mod, -1) {
		if string(match[1]) != release {
			return nil, fmt.Errorf("it requires %s, the release is %s",
				bytes.TrimSpace(match[0]), release)
		}
	}
	return sibling.ReplaceAllFunc(mod, func(line []byte) []byte {
		return slices.Concat(bytes.TrimSuffix(line, []byte(release)), []byte(version))
	}), nil
}

// pack returns a zip of the files with the prefix before each name.
func pack(prefix string, names []string, contents map[string][]byte) ([]byte, error) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, name := range names {
		w, err := z.Create(prefix + name)
		if err == nil {
			_, err = w.Write(contents[name])
		}
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return archive.Bytes(), err
}

var packageMain = regexp.MustCompile(`(?m)^package main\b`)

// isProgram reports whether the module's root package is main: go install takes
// it, where go get takes a library.
func isProgram(contents map[string][]byte) bool {
	for name, content := range contents {
		if !strings.Contains(name, "/") && strings.HasSuffix(name, ".go") &&
			packageMain.Match(content) {
			return true
		}
	}
	return false
}

// write writes a file with the folders above it.
func write(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o666)
}
