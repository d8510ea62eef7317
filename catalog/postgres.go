package catalog

import (
	"context"
	_ "embed" // for postgres.sql
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/row"
)

// Load reads the functions, procedures, tables and views of PostgreSQL schemas, named as the
// database spells them, unquoted; without names, those of current_schema(). It fails if a schema
// does not exist. It keeps db for [Catalog.Reload].
//
// The catalog has the routines that some role of the login may execute, and the relations that it
// may read or change, in schemas that this role may use: the role that is connected, and each that
// it may take by SET ROLE, as a session does. So a login without rights of its own (NOINHERIT) sees
// what its members may call, and the server refuses what the role of a call may not. Aggregates,
// window and trigger functions are left out, and so are those that only the server can call: with a
// parameter of type internal, or a handler as result.
//
// Load runs one statement. A second one could see another state, as after a migration that replaces
// a type and the functions that use it.
func Load(ctx context.Context, db Querier, schemas ...string) (*Catalog, error) {
	list := arrayText(schemas)
	return load(ctx, PostgreSQL, func(ctx context.Context) (content, error) {
		return loadPostgres(ctx, db, list, nil)
	})
}

// LoadNamed is [Load] of the routines and relations that have a name, unquoted, and of what such a
// view shows, for a program that needs no others: the time it takes does not grow with these.
// Foreign keys that lead to them are left out.
func LoadNamed(
	ctx context.Context, db Querier, name string, schemas ...string,
) (*Catalog, error) {
	list := arrayText(schemas)
	return load(ctx, PostgreSQL, func(ctx context.Context) (content, error) {
		return loadPostgres(ctx, db, list, name)
	})
}

// arrayText returns the text of a text[] (PostgreSQL manual, section 8.15.6), which every driver
// takes as a string.
func arrayText(list []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + escape.Replace(s) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

//go:embed postgres.sql
var postgresQuery string

// postgres is the state of one load.
type postgres struct {
	schemas   []string
	routines  []Routine
	relations []*pgRelation
	types     map[uint32]*Type
	texts     texts
}

// loadPostgres reads what has a name, or everything if that is nil.
func loadPostgres(
	ctx context.Context, db Querier, schemas string, name any,
) (content, error) {
	p := postgres{types: map[uint32]*Type{}, texts: texts{}}
	err := each(ctx, db, func(r row.Row) error {
		switch what := p.texts.get(r, "what"); what {
		case "missing":
			if r.Get("schema").IsNull() {
				return errors.New("there is no current schema: name one, or set search_path")
			}
			return fmt.Errorf("there is no schema %q", r.Get("schema"))
		case "schema":
			p.schemas = append(p.schemas, p.texts.get(r, "schema"))
			return nil
		case "relation":
			return p.addRelation(r)
		case "function":
			return p.addRoutine(r, Function)
		case "procedure":
			return p.addRoutine(r, Procedure)
		default:
			return p.addType(r, TypeKind(slices.Index(typeKinds, what)))
		}
	}, postgresQuery, schemas, name)
	if err != nil {
		return content{}, err
	}
	for oid, t := range p.types {
		if t.SQL == "" {
			return content{}, fmt.Errorf("the type with the OID %d is not in pg_type", oid)
		}
	}
	for i := range p.routines { // the fields of composites are known now
		result := &p.routines[i].Result
		if t := result.Type.Underlying(); t.Kind == Composite {
			result.Columns = t.Fields
		}
	}
	// Without spare capacity.
	return content{p.schemas, slices.Clone(p.routines), slices.Clone(p.served())}, nil
}

// typeOf returns the type with an OID, whose row may not have been read yet; nil for 0.
func (p *postgres) typeOf(oid int64) *Type {
	if oid == 0 {
		return nil
	}
	t := p.types[uint32(oid)]
	if t == nil {
		t = &Type{OID: uint32(oid)}
		p.types[t.OID] = t
	}
	return t
}

// columns returns the fields of a composite type or the parameters of a routine. The list of names
// is NULL if no parameter has one.
func (p *postgres) columns(r row.Row) ([]Column, error) {
	var list []Column
	var err error
	if v := r.Get("types"); !v.IsNull() {
		_, err = v.List(func(v row.Value) any {
			list = append(list, Column{Type: p.typeOf(v.Int())})
			return nil
		})
	}
	if v := r.Get("names"); !v.IsNull() && err == nil {
		n := 0
		_, err = v.List(func(v row.Value) any {
			if n < len(list) {
				list[n].Name = p.texts.of(v)
			}
			n++
			return nil
		})
		if err == nil && n != len(list) {
			err = fmt.Errorf("%d names for %d types", n, len(list))
		}
	}
	if slices.ContainsFunc(list, func(c Column) bool { return c.Type == nil }) {
		err = errors.New("a type without an OID")
	}
	if err != nil {
		return nil, fmt.Errorf("%s.%s: %w", r.Get("schema"), r.Get("name"), err)
	}
	return slices.Clip(list), nil
}

// list returns the texts of an array, nil for NULL and without elements; err if that is set.
func (p *postgres) list(r row.Row, column string, err error) (list []string, _ error) {
	v := r.Get(column)
	if err != nil || v.IsNull() {
		return nil, err
	}
	_, err = v.List(func(v row.Value) any {
		list = append(list, p.texts.of(v))
		return nil
	})
	return slices.Clip(list), err
}

func (p *postgres) addType(r row.Row, kind TypeKind) error {
	t := p.typeOf(r.Get("oid").Int())
	delim := r.Get("delim").Raw()
	if t == nil || kind > Pseudo || len(delim) != 1 {
		return fmt.Errorf("cannot read the type %s.%s", r.Get("schema"), r.Get("name"))
	}
	t.Kind, t.Delim, t.ToJSON = kind, delim[0], r.Get("to_json").Bool()
	t.Schema, t.Name, t.SQL = p.texts.get(r, "schema"), p.texts.get(r, "name"), p.texts.get(r, "sql")
	if v := r.Get("relation"); !v.IsNull() {
		if err := json.Unmarshal(v.Raw(), &t.Representation); err != nil {
			return fmt.Errorf("cannot read the casts of %s: %w", t, err)
		}
	}
	switch kind {
	case Array:
		t.Elem = p.typeOf(r.Get("type").Int())
	case Domain:
		t.Base = p.typeOf(r.Get("type").Int())
	}
	if kind == Array && t.Elem == nil || kind == Domain && t.Base == nil {
		return fmt.Errorf("the %v %s has no type inside", kind, t)
	}
	fields, err := p.columns(r)
	if kind == Composite && fields == nil {
		fields = []Column{} // CREATE TYPE t AS () is an object too
	}
	t.Fields = fields
	if kind == Enum {
		t.Labels, err = p.list(r, "labels", err)
	}
	if kind == Domain {
		t.Declared, t.NotNull = p.texts.get(r, "declared"), r.Get("not_null").Bool()
		t.Checks, err = p.list(r, "checks", err)
	}
	t.Comment = r.Get("comment").String()
	return err
}

func (p *postgres) addRoutine(r row.Row, kind Kind) error {
	all, err := p.columns(r)
	if err != nil {
		return err
	}
	written, err := p.list(r, "default_sql", nil)
	if err != nil {
		return err
	}
	routine := Routine{
		OID:     uint32(r.Get("oid").Int()),
		Schema:  p.texts.get(r, "schema"),
		Name:    p.texts.get(r, "name"),
		Kind:    kind,
		Strict:  r.Get("strict").Bool(),
		Result:  Result{Type: p.typeOf(r.Get("type").Int()), Set: r.Get("set").Bool()},
		Comment: r.Get("comment").String(),
	}
	switch string(r.Get("volatility").Raw()) {
	case "s":
		routine.Volatility = Stable
	case "i":
		routine.Volatility = Immutable
	}
	modes := r.Get("modes").Raw() // nil if all are In
	if routine.Result.Type == nil || modes != nil && len(modes) != len(all) {
		return fmt.Errorf("cannot read the routine %s.%s", r.Get("schema"), r.Get("name"))
	}
	if len(all) > 0 {
		routine.Params = make([]Param, 0, len(all))
	}
	for i, c := range all {
		mode, result := In, false
		if modes != nil {
			mode, result = modeOf(modes[i])
		}
		if result {
			routine.Result.Columns = append(routine.Result.Columns, c)
		}
		if modes == nil || modes[i] != 't' {
			param := Param{Name: c.Name, Type: c.Type, Mode: mode}
			if i < len(written) {
				param.DefaultSQL = written[i]
			}
			routine.Params = append(routine.Params, param)
		}
	}
	routine.nameColumns()
	defaults := r.Get("defaults").Int() // the number of the last input parameters that have one
	for i := len(routine.Params) - 1; i >= 0 && defaults > 0; i-- {
		if p := &routine.Params[i]; p.Mode != Out {
			p.Default = true
			defaults--
		}
	}
	p.routines = append(p.routines, routine)
	return nil
}

// modeOf returns the mode for a character of proargmodes, and whether it makes a column of the
// result. For t, a column of TABLE (…), which is no parameter, the mode has no meaning.
func modeOf(mode byte) (m Mode, result bool) {
	switch mode {
	case 'o':
		return Out, true
	case 'b':
		return InOut, true
	case 'v':
		return Variadic, false
	}
	return In, mode == 't'
}

// nameColumns names the columns of unnamed OUT parameters as PostgreSQL does: column2, by their
// position (build_function_result_tupdesc_d in src/backend/utils/fmgr/funcapi.c), except
// the only one of a function, which is a scalar with the name of the function.
func (r *Routine) nameColumns() {
	columns := slices.Clip(r.Result.Columns)
	r.Result.Columns = columns
	for i := range columns {
		switch {
		case columns[i].Name != "":
		case len(columns) == 1 && r.Kind == Function:
			columns[i].Name = r.Name
		default:
			columns[i].Name = fmt.Sprintf("column%d", i+1)
		}
	}
}
