package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// PostgreSQL finds what its system catalog shows (PostgreSQL manual, System Catalogs).
func PostgreSQL(ctx context.Context, s *Subject) ([]Finding, error) {
	p := &postgres{Subject: s, schemas: array(s.Snapshot.Schemas())}
	for _, look := range []func(context.Context) error{
		p.hidden, p.volatility, p.misdeclared, p.definers, p.public, p.roles,
	} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return p.list, nil
}

type postgres struct {
	*Subject
	schemas string // as the text of an array
	list    []Finding
}

// array returns the text of a text[] (PostgreSQL manual, section 8.15.6).
func array(list []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + escape.Replace(s) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

func (p *postgres) add(kind Kind, level Level, object, problem, fix string) {
	p.list = append(p.list, Finding{kind, level, object, problem, fix})
}

// byOID returns the routines that are served.
func (p *postgres) byOID() map[string]*catalog.Routine {
	known := map[string]*catalog.Routine{}
	for i := range p.Snapshot.Routines() {
		known[fmt.Sprint(p.Snapshot.Routines()[i].OID)] = &p.Snapshot.Routines()[i]
	}
	return known
}

// wanted has the schemas, and ofLogin the roles that the login can take.
const wanted = `WITH wanted AS (
	SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1::text::text[])
), of_login AS (
	SELECT oid FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(current_user, oid, 'MEMBER')
) `

// hidden finds what is in the schemas and not in the catalog.
func (p *postgres) hidden(ctx context.Context) error {
	closed := map[string]bool{}
	err := p.query(ctx, func(line []string) {
		closed[line[0]] = true
		p.add(Served, Problem, "the schema "+line[0], "no role of the login may use it",
			"GRANT USAGE ON SCHEMA "+line[1]+" TO the roles of your clients")
	}, wanted+`SELECT nspname, quote_ident(nspname) FROM wanted WHERE NOT EXISTS (
		SELECT FROM of_login r WHERE pg_catalog.has_schema_privilege(r.oid, wanted.oid, 'USAGE'))
		ORDER BY 1`, p.schemas)
	if err != nil {
		return err
	}
	known := p.byOID()
	err = p.query(ctx, func(line []string) {
		oid, schema, object, kind, result := line[0], line[1], line[2], line[3], line[4]
		if known[oid] != nil || closed[schema] {
			return
		}
		problem, fix := "no role of the login may execute it",
			"if one shall, GRANT EXECUTE ON it TO that role"
		switch {
		case kind == "a":
			problem, fix = "it is an aggregate", "call it in a function"
		case kind == "w":
			problem, fix = "it is a window function", "call it in a function"
		case strings.HasSuffix(result, "trigger"):
			problem, fix = "only the server calls it, as a trigger", ""
		case result != "":
			problem, fix = "only the server calls it", ""
		}
		p.add(Served, Note, object, problem, fix)
	}, wanted+`SELECT p.oid, nspname, format('%s.%s(%s)', nspname, proname,
			pg_catalog.pg_get_function_identity_arguments(p.oid)), prokind::text,
		CASE WHEN t.typtype = 'p' AND t.typname ~ 'trigger|handler|internal'
			OR 'pg_catalog.internal'::pg_catalog.regtype = ANY (p.proargtypes) THEN t.typname END
		FROM wanted JOIN pg_catalog.pg_proc p ON pronamespace = wanted.oid
		JOIN pg_catalog.pg_type t ON t.oid = prorettype
		WHERE NOT (prokind = 'a' AND t.typtype = 'd' AND pg_catalog.strpos(t.typname, '/') > 0)
		ORDER BY 2, 3`, p.schemas)
	if err != nil {
		return err
	}
	return p.query(ctx, func(line []string) {
		if schema, name := line[0], line[1]; !closed[schema] && p.Snapshot.Relation(schema, name) == nil {
			p.add(Served, Note, schema+"."+name, "no role of the login may read or change it",
				"if one shall, GRANT SELECT ON it TO that role")
		}
	}, wanted+`SELECT nspname, relname FROM wanted
		JOIN pg_catalog.pg_class ON relnamespace = wanted.oid
		WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition ORDER BY 1, 2`, p.schemas)
}

// writing are the words of PostgreSQL's statements that write, or that a STABLE function may not
// run; an identifier in U&"" may be any of them.
const writing = `insert update delete merge truncate into copy create alter drop lock notify listen
	unlisten call do execute set reset grant revoke comment refresh share prepare deallocate discard
	vacuum analyze analyse cluster reindex checkpoint load import reassign label`

// volatility finds functions that are VOLATILE, as all are that do not say otherwise, and evidently
// only read: those in SQL whose text has nothing that writes, no function that may, and no view or
// policy that has one.
func (p *postgres) volatility(ctx context.Context) error {
	j := newJudge(writing)
	j.parts = append(j.parts, "u&")
	err := p.query(ctx, func(line []string) {
		switch name := line[1]; line[0] {
		case "call":
			j.addCall(name, false)
		case "column":
			j.addCall(name, true)
		case "operator":
			j.parts = append(j.parts, name)
		case "cast": // stands nowhere in a text
			j.parts = append(j.parts, "")
		}
	}, `SELECT CASE WHEN pronargs > 0 AND t.typtype IN ('c', 'd', 'p')
			AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace THEN 'column' ELSE 'call' END, proname
		FROM pg_catalog.pg_proc p LEFT JOIN pg_catalog.pg_type t ON t.oid = proargtypes[0]
		WHERE provolatile = 'v' OR EXISTS (SELECT FROM pg_catalog.pg_aggregate a
			JOIN pg_catalog.pg_proc f ON f.oid IN (aggtransfn, aggfinalfn, aggmtransfn, aggmfinalfn)
			WHERE aggfnoid = p.oid AND f.provolatile = 'v')
		UNION ALL SELECT 'operator', oprname FROM pg_catalog.pg_operator
		JOIN pg_catalog.pg_proc p ON p.oid = oprcode WHERE provolatile = 'v'
		UNION ALL SELECT 'cast', '' FROM pg_catalog.pg_cast
		JOIN pg_catalog.pg_proc p ON p.oid = castfunc
		JOIN pg_catalog.pg_type s ON s.oid = castsource JOIN pg_catalog.pg_type t ON t.oid = casttarget
		WHERE provolatile = 'v' AND s.typtype <> 'd' AND t.typtype <> 'd'`)
	if err != nil {
		return err
	}
	var list []definition
	err = p.query(ctx, func(line []string) {
		list = append(list, definition{line[0], line[1]})
	}, `SELECT relname, pg_catalog.pg_get_viewdef(oid) FROM pg_catalog.pg_class WHERE relkind = 'v'
		AND relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace,
			'information_schema'::pg_catalog.regnamespace)
		UNION ALL SELECT relname, pg_catalog.pg_get_expr(polqual, polrelid)
		FROM pg_catalog.pg_policy JOIN pg_catalog.pg_class c ON c.oid = polrelid
		UNION ALL SELECT typname, pg_catalog.pg_get_expr(conbin, 0)
		FROM pg_catalog.pg_constraint JOIN pg_catalog.pg_type t ON t.oid = contypid`)
	if err != nil {
		return err
	}
	j.addDefinitions(list)
	known := p.byOID()
	return p.query(ctx, func(line []string) {
		oid, body, statement := line[0], line[1], line[2]
		if r := known[oid]; r != nil && j.reads(body) {
			p.add(Volatility, Problem, r.String(),
				"it is VOLATILE, as functions are that do not say otherwise, and evidently only reads",
				statement)
		}
	}, wanted+`SELECT p.oid, coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), prosrc) || ' '
			|| t.typname,
		format('ALTER FUNCTION %s STABLE', p.oid::pg_catalog.regprocedure)
		FROM wanted JOIN pg_catalog.pg_proc p ON pronamespace = wanted.oid
		JOIN pg_catalog.pg_language l ON l.oid = prolang
		JOIN pg_catalog.pg_type t ON t.oid = prorettype
		WHERE lanname = 'sql' AND prokind = 'f' AND provolatile = 'v' AND t.typname <> 'void'
		ORDER BY p.oid::pg_catalog.regprocedure::text`, p.schemas)
}
