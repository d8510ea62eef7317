package check

import (
	"context"
	"strings"
)

// SQLite finds what the schema of a file shows: views whose query does not work any more, which the
// catalog leaves out, and foreign keys that lead nowhere. There are no routines and no rights.
func SQLite(ctx context.Context, s *Subject) (list []Finding, err error) {
	type object struct{ schema, name, kind string }
	var objects []object
	for _, schema := range s.Snapshot.Schemas() {
		err := s.query(ctx, func(line []string) {
			objects = append(objects, object{schema, line[0], line[1]})
		}, `SELECT name, type FROM pragma_table_list
			WHERE schema = ? AND type IN ('table', 'view', 'virtual')
			AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`, schema)
		if err != nil {
			return nil, err
		}
	}
	for _, o := range objects {
		if s.Snapshot.Relation(o.schema, o.name) == nil {
			list = append(list, Finding{Served, Problem, o.schema + "." + o.name,
				"it cannot be read: " + s.reason(ctx, o.schema, o.name),
				"correct or drop the " + o.kind})
		}
	}
	for i := range s.Snapshot.Relations() {
		r := &s.Snapshot.Relations()[i]
		known := map[string]bool{}
		for _, k := range r.ForeignKeys {
			known[strings.Join(k.Columns, ", ")] = true
		}
		err := s.query(ctx, func(line []string) {
			if columns := line[1]; !known[columns] {
				list = append(list, Finding{Served, Problem, r.String(),
					"its foreign key (" + columns + ") leads to no unique columns of a table " + line[0] +
						", so that requests cannot embed by it and writes fail",
					"reference the primary key of a table that exists, or a UNIQUE column"})
			}
		}, `SELECT "table", group_concat("from", ', ') FROM (
				SELECT * FROM pragma_foreign_key_list(?, ?) ORDER BY id, seq) GROUP BY id, "table"`,
			r.Name, r.Schema)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// reason returns why a relation cannot be read.
func (s *Subject) reason(ctx context.Context, schema, name string) string {
	quote := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	err := s.query(ctx, func([]string) {}, "SELECT * FROM "+quote(schema)+"."+quote(name)+" LIMIT 0")
	if err == nil {
		return "its columns are not known"
	}
	return err.Error()
}
