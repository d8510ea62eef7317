package check

import (
	"context"
	"database/sql"
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
	return s.asRequest(ctx, func(tx *sql.Tx) error {
		_, err := tx.PrepareContext(ctx, statement.Query) // is closed with the transaction
		return err
	})
}

// asRequest has the first of the callers do something that can. The error is that of the first.
func (s *Subject) asRequest(ctx context.Context, do func(*sql.Tx) error) error {
	roles, err := s.callers(ctx)
	if err != nil {
		return err
	}
	return s.asOne(ctx, roles, do)
}

// asOne is asRequest for some of the callers.
func (s *Subject) asOne(
	ctx context.Context, roles []string, do func(*sql.Tx) error,
) (err error) {
	for i, role := range roles {
		e := s.as(ctx, role, do)
		if e == nil {
			return nil
		}
		if i == 0 {
			err = e
		}
	}
	return err
}

// callers returns the roles that requests may run as, those without a token first, and "" for the
// login.
func (s *Subject) callers(ctx context.Context) (roles []string, err error) {
	if s.Anonymous != "" {
		roles = append(roles, s.Anonymous)
	}
	if s.Tokens {
		err = s.query(ctx, func(line []string) { roles = append(roles, line[0]) },
			`SELECT rolname FROM pg_catalog.pg_roles
			WHERE pg_catalog.pg_has_role(session_user, oid, 'MEMBER') AND rolname <> session_user
			ORDER BY 1`)
	}
	if len(roles) == 0 {
		roles = []string{""}
	}
	return roles, err
}

// as does something as a request with a role would, "" for the login, and rolls it back.
func (s *Subject) as(ctx context.Context, role string, do func(*sql.Tx) error) error {
	tx, err := s.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for name, value := range map[string]string{"role": role, "search_path": s.Path} {
		if value == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, "SELECT set_config($1, $2, true)", name, value); err != nil {
			return err
		}
	}
	return do(tx)
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
