package catalog

import (
	"context"
	_ "embed" // for mysql_relations.sql
	"slices"
	"strings"

	"github.com/moresql/moresql/row"
)

// mysqlRelations has the name of the database, or NULL, as each of its arguments.
//
//go:embed mysql_relations.sql
var mysqlRelations string

// A mysqlRelation is a relation while it is read.
type mysqlRelation struct {
	*Relation
	updatable bool
	indexes   map[string][]string // the columns of those without duplicates, nil for none of its own
}

// loadRelations reads the relations of one database, as load does its routines.
func (m *mysql) loadRelations(ctx context.Context, db Querier, schema string, name any) error {
	var list []*mysqlRelation
	all := map[string]*mysqlRelation{}
	args := slices.Repeat([]any{name}, strings.Count(mysqlRelations, "?"))
	err := each(ctx, db, func(r row.Row) error {
		what, name := m.texts.get(r, "what"), m.texts.get(r, "name")
		if what == "relation" {
			all[name] = m.newRelation(r, schema, name)
			list = append(list, all[name])
			return nil
		}
		if what == "right" { // of a table, or of all
			for _, to := range list {
				if (name == "" || name == to.Name) && to.updatable {
					to.Rights |= MayDelete
				}
			}
			return nil
		}
		if to := all[name]; to != nil { // nil for one that was created in between
			m.addToRelation(r, what, to)
		}
		return nil
	}, mysqlRelations, args...)
	if err != nil {
		return err
	}
	for _, r := range list {
		r.addIndexes()
		m.relations = append(m.relations, *r.Relation)
	}
	return nil
}

func (m *mysql) newRelation(r row.Row, schema, name string) *mysqlRelation {
	relation := &Relation{Schema: schema, Name: name, Comment: r.Get("comment").String()}
	if strings.HasSuffix(m.texts.get(r, "kind"), "VIEW") {
		relation.Kind = View
		relation.Comment = "" // the server says VIEW
	}
	return &mysqlRelation{relation, m.texts.get(r, "extra") == "YES", map[string][]string{}}
}

// addToRelation adds a column, one of a key or an index, or what a column is checked for.
func (m *mysql) addToRelation(r row.Row, what string, to *mysqlRelation) {
	item := m.texts.get(r, "item")
	switch what {
	case "column":
		m.addColumn(r, item, to)
	case "key":
		m.addForeignKey(r, item, to.Relation)
	case "index":
		name, extra := m.texts.get(r, "kind"), m.texts.get(r, "extra")
		if _, ok := to.indexes[name]; item == "" || extra != "" || ok && to.indexes[name] == nil {
			to.indexes[name] = nil // of an expression, or of the beginning of a column
		} else {
			to.indexes[name] = append(to.indexes[name], item)
		}
	case "json":
		check := m.texts.get(r, "extra")
		for i := range to.Columns {
			if c := &to.Columns[i]; check == jsonCheck(c.Name, "`") || check == jsonCheck(c.Name, `"`) {
				c.Type = m.typeNamed("json", "json")
			}
		}
	}
}

// jsonCheck returns the condition that MariaDB makes of the type JSON. It quotes the name as the
// mode of the session has it.
func jsonCheck(column, quote string) string {
	return "json_valid(" + quote + strings.ReplaceAll(column, quote, quote+quote) + quote + ")"
}

func (m *mysql) addColumn(r row.Row, name string, to *mysqlRelation) {
	extra := strings.ToUpper(m.texts.get(r, "extra"))
	a := Attribute{
		Column:    Column{Name: name, Type: m.typeOf(r)},
		Nullable:  m.texts.get(r, "nullable") == "YES",
		Default:   m.texts.get(r, "default_sql"),
		Identity:  strings.Contains(extra, "AUTO_INCREMENT"),
		Generated: strings.Contains(extra, " GENERATED") && !strings.Contains(extra, "DEFAULT_GENERATED"),
		Comment:   r.Get("comment").String(),
	}
	if a.Default == "NULL" {
		a.Default = ""
	}
	for privilege := range strings.SplitSeq(m.texts.get(r, "may"), ",") {
		switch {
		case privilege == "select":
			to.Rights |= MaySelect
		case !to.updatable:
		case privilege == "insert":
			to.Rights |= MayInsert
		case privilege == "update":
			to.Rights |= MayUpdate
		}
	}
	if to.updatable && !a.Generated {
		a.Settable = MayInsert | MayUpdate
	}
	to.Columns = append(to.Columns, a)
}

// addForeignKey adds a column of a foreign key.
func (m *mysql) addForeignKey(r row.Row, column string, to *Relation) {
	name, references := m.texts.get(r, "kind"), m.texts.get(r, "to_column")
	i := slices.IndexFunc(to.ForeignKeys, func(k ForeignKey) bool { return k.Name == name })
	if i < 0 {
		i = len(to.ForeignKeys)
		to.ForeignKeys = append(to.ForeignKeys, ForeignKey{
			Name: name, Schema: m.texts.get(r, "to_db"), Relation: m.texts.get(r, "to_name"),
		})
	}
	k := &to.ForeignKeys[i]
	k.Columns, k.References = append(k.Columns, column), append(k.References, references)
}

// addIndexes makes keys of the indexes without duplicates.
func (r *mysqlRelation) addIndexes() {
	names := make([]string, 0, len(r.indexes))
	for name := range r.indexes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch columns := r.indexes[name]; {
		case columns == nil:
			r.PartlyUnique = true
		case name == "PRIMARY":
			r.PrimaryKey = columns
		default:
			r.Unique = append(r.Unique, columns)
		}
	}
	slices.SortStableFunc(r.ForeignKeys, compareForeignKeys)
}
