package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/row"
)

// LoadFirebird reads the procedures and functions of Firebird 3 that the connected user may
// execute: those of packages, and without names those that are in none, whose Schema is "". A
// package that does not exist is an error. The connections of db must be those of drivers/firebird.
// It runs three statements, and keeps db for [Catalog.Reload].
//
// A selectable procedure is a Function that returns a Set, whose Columns are its OUT parameters. An
// executable one is a Procedure with these as Columns, and a stored function a Function with a
// Type. All are Volatile, since none is declared to read only. Names are in upper case unless they
// were quoted when the routine was created.
func LoadFirebird(ctx context.Context, db Querier, packages ...string) (*Catalog, error) {
	names := slices.Clone(packages)
	if len(names) == 0 {
		names = []string{""}
	}
	return load(ctx, Firebird, func(ctx context.Context) (content, error) {
		f := firebird{
			db: db, schemas: names, at: map[firebirdKey]int{}, types: map[string]*Type{}, texts: texts{},
		}
		err := f.load(ctx)
		return content{schemas: f.schemas, routines: f.routines}, err
	})
}

// Firebird 3 "Language Reference", appendix D. A package may have private routines. The object
// types of the rights are 5 for procedures, 15 for functions and 18 for packages.
const (
	firebirdPackages = `SELECT trim(RDB$PACKAGE_NAME) AS pkg FROM RDB$PACKAGES`

	firebirdRoutines = `SELECT trim(coalesce(r.pkg, '')) AS pkg, trim(r.name) AS name, r.kind, r.about
		FROM (
			SELECT RDB$PACKAGE_NAME AS pkg, RDB$PROCEDURE_NAME AS name, 5 AS object, RDB$OWNER_NAME AS owner,
				IIF(RDB$PROCEDURE_TYPE = 1, 'S', 'P') AS kind, RDB$DESCRIPTION AS about,
				RDB$SYSTEM_FLAG AS sys, RDB$PRIVATE_FLAG AS private FROM RDB$PROCEDURES
			UNION ALL
			SELECT RDB$PACKAGE_NAME, RDB$FUNCTION_NAME, 15, RDB$OWNER_NAME, 'F', RDB$DESCRIPTION,
				RDB$SYSTEM_FLAG, RDB$PRIVATE_FLAG FROM RDB$FUNCTIONS
		) AS r
		WHERE coalesce(r.sys, 0) = 0 AND coalesce(r.private, 0) = 0
		AND (CURRENT_USER IN ('SYSDBA', r.owner) OR CURRENT_ROLE = 'RDB$ADMIN' OR EXISTS (
			SELECT 1 FROM RDB$USER_PRIVILEGES AS p WHERE p.RDB$PRIVILEGE = 'X'
			AND p.RDB$RELATION_NAME = coalesce(r.pkg, r.name)
			AND p.RDB$OBJECT_TYPE = IIF(r.pkg IS NULL, r.object, 18)
			AND p.RDB$USER IN (CURRENT_USER, CURRENT_ROLE, 'PUBLIC')))`

	firebirdParams = `SELECT trim(coalesce(p.pkg, '')) AS pkg, trim(p.name) AS name, p.kind,
		trim(p.param) AS param, p.mode, p.def, f.RDB$DEFAULT_SOURCE AS domain_def,
		f.RDB$FIELD_TYPE AS type, f.RDB$FIELD_SUB_TYPE AS sub, f.RDB$FIELD_SCALE AS scale,
		f.RDB$FIELD_PRECISION AS prec, f.RDB$CHARACTER_LENGTH AS chars, f.RDB$CHARACTER_SET_ID AS charset
		FROM (
			SELECT RDB$PACKAGE_NAME AS pkg, RDB$PROCEDURE_NAME AS name, 'P' AS kind,
				RDB$PARAMETER_NAME AS param, IIF(RDB$PARAMETER_TYPE = 0, 'I', 'O') AS mode,
				RDB$DEFAULT_SOURCE AS def, RDB$FIELD_SOURCE AS source, RDB$PARAMETER_NUMBER AS n
				FROM RDB$PROCEDURE_PARAMETERS
			UNION ALL
			SELECT a.RDB$PACKAGE_NAME, a.RDB$FUNCTION_NAME, 'F', a.RDB$ARGUMENT_NAME,
				IIF(a.RDB$ARGUMENT_POSITION = f.RDB$RETURN_ARGUMENT, 'O', 'I'), a.RDB$DEFAULT_SOURCE,
				a.RDB$FIELD_SOURCE, a.RDB$ARGUMENT_POSITION FROM RDB$FUNCTION_ARGUMENTS AS a
				JOIN RDB$FUNCTIONS AS f ON f.RDB$FUNCTION_NAME = a.RDB$FUNCTION_NAME
				AND f.RDB$PACKAGE_NAME IS NOT DISTINCT FROM a.RDB$PACKAGE_NAME
		) AS p LEFT JOIN RDB$FIELDS AS f ON f.RDB$FIELD_NAME = p.source
		ORDER BY p.pkg, p.name, p.kind, p.mode, p.n`
)

// A firebirdKey identifies a routine: a procedure and a function may have the same name.
type firebirdKey struct {
	pkg, name  string
	isFunction bool
}

// firebird is the state of one load.
type firebird struct {
	db       Querier
	schemas  []string
	routines []Routine
	at       map[firebirdKey]int
	types    map[string]*Type
	texts    texts
}

func (f *firebird) load(ctx context.Context) error {
	exists := map[string]bool{"": true}
	err := each(ctx, f.db, func(r row.Row) error {
		exists[f.texts.get(r, "PKG")] = true
		return nil
	}, firebirdPackages)
	if err != nil {
		return err
	}
	for _, name := range f.schemas {
		if !exists[name] {
			return fmt.Errorf("there is no package %q in the database", name)
		}
	}
	if err := each(ctx, f.db, f.routine, firebirdRoutines); err != nil {
		return err
	}
	return each(ctx, f.db, f.param, firebirdParams)
}

// routine adds a routine of one of the packages.
func (f *firebird) routine(r row.Row) error {
	key := firebirdKey{pkg: f.texts.get(r, "PKG"), name: f.texts.get(r, "NAME")}
	if !slices.Contains(f.schemas, key.pkg) {
		return nil
	}
	routine := Routine{Schema: key.pkg, Name: key.name, Comment: r.Get("ABOUT").String()}
	switch f.texts.get(r, "KIND") {
	case "P":
		routine.Kind = Procedure
	case "S":
		routine.Result.Set = true
	default:
		key.isFunction = true
	}
	f.at[key] = len(f.routines)
	f.routines = append(f.routines, routine)
	return nil
}

// param adds a parameter, a column, or the type of a function's result.
func (f *firebird) param(r row.Row) error {
	key := firebirdKey{
		f.texts.get(r, "PKG"), f.texts.get(r, "NAME"), f.texts.get(r, "KIND") == "F",
	}
	i, ok := f.at[key]
	if !ok {
		return nil
	}
	routine, name, t := &f.routines[i], f.texts.get(r, "PARAM"), f.typeOf(r)
	switch isOut := f.texts.get(r, "MODE") == "O"; {
	case isOut && key.isFunction:
		routine.Result.Type = t
	case isOut:
		routine.Result.Columns = append(routine.Result.Columns, Column{Name: name, Type: t})
	default:
		value := defaultOf(r.Get("DEF").String(), r.Get("DOMAIN_DEF").String())
		routine.Params = append(routine.Params, Param{
			Name: name, Type: t, Default: value != "", DefaultSQL: value,
		})
	}
	return nil
}

// defaultOf returns the value of the first default that there is, as "= 1" or "DEFAULT 1".
func defaultOf(sources ...string) string {
	for _, source := range sources {
		if source = strings.TrimSpace(source); source == "" {
			continue
		}
		if value, ok := strings.CutPrefix(source, "="); ok {
			return strings.TrimSpace(value)
		}
		const word = "DEFAULT"
		if len(source) > len(word) && strings.EqualFold(source[:len(word)], word) {
			return strings.TrimSpace(source[len(word):])
		}
	}
	return ""
}

// typeOf returns a type by RDB$FIELDS, nil for one that Firebird 3 does not have.
func (f *firebird) typeOf(r row.Row) *Type {
	sub, scale := r.Get("SUB").Int(), r.Get("SCALE").Int()
	isOctets := r.Get("CHARSET").Int() == 1
	name, length := "", ""
	switch r.Get("TYPE").Int() {
	case 7:
		name = "SMALLINT"
	case 8:
		name = "INTEGER"
	case 16:
		name = "BIGINT"
	case 10:
		name = "FLOAT"
	case 27:
		name = "DOUBLE PRECISION"
	case 12:
		name = "DATE"
	case 13:
		name = "TIME"
	case 35:
		name = "TIMESTAMP"
	case 23:
		name = "BOOLEAN"
	case 14, 37:
		isFixed := r.Get("TYPE").Int() == 14
		switch {
		case isFixed && isOctets:
			name = "BINARY"
		case isFixed:
			name = "CHAR"
		case isOctets:
			name = "VARBINARY"
		default:
			name = "VARCHAR"
		}
		length = "(" + strconv.FormatInt(r.Get("CHARS").Int(), 10) + ")"
	case 261:
		name = "BLOB"
		if sub == 1 {
			name = "TEXT"
		}
	default:
		return nil
	}
	if scale < 0 && name != "DOUBLE PRECISION" {
		name, length = "NUMERIC", fmt.Sprintf("(%d,%d)", max(r.Get("PREC").Int(), -scale), -scale)
	}
	t := f.types[name+length]
	if t == nil {
		t = &Type{Name: name, SQL: name + length}
		f.types[t.SQL] = t
	}
	return t
}
