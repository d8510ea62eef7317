package check

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/sqlfile"
)

// FilesOf finds the .sql files of a folder that cannot be read as statements, and those that the
// database does not take: it prepares each, and runs none.
func (s *Subject) FilesOf(ctx context.Context, folder fs.FS, d moresql.Dialect) []Finding {
	statements, err := sqlfile.Load(folder, d)
	var list []Finding
	for _, err := range parts(err) {
		f := Finding{Files, Problem, "the folder", err.Error(), "name a folder that can be read"}
		if file := (*fs.PathError)(nil); errors.As(err, &file) && file.Path != "." {
			f.Object, f.Problem, f.Fix = file.Path, file.Err.Error(), "correct the file"
		}
		list = append(list, f)
	}
	for _, r := range statements.Catalog().Current().Routines() {
		if err := s.prepare(ctx, statements, r.Name, len(r.Params)); err != nil {
			list = append(list, Finding{Files, Problem, r.Name + ".sql",
				"the database does not take it: " + err.Error(), "correct the file, or what it names"})
		}
	}
	slices.SortFunc(list, func(a, b Finding) int { return strings.Compare(a.Object, b.Object) })
	return list
}

// prepare has the database read a statement. The driver of SQLite reads one when it runs, and
// EXPLAIN there has it read without being run.
func (s *Subject) prepare(
	ctx context.Context, statements *sqlfile.Statements, name string, params int,
) error {
	given := make([]moresql.Param, params)
	for i := range given {
		given[i].In = true
	}
	statement, err := statements.Statement(name, given)
	if err != nil {
		return err
	}
	if s.Explain {
		values := make([]any, len(statement.Bind))
		rows, err := s.DB.QueryContext(ctx, "EXPLAIN "+statement.Query, values...)
		if err != nil {
			return err
		}
		return rows.Close()
	}
	prepared, err := s.DB.PrepareContext(ctx, statement.Query)
	if err != nil {
		return err
	}
	return prepared.Close()
}

// parts returns the errors that an error joins.
func parts(err error) []error {
	for ; err != nil; err = errors.Unwrap(err) {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			return joined.Unwrap()
		}
	}
	return nil
}
