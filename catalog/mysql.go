package catalog

import (
	"context"
	_ "embed" // for mysql.sql
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/row"
)

// LoadMySQL reads the functions and procedures of databases on MySQL or MariaDB that the connected
// user may call, and the tables and views of which it may use a column; without names, those of the
// connection's default database. It fails if a database does not exist, or if the user has no
// privilege in it. It runs two statements for each database, and keeps db for [Catalog.Reload].
//
// A view has no keys: the server does not say which columns of tables it shows. The Name of a
// column's type is json where MariaDB, which has no such type, checks the column to be JSON.
//
// The SQL of a type is that of the declaration, varchar(20), and its Name the same without lengths.
// What a procedure selects is not known: its Result has no Type, and its OUT and INOUT parameters
// as Columns.
//
// A routine that is declared READS SQL DATA is Stable, and one that is declared NO SQL and
// DETERMINISTIC is Immutable. All others are Volatile: CONTAINS SQL is the default and says
// nothing, and NO SQL alone may be as random as RAND(). The server trusts these declarations and
// does not check them (MySQL manual, CREATE PROCEDURE and CREATE FUNCTION statements).
func LoadMySQL(ctx context.Context, db Querier, databases ...string) (*Catalog, error) {
	names := make([]any, 0, max(1, len(databases)))
	for _, name := range databases {
		if !slices.Contains(names, any(name)) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = append(names, nil)
	}
	return load(ctx, MySQL, func(ctx context.Context) (content, error) {
		m := mysql{types: map[string]*Type{}, texts: texts{}}
		for _, name := range names {
			if err := m.load(ctx, db, name); err != nil {
				return content{}, err
			}
		}
		relations := withUniqueTargets(m.relations)
		return content{schemas: m.schemas, routines: m.routines, relations: relations}, nil
	})
}

// mysqlQuery has the name of the database, or NULL, as each of its three arguments.
//
//go:embed mysql.sql
var mysqlQuery string

// mysql is the state of one load.
type mysql struct {
	schemas   []string
	routines  []Routine
	relations []Relation
	types     map[string]*Type // by their SQL
	texts     texts
}

// load reads the routines of one database, the connection's default if name is nil.
func (m *mysql) load(ctx context.Context, db Querier, name any) error {
	type key struct {
		kind Kind // a function and a procedure may have the same name
		name string
	}
	at, found := map[key]int{}, false
	err := each(ctx, db, func(r row.Row) error {
		what, k := m.texts.get(r, "what"), key{name: m.texts.get(r, "name")}
		if what == "database" {
			found, m.schemas = true, append(m.schemas, k.name)
			return nil
		}
		if m.texts.get(r, "kind") == "PROCEDURE" {
			k.kind = Procedure
		}
		if what == "routine" {
			at[k] = len(m.routines)
			m.routines = append(m.routines, m.routine(r, k.kind))
		} else if i, ok := at[k]; ok { // false for a routine created in between
			m.addParam(r, &m.routines[i])
		}
		return nil
	}, mysqlQuery, name, name, name)
	switch {
	case err == nil && !found && name == nil:
		return errors.New("the connection has no database of its own: name one")
	case err == nil && !found:
		return fmt.Errorf("there is no database %q, or none in which the user has a privilege", name)
	}
	if err != nil {
		return err
	}
	return m.loadRelations(ctx, db, m.schemas[len(m.schemas)-1], name)
}

func (m *mysql) routine(r row.Row, kind Kind) Routine {
	deterministic := m.texts.get(r, "is_deterministic") == "YES"
	return Routine{
		Schema:     m.texts.get(r, "db"),
		Name:       m.texts.get(r, "name"),
		Kind:       kind,
		Volatility: mysqlVolatility(m.texts.get(r, "access"), deterministic),
		Comment:    r.Get("comment").String(),
	}
}

// mysqlVolatility returns what the characteristics of a routine promise, by the rules of LoadMySQL.
func mysqlVolatility(access string, deterministic bool) Volatility {
	switch {
	case access == "READS SQL DATA":
		return Stable
	case access == "NO SQL" && deterministic:
		return Immutable
	}
	return Volatile
}

// addParam adds a parameter, or the result of a function, which has the position 0.
func (m *mysql) addParam(r row.Row, routine *Routine) {
	p := Param{Name: m.texts.get(r, "param"), Type: m.typeOf(r)}
	if m.texts.get(r, "what") == "result" {
		routine.Result.Type = p.Type
		return
	}
	switch m.texts.get(r, "mode") {
	case "OUT":
		p.Mode = Out
	case "INOUT":
		p.Mode = InOut
	}
	if p.Mode != In {
		routine.Result.Columns = append(routine.Result.Columns, Column{Name: p.Name, Type: p.Type})
	}
	routine.Params = append(routine.Params, p)
}

func (m *mysql) typeOf(r row.Row) *Type {
	return m.typeNamed(m.texts.get(r, "type_name"), m.texts.get(r, "type_sql"))
}

func (m *mysql) typeNamed(name, sql string) *Type {
	t := m.types[sql]
	if t == nil {
		t = &Type{Name: name, SQL: sql}
		if t.Name == "enum" {
			t.Kind, t.Labels = Enum, mysqlLabels(sql)
		}
		m.types[sql] = t
	}
	return t
}

// mysqlLabels returns the words of enum('a','it”s').
func mysqlLabels(sql string) (labels []string) {
	list := strings.TrimSuffix(strings.TrimPrefix(sql, "enum("), ")")
	for len(list) > 1 && list[0] == '\'' {
		end := 1
		for end < len(list) && (list[end] != '\'' || strings.HasPrefix(list[end:], "''")) {
			if list[end] == '\'' {
				end++
			}
			end++
		}
		if end >= len(list) {
			return nil // not as the server writes it
		}
		labels = append(labels, strings.ReplaceAll(list[1:end], "''", "'"))
		list = strings.TrimPrefix(list[end+1:], ",")
	}
	return labels
}
