package importer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/naming"
)

// A target is a table or a routine.
type target struct {
	name     string // for people
	system   *system
	relation *catalog.Relation
	routine  *catalog.Routine
	table    string   // as SQL
	staged   bool     // rows are staged and then inserted, since they cannot be copied
	checkNow []string // checks constraints before the commit, for the rows that one refuses
}

// target finds what the import goes into.
func (im *Import) target(ctx context.Context) (*target, error) {
	if im.Catalog == nil || im.Catalog.Database() == "" {
		return nil, errors.New("the sample of moresql itself takes no import: name a database in the " +
			"environment variable MORESQL_DATABASE_URI")
	}
	s := systems[im.Catalog.Database()]
	if s == nil {
		return nil, errors.New("import is for PostgreSQL, MySQL, MariaDB and SQLite")
	}
	switch {
	case (im.Into == "") == (im.Call == ""):
		return nil, errors.New("name either a table with -into or a routine with -call")
	case im.Call != "":
		return im.findRoutine(s)
	}
	schema, name := naming.Split(im.Into)
	r := im.Catalog.Relation(schema, name)
	if r == nil {
		var all []string
		for _, r := range im.Catalog.Relations() {
			all = append(all, r.Name)
		}
		return nil, fmt.Errorf("there is no table %s%s", im.Into, im.perhaps(name, all, "there are "))
	}
	if !r.Rights.May(catalog.MayInsert) {
		if r.Kind == catalog.View {
			return nil, fmt.Errorf("%s is a view that takes no rows, or none of the login's", r)
		}
		return nil, fmt.Errorf(s.closed, r)
	}
	t := &target{
		name: im.Into, system: s, relation: r,
		table: s.ident(r.Schema) + "." + s.ident(r.Name),
	}
	if err := im.checkKey(r); err != nil {
		return nil, err
	}
	err := im.checkEngine(ctx, t)
	if err != nil {
		return nil, err
	}
	t.staged, err = im.mustStage(ctx, t)
	return t, err
}

// checkEngine refuses a table in which nothing could be undone: not a row that fails, nor what a
// dry run has written, nor a batch whose position has not been kept.
func (im *Import) checkEngine(ctx context.Context, t *target) error {
	if t.system.engine == "" {
		return nil
	}
	var engine string
	err := im.Database.QueryRowContext(ctx, t.system.engine, t.relation.Schema,
		t.relation.Name).Scan(&engine)
	switch err {
	case nil:
		return fmt.Errorf("%s is of the engine %s, which has no transactions, so that nothing could be "+
			"undone: ALTER TABLE %s ENGINE=InnoDB", t.name, engine, t.table)
	case sql.ErrNoRows:
		return nil
	}
	return err
}

// checkKey reports whether the key is one of the table's.
func (im *Import) checkKey(r *catalog.Relation) error {
	if len(im.Key) == 0 {
		if im.Existing != "" && im.Existing != Fail {
			return fmt.Errorf("-existing %s needs the columns by which a row is found: add -key%s",
				im.Existing, im.hint(r))
		}
		return nil
	}
	for i, name := range im.Key {
		if r.Column(name) == nil {
			return fmt.Errorf("-key names the column %q, which %s does not have%s", name, r.Name,
				im.hint(r))
		}
		if slices.Contains(im.Key[:i], name) {
			return fmt.Errorf("-key names the column %q twice", name)
		}
	}
	for _, key := range append([][]string{r.PrimaryKey}, r.Unique...) {
		if len(key) == len(im.Key) && !slices.ContainsFunc(key, func(c string) bool {
			return !slices.Contains(im.Key, c)
		}) {
			return nil
		}
	}
	return fmt.Errorf("%s may have several rows with the same %s: -key must be a primary key or a "+
		"unique constraint%s", r.Name, strings.Join(im.Key, ", "), im.hint(r))
}

// hint names the keys that a table has.
func (im *Import) hint(r *catalog.Relation) string {
	var keys []string
	for _, key := range append([][]string{r.PrimaryKey}, r.Unique...) {
		if len(key) > 0 {
			keys = append(keys, strings.Join(key, ","))
		}
	}
	if len(keys) == 0 {
		return ", and it has none"
	}
	return ", as in -key " + strings.Join(keys, " or -key ")
}

// mustStage reports whether rows cannot be copied into a relation: a view, and a table of
// PostgreSQL with policies for the role, with rules, which COPY does not see, or whose rows refer
// to others that may come later.
func (im *Import) mustStage(ctx context.Context, t *target) (bool, error) {
	switch t.relation.Kind {
	case catalog.View:
		return true, nil
	case catalog.MaterializedView:
		return false, fmt.Errorf("%s is a materialized view, which takes no rows", t.name)
	}
	if !t.system.judges {
		return false, nil
	}
	var must bool
	err := im.Database.QueryRowContext(ctx, "SELECT row_security_active($1::text::regclass) OR "+
		"EXISTS (SELECT 1 FROM pg_rewrite WHERE ev_class = $1::text::regclass AND ev_type = '3') OR "+
		"EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'f' AND NOT condeferred AND "+
		"conrelid = $1::text::regclass AND confrelid = conrelid)", t.table).Scan(&must)
	return must, err
}

// findDeferred finds out whether constraints have to be checked before the commit, since the rows
// that they refuse are to go to a file. Rows for a table are then staged: one may refer to a later
// one, and so all are there before any is checked.
func (im *Import) findDeferred(ctx context.Context, t *target) error {
	if im.Rejects == nil || t.system.deferred == "" {
		return nil
	}
	var deferred bool
	var others sql.NullString
	table := sql.NullString{String: t.table, Valid: t.routine == nil}
	err := im.Database.QueryRowContext(ctx, t.system.deferred, table, im.Existing == Update).
		Scan(&deferred, &others)
	if err != nil || !deferred {
		return err
	}
	t.staged = t.staged || t.routine == nil
	t.checkNow = []string{"SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"}
	if others.Valid {
		t.checkNow = append(t.checkNow, "SET CONSTRAINTS "+others.String+" IMMEDIATE")
	}
	return nil
}

// deferredPostgres looks at the constraints of a table alone where no other can be written to: by
// a trigger, a rule, the action of a foreign key, or since it is a view or has partitions. Whoever
// may not stage rows learns of the constraints at the commit. Names that one in force at the commit
// has as well count as its.
const deferredPostgres = `SELECT EXISTS (
		SELECT 1 FROM pg_trigger AS d LEFT JOIN pg_class AS c ON c.oid = $1::text::regclass
		WHERE tginitdeferred AND (c.oid IS NULL OR has_database_privilege(current_database(), 'TEMP') AND
			(tgrelid = c.oid AND (tgtype & 4 <> 0 OR $2)
			OR relkind NOT IN ('r', 'f') OR relhasrules OR relhassubclass
			OR EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)
			OR $2 AND EXISTS (
				SELECT 1 FROM pg_constraint WHERE confrelid = c.oid AND confupdtype NOT IN ('a', 'r'))))),
	(SELECT string_agg(name, ', ') FROM (
		SELECT format('%I.%I', nspname, conname)
		FROM pg_constraint JOIN pg_namespace AS n ON n.oid = connamespace
		WHERE has_schema_privilege(n.oid, 'USAGE') AND NOT pg_is_other_temp_schema(n.oid)
		GROUP BY 1 HAVING bool_or(condeferrable) AND NOT bool_or(condeferred)) AS other (name))`

// findRoutine finds the routine to call.
func (im *Import) findRoutine(s *system) (*target, error) {
	if len(im.Key) > 0 || im.Existing != "" {
		return nil, errors.New("-key and -existing are for a table: a routine decides by itself")
	}
	schema, name := naming.Split(im.Call)
	found := im.Catalog.Lookup(schema, name)
	if schema == "" {
		found = im.Catalog.Named(name)
	}
	switch len(found) {
	case 0:
		var all []string
		for _, r := range im.Catalog.Routines() {
			all = append(all, r.Name)
		}
		return nil, fmt.Errorf("there is no routine %s%s", im.Call, im.perhaps(name, all, "there are "))
	case 1:
		if s.caller(found[0].Kind) == nil {
			return nil, fmt.Errorf("%s is a function, and import calls procedures of MySQL and MariaDB "+
				"alone: call it with moresql call -each", im.Call)
		}
		return &target{name: im.Call, system: s, routine: &found[0]}, nil
	}
	return nil, fmt.Errorf("%s is the name of %d routines: import calls one that is not overloaded",
		im.Call, len(found))
}

// missing returns the first parameter that needs a value and is none of some columns, or "".
func (t *target) missing(columns []*column) string {
	for _, p := range t.routine.Params {
		if p.Mode != catalog.Out && !p.Default && indexOf(columns, p.Name) < 0 {
			return p.Name
		}
	}
	return ""
}

// candidates returns the columns of the table, or the parameters of the routine.
func (t *target) candidates() []candidate {
	var list []candidate
	if t.routine != nil {
		list = parametersOf(*t.routine)
	} else {
		list = candidatesOf(t.relation)
	}
	for i := range list {
		list[i].checker = t.system.check(list[i].typ, list[i].declared)
	}
	return list
}
