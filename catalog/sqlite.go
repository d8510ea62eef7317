package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/row"
)

// LoadSQLite reads the tables and views of databases that a connection of SQLite has attached;
// without names, those of main, which is the file that was opened. SQLite has no routines. A
// database that is not attached is an error. It runs a few statements for each relation, and keeps
// db for [Catalog.Reload].
//
// The Name and the SQL of a type are the declared ones, as SQLite spells them: NUMERIC(6,2), and ""
// for a column without. A foreign key is named as PostgreSQL would name it, films_director_id_fkey,
// since SQLite does not say. A view has no keys, and can only be read unless it has triggers
// INSTEAD OF statements. Left out are SQLite's own tables, those that virtual ones keep their rows
// in, and a view whose query is not valid any more.
func LoadSQLite(ctx context.Context, db Querier, databases ...string) (*Catalog, error) {
	if len(databases) == 0 {
		databases = []string{"main"}
	}
	names := slices.Compact(slices.Clone(databases))
	return load(ctx, SQLite, func(ctx context.Context) (content, error) {
		s := sqlite{db: db, types: map[typeName]*Type{}, texts: texts{}}
		for _, name := range names {
			if err := s.load(ctx, name); err != nil {
				return content{}, err
			}
		}
		return content{schemas: names, relations: withUniqueTargets(s.relations)}, nil
	})
}

// SQLite documentation, PRAGMA Statements: table_list, table_xinfo, index_list, index_xinfo and
// foreign_key_list as table-valued functions, which take names as arguments.
const (
	sqliteDatabase  = `SELECT 1 FROM pragma_database_list WHERE name = ?`
	sqliteRelations = `SELECT name, type, wr, strict FROM pragma_table_list
		WHERE schema = ? AND type IN ('table', 'view', 'virtual')
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`
	sqliteColumns = `SELECT name, type, "notnull", dflt_value, pk, hidden
		FROM pragma_table_xinfo(?, ?) ORDER BY cid`
	sqliteIndexes = `SELECT l.seq, c.name FROM pragma_index_list(?, ?) AS l,
		pragma_index_xinfo(l.name, ?) AS c
		WHERE l."unique" AND NOT l.partial AND l.origin <> 'pk' AND c.key ORDER BY l.seq, c.seqno`
	sqliteTriggers = `.sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE`
	sqliteKeys     = `SELECT id, "table", "from", coalesce("to", '') AS "to"
		FROM pragma_foreign_key_list(?, ?) ORDER BY id, seq`
)

// sqlite is the state of one load.
type sqlite struct {
	db        Querier
	relations []Relation
	types     map[typeName]*Type
	texts     texts
	strict    bool // the relation is a STRICT table
}

// A typeName is a type as a table declares it.
type typeName struct {
	declared string
	strict   bool
}

// load reads the relations of one database.
func (s *sqlite) load(ctx context.Context, database string) error {
	found := false
	err := each(ctx, s.db, func(row.Row) error { found = true; return nil }, sqliteDatabase, database)
	if err == nil && !found {
		return fmt.Errorf("no database %q is attached: the file that was opened is main", database)
	}
	first := len(s.relations)
	rowids, strict := map[string]bool{}, map[string]bool{} // which tables have them, and are STRICT
	if err == nil {
		err = each(ctx, s.db, func(r row.Row) error {
			relation := Relation{Schema: database, Name: s.texts.get(r, "name"), Rights: MaySelect}
			switch s.texts.get(r, "type") {
			case "view":
				relation.Kind = View
			case "table":
				relation.Rights |= MayInsert | MayUpdate | MayDelete
				rowids[relation.Name] = r.Get("wr").Int() == 0
				strict[relation.Name] = r.Get("strict").Int() == 1
			}
			s.relations = append(s.relations, relation)
			return nil
		}, sqliteRelations, database)
	}
	if err != nil {
		return err
	}
	list := s.relations[first:]
	for i := range list {
		s.strict = strict[list[i].Name]
		if err := s.loadRelation(ctx, &list[i], rowids[list[i].Name]); err != nil && ctx.Err() != nil {
			return err
		}
	}
	list = slices.DeleteFunc(list, func(r Relation) bool { return r.Columns == nil })
	s.relations = s.relations[:first+len(list)]
	for i := range list {
		nameTargets(&list[i], list)
	}
	return nil
}

// loadRelation reads the columns and keys of a relation.
func (s *sqlite) loadRelation(ctx context.Context, to *Relation, rowid bool) error {
	err := s.loadColumns(ctx, to, rowid)
	if err == nil && to.Kind == View {
		return s.loadTriggers(ctx, to)
	}
	if err != nil {
		return err
	}
	last := int64(-1)
	broken := map[int]bool{} // the indexes of an expression
	err = each(ctx, s.db, func(r row.Row) error {
		if seq := r.Get("seq").Int(); seq != last || to.Unique == nil {
			last, to.Unique = seq, append(to.Unique, nil)
		}
		i := len(to.Unique) - 1
		to.Unique[i] = append(to.Unique[i], s.texts.get(r, "name"))
		broken[i] = broken[i] || r.Get("name").IsNull()
		return nil
	}, sqliteIndexes, to.Name, to.Schema, to.Schema)
	if err != nil {
		return err
	}
	for i := len(to.Unique) - 1; i >= 0; i-- {
		if broken[i] {
			to.Unique = slices.Delete(to.Unique, i, i+1)
		}
	}
	last = -1
	return each(ctx, s.db, func(r row.Row) error {
		if id := r.Get("id").Int(); id != last || to.ForeignKeys == nil {
			last = id
			to.ForeignKeys = append(to.ForeignKeys, ForeignKey{
				Schema: to.Schema, Relation: s.texts.get(r, "table"),
			})
		}
		k := &to.ForeignKeys[len(to.ForeignKeys)-1]
		k.Columns = append(k.Columns, s.texts.get(r, "from"))
		k.References = append(k.References, s.texts.get(r, "to"))
		return nil
	}, sqliteKeys, to.Name, to.Schema)
}

// loadColumns reads the columns of a relation, and its primary key.
func (s *sqlite) loadColumns(ctx context.Context, to *Relation, rowid bool) error {
	key := map[int64]string{}
	err := each(ctx, s.db, func(r row.Row) error {
		hidden := r.Get("hidden").Int()
		if hidden == 1 { // an argument of a virtual table
			return nil
		}
		a := Attribute{
			Column:    Column{Name: s.texts.get(r, "name"), Type: s.typeOf(s.texts.get(r, "type"))},
			Nullable:  r.Get("notnull").Int() == 0,
			Default:   s.texts.get(r, "dflt_value"),
			Generated: hidden > 1,
		}
		if !a.Generated {
			a.Settable = to.Rights & (MayInsert | MayUpdate)
		}
		if n := r.Get("pk").Int(); n > 0 {
			key[n] = a.Name
		}
		to.Columns = append(to.Columns, a)
		return nil
	}, sqliteColumns, to.Name, to.Schema)
	for n := range int64(len(key)) {
		to.PrimaryKey = append(to.PrimaryKey, key[n+1])
	}
	if len(to.PrimaryKey) == 1 && rowid { // an INTEGER PRIMARY KEY is the rowid, which is made up
		id := to.Column(to.PrimaryKey[0])
		id.Identity = strings.EqualFold(id.Type.String(), "INTEGER")
		id.Nullable = id.Nullable && !id.Identity
	}
	return err
}

// loadTriggers gives a view the rights to the statements that SQLite compiles, in whose place
// triggers run. One for an UPDATE may be for some columns only.
func (s *sqlite) loadTriggers(ctx context.Context, to *Relation) error {
	found := false
	err := each(ctx, s.db, func(row.Row) error { found = true; return nil },
		"SELECT 1 FROM "+quoted(to.Schema)+sqliteTriggers, to.Name)
	if err != nil || !found {
		return err
	}
	view := quoted(to.Schema) + "." + quoted(to.Name)
	compiles := func(text string) bool {
		return each(ctx, s.db, func(row.Row) error { return nil }, "EXPLAIN "+text) == nil
	}
	if compiles("DELETE FROM " + view) {
		to.Rights |= MayDelete
	}
	inserts := compiles("INSERT INTO " + view + " DEFAULT VALUES")
	for i := range to.Columns {
		a := &to.Columns[i]
		if inserts {
			a.Settable |= MayInsert
		}
		if compiles("UPDATE " + view + " SET " + quoted(a.Name) + " = NULL") {
			a.Settable |= MayUpdate
		}
		to.Rights |= a.Settable
	}
	return ctx.Err()
}

// quoted returns a name as SQL.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// typeOf returns a declared type.
func (s *sqlite) typeOf(declared string) *Type {
	name := typeName{declared, s.strict}
	t := s.types[name]
	if t == nil {
		t = &Type{Name: declared, SQL: declared, Strict: s.strict}
		s.types[name] = t
	}
	return t
}

// nameTargets completes the foreign keys of a relation: names are found without regard to case, a
// key that names no columns refers to the primary key, and each gets a name.
func nameTargets(r *Relation, all []Relation) {
	for i := range r.ForeignKeys {
		k := &r.ForeignKeys[i]
		for j := range k.Columns {
			k.Columns[j] = r.spelled(k.Columns[j])
		}
		at := slices.IndexFunc(all, func(to Relation) bool {
			return strings.EqualFold(to.Name, k.Relation)
		})
		if at < 0 {
			continue
		}
		to := &all[at]
		k.Relation = to.Name
		if !slices.ContainsFunc(k.References, func(c string) bool { return c != "" }) &&
			len(to.PrimaryKey) == len(k.Columns) {
			k.References = to.PrimaryKey
		}
		for j := range k.References {
			k.References[j] = to.spelled(k.References[j])
		}
		name := r.Name + "_" + strings.Join(k.Columns, "_") + "_fkey"
		k.Name = name
		for n := 1; slices.ContainsFunc(r.ForeignKeys[:i], func(f ForeignKey) bool {
			return f.Name == k.Name
		}); n++ {
			k.Name = fmt.Sprint(name, n)
		}
	}
	slices.SortStableFunc(r.ForeignKeys, compareForeignKeys)
}

// spelled returns the name of a column as its relation spells it.
func (r *Relation) spelled(name string) string {
	for i := range r.Columns {
		if strings.EqualFold(r.Columns[i].Name, name) {
			return r.Columns[i].Name
		}
	}
	return name
}
