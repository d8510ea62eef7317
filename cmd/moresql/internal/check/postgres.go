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
	barred, err := s.Access(ctx)
	if err != nil {
		return nil, err
	}
	if barred != nil {
		p.list = append(p.list, *barred)
	}
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
	var list []definition
	err := p.query(ctx, func(line []string) {
		kind, name, volatile, body := line[0], line[1], line[2] != "", line[3]
		add := func() {
			switch kind {
			case "operator":
				j.parts = append(j.parts, name)
			case "cast": // stands nowhere in a text
				j.parts = append(j.parts, "")
			default:
				j.addCall(name, kind == "column")
			}
		}
		if volatile {
			add()
		} else {
			list = append(list, definition{text: body, add: add, held: true})
		}
	}, `WITH called AS (
			SELECT 'call' AS kind, proname::text AS name, oid FROM pg_catalog.pg_proc
			UNION ALL SELECT 'call', proname, f FROM pg_catalog.pg_aggregate
				JOIN pg_catalog.pg_proc p ON p.oid = aggfnoid CROSS JOIN LATERAL pg_catalog.unnest(
					ARRAY[aggtransfn, aggfinalfn, aggmtransfn, aggmfinalfn]::pg_catalog.oid[]) AS f
			UNION ALL SELECT 'operator', oprname, oprcode FROM pg_catalog.pg_operator
			UNION ALL SELECT 'cast', '', castfunc FROM pg_catalog.pg_cast
				JOIN pg_catalog.pg_type s ON s.oid = castsource
				JOIN pg_catalog.pg_type t ON t.oid = casttarget
				WHERE s.typtype <> 'd' AND t.typtype <> 'd'
		) SELECT CASE WHEN kind = 'call' AND pronargs > 0 AND t.typtype IN ('c', 'd', 'p')
				AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace THEN 'column' ELSE kind END,
			name, CASE WHEN provolatile = 'v' THEN 'volatile' END,
			CASE WHEN lanname IN ('sql', 'plpgsql')
				THEN coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), prosrc) ELSE 'execute' END
		FROM called JOIN pg_catalog.pg_proc p USING (oid)
		JOIN pg_catalog.pg_language l ON l.oid = prolang
		LEFT JOIN pg_catalog.pg_type t ON t.oid = proargtypes[0]
		WHERE provolatile = 'v' OR lanname NOT IN ('c', 'internal')
			AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace`)
	if err != nil {
		return err
	}
	err = p.query(ctx, func(line []string) {
		list = append(list, j.of(line[0], line[1]))
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
