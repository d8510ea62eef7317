// Package sqlfile calls named statements instead of procedures, for databases that have none and
// for programs that keep their SQL in files:
//
//	//go:embed sql
//	var files embed.FS
//
//	statements, err := sqlfile.Load(files, moresql.SQLite)
//	…
//	m := moresql.New(db, moresql.CallBy(statements))
//	mux.Handle("GET /cars/{id}", m.Handler("sql/get_car", moresql.Fields("id")))
package sqlfile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/sqltemplate"
)

// Statements is a moresql.Caller for the statements of a folder. It is safe for concurrent use.
type Statements struct {
	dialect moresql.Dialect
	byName  map[string]*sqltemplate.Template
	said    map[string]string // the comments at the heads of the files
}

var _ moresql.Caller = (*Statements)(nil)

// Load reads every .sql file of a folder and the folders in it. A file holds one statement and is
// called by its path without .sql: get_car, cars/get. In it :id stands for the parameter id,
// which may stand there more than once; strings, quoted names, comments, casts (::) and dollar
// quotes are left alone; a slice up to a column takes a space, [1 : n]. What begins with a point,
// as files of editors do, is not read. The error wraps one of type *fs.PathError for each file that
// cannot be read as a statement, with its path and the line; the statements of the others are
// returned with it.
func Load(folder fs.FS, d moresql.Dialect) (*Statements, error) {
	s := &Statements{dialect: d, byName: map[string]*sqltemplate.Template{}, said: map[string]string{}}
	var broken []error
	fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		name, isSQL := strings.CutSuffix(path, ".sql")
		switch hidden := path != "." && strings.HasPrefix(entry.Name(), "."); {
		case err == nil && hidden && entry.IsDir():
			return fs.SkipDir
		case err != nil:
			broken = append(broken, err)
			return nil
		case entry.IsDir() || !isSQL || hidden:
			return nil
		}
		text, err := read(folder, path)
		if err != nil {
			broken = append(broken, err)
			return nil
		}
		template, err := sqltemplate.Parse(dialect.At(int(d)), string(text))
		if err != nil {
			broken = append(broken, &fs.PathError{Op: "parse", Path: path, Err: err})
			return nil
		}
		s.byName[name], s.said[name] = template, headOf(string(text))
		return nil
	})
	if err := errors.Join(broken...); err != nil {
		return s, fmt.Errorf("sqlfile: load statements: %w", err)
	}
	return s, nil
}

// read returns what is in a file. What else has a name, such as a pipe, may have no end.
func read(folder fs.FS, path string) ([]byte, error) {
	info, err := fs.Stat(folder, path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a file")}
	}
	return fs.ReadFile(folder, path)
}

// Describe returns what may be done with a statement. The result of one that is a query can be
// filtered.
func (s *Statements) Describe(name string) moresql.Traits {
	template, ok := s.byName[name]
	return moresql.Traits{Dialect: s.dialect, Relation: ok && template.IsQuery()}
}

// Catalog returns the statements as routines for rest.Routines, by their names and the names of
// their parameters; one that is left out is NULL. Those that begin with SELECT or VALUES count as
// STABLE, which a GET may call. The comment is that of the lines at the head of the file which
// begin with --.
func (s *Statements) Catalog() *catalog.Catalog {
	var routines []catalog.Routine
	for name, template := range s.byName {
		r := catalog.Routine{Name: name, Comment: s.said[name]}
		if template.IsQuery() {
			r.Volatility = catalog.Stable
		}
		for _, p := range template.Params {
			r.Params = append(r.Params, catalog.Param{Name: p, Default: true})
		}
		routines = append(routines, r)
	}
	return catalog.Of(routines...)
}

// headOf returns the comment that a file begins with.
func headOf(text string) string {
	var lines []string
	text = strings.TrimPrefix(text, "\ufeff") // as sqltemplate has it
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "--")
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSpace(comment))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// Statement implements moresql.Caller. Arguments that have names are bound by name, others in the
// order in which the parameters of the statement first appear.
func (s *Statements) Statement(name string, params []moresql.Param) (moresql.Statement, error) {
	if slices.ContainsFunc(params, func(p moresql.Param) bool { return p.Out }) {
		return moresql.Statement{}, errors.New(
			"a statement has no OUT parameters: leave Out and InOut out")
	}
	template, ok := s.byName[name]
	if !ok {
		return moresql.Statement{}, fmt.Errorf("there is no file %s.sql", name)
	}
	if len(params) != len(template.Params) {
		return moresql.Statement{}, fmt.Errorf("%s.sql has %s, and got %s",
			name, parameters(template.Params), arguments(len(params)))
	}
	at := make([]int, len(template.Params)) // the argument of each parameter
	for i, parameter := range template.Params {
		at[i] = i
		if params[i].Name == "" {
			continue
		}
		at[i] = slices.IndexFunc(params, func(p moresql.Param) bool { return p.Name == parameter })
		if at[i] < 0 {
			return moresql.Statement{}, fmt.Errorf(
				"%s.sql has a parameter :%s, which no field is declared for", name, parameter)
		}
	}
	query, bind := template.Statement()
	for i, param := range bind {
		bind[i] = at[param]
	}
	return moresql.Statement{Query: query, Bind: bind}, nil
}

func parameters(names []string) string {
	if len(names) == 0 {
		return "no parameters"
	}
	return fmt.Sprintf("%d parameters (:%s)", len(names), strings.Join(names, ", :"))
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}
