package check

import (
	"context"
	"fmt"
	"strings"
)

// definers finds functions that run with the rights of their owner and are open to all, or to who
// may put other functions in their way (PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY
// DEFINER Functions Safely").
func (p *postgres) definers(ctx context.Context) error {
	return p.query(ctx, func(line []string) {
		object, name, owner, public, path, super := line[0], line[1], line[2], line[3] != "",
			line[4], line[5] != ""
		of := "its owner " + owner
		if super {
			of += ", a superuser"
		}
		if public {
			p.add(Rights, Problem, object,
				"everybody (PUBLIC) may execute it, and it runs with the rights of "+of,
				fmt.Sprintf("REVOKE EXECUTE ON %s FROM PUBLIC, and GRANT it to the roles that need it", name))
		}
		if path != "" {
			p.add(Rights, Problem, object, "it runs with the rights of "+of+
				", and what it calls is looked up in "+path,
				fmt.Sprintf("ALTER %s SET search_path = %s, pg_temp", name, line[6]))
		}
	}, wanted+`SELECT format('%s.%s(%s)', nspname, proname,
			pg_catalog.pg_get_function_identity_arguments(p.oid)),
		CASE prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::pg_catalog.regprocedure,
		rolname,
		CASE WHEN EXISTS (SELECT FROM pg_catalog.aclexplode(
			coalesce(proacl, pg_catalog.acldefault('f', proowner)))
			WHERE grantee = 0 AND privilege_type = 'EXECUTE') THEN 'public' END,
		CASE WHEN path IS NULL THEN 'the search_path of the caller'
			ELSE (SELECT min('a schema that others may put functions into: ' || s)
				FROM pg_catalog.regexp_split_to_table(path, '\s*,\s*') AS s
				LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = pg_catalog.btrim(s, '"')
				WHERE s = '"$user"' OR EXISTS (SELECT FROM pg_catalog.aclexplode(nspacl)
					WHERE grantee = 0 AND privilege_type = 'CREATE')) END,
		CASE WHEN rolsuper THEN 'super' END, pg_catalog.quote_ident(nspname)
		FROM wanted JOIN pg_catalog.pg_proc p ON pronamespace = wanted.oid
		JOIN pg_catalog.pg_roles r ON r.oid = proowner
		JOIN pg_catalog.pg_type t ON t.oid = prorettype
		LEFT JOIN LATERAL (SELECT pg_catalog.substr(c, 13) FROM pg_catalog.unnest(proconfig) AS c
			WHERE c LIKE 'search\_path=%') AS of_its_own (path) ON true
		WHERE prosecdef AND prokind IN ('f', 'p') AND t.typname NOT IN ('trigger', 'event_trigger')
		ORDER BY 1`, p.schemas)
}

// public finds what everybody may change.
func (p *postgres) public(ctx context.Context) error {
	err := p.query(ctx, func(line []string) {
		p.add(Rights, Problem, "the schema "+line[0], "everybody (PUBLIC) may create objects in it",
			"REVOKE CREATE ON SCHEMA "+line[1]+" FROM PUBLIC")
	}, wanted+`SELECT n.nspname, pg_catalog.quote_ident(n.nspname)
		FROM wanted JOIN pg_catalog.pg_namespace n ON n.oid = wanted.oid
		CROSS JOIN LATERAL pg_catalog.aclexplode(nspacl)
		WHERE grantee = 0 AND privilege_type = 'CREATE' ORDER BY 1`, p.schemas)
	if err != nil {
		return err
	}
	return p.query(ctx, func(line []string) {
		p.add(Rights, Problem, line[0], "everybody (PUBLIC) has the right to "+line[1],
			fmt.Sprintf("REVOKE %s ON %s FROM PUBLIC, and GRANT it to the roles that need it",
				line[1], line[2]))
	}, wanted+`SELECT nspname || '.' || relname,
		pg_catalog.string_agg(privilege_type, ', ' ORDER BY privilege_type),
		c.oid::pg_catalog.regclass
		FROM wanted JOIN pg_catalog.pg_class c ON relnamespace = wanted.oid
		CROSS JOIN LATERAL pg_catalog.aclexplode(relacl)
		WHERE grantee = 0 AND relkind IN ('r', 'p', 'v', 'm', 'f')
		AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
		GROUP BY nspname, relname, c.oid ORDER BY 1`, p.schemas)
}

// roles finds what the login, and the role of requests without a token, may do beyond what an API
// needs. A login that is a superuser says all.
func (p *postgres) roles(ctx context.Context) error {
	var login string
	super := false
	err := p.query(ctx, func(line []string) { login, super = line[0], line[1] != "" },
		`SELECT session_user, CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles
			WHERE (rolsuper OR rolname IN ('pg_write_server_files', 'pg_execute_server_program'))
			AND (pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
				OR pg_catalog.pg_has_role(current_user, oid, 'MEMBER'))) THEN 'super' END`)
	if err != nil {
		return err
	}
	if super {
		p.add(Rights, Problem, "the role "+login, "the login is a superuser, or can become one",
			"name in "+p.Login+" a login with only the rights that the routines need")
	}
	role, who, level := p.Anonymous, "requests without a token run as it", Problem
	switch {
	case role == "" && (super || p.Tokens):
		return nil
	case role == "":
		role, who, level = login, "all requests run as it", Note // which may be all that is wanted
	}
	if refused, err := p.refused(ctx, role); err != nil || refused != nil { // Access reports it
		return err
	}
	all := false
	err = p.query(ctx, func(line []string) {
		all = strings.HasPrefix(line[0], "SUPERUSER")
		if line[0] != "" {
			p.add(Rights, level, "the role "+role, who+", and it has "+line[0],
				"take that from it: ALTER ROLE, or REVOKE the role that has it")
		}
	}, `SELECT pg_catalog.concat_ws(', ',
			CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
			CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
			CASE WHEN r.rolreplication THEN 'REPLICATION' END,
			(SELECT pg_catalog.string_agg(m.rolname, ', ' ORDER BY m.rolname) FROM pg_catalog.pg_roles m
				WHERE NOT r.rolsuper AND m.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER')
				AND (m.rolsuper OR m.rolname IN ('pg_read_all_data', 'pg_write_all_data',
					'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))))
		FROM pg_catalog.pg_roles r WHERE rolname = $1`, role)
	if err != nil || all {
		return err
	}
	return p.writes(ctx, role, who, level)
}

// writes finds what a role may change: all tables and views that there are, or their definitions.
func (p *postgres) writes(ctx context.Context, role, who string, level Level) error {
	return p.query(ctx, func(line []string) {
		changes, all, owned, first, created := line[0], line[1], line[2], line[3], line[4]
		if changes != "0" && changes == all {
			p.add(Rights, level, "the role "+role, fmt.Sprintf(
				"%s, and it may change the rows of every table and view of %s that can be changed (%s)",
				who, strings.Join(p.Snapshot.Schemas(), ", "), all),
				"REVOKE INSERT, UPDATE, DELETE ON what clients shall not write FROM it")
		}
		if owned != "0" {
			p.add(Rights, level, "the role "+role, fmt.Sprintf(
				"%s, and it owns what is served (%s, such as %s), so that it may alter and drop that",
				who, owned, first), "let another role own that: ALTER … OWNER TO")
		}
		if created != "" {
			p.add(Rights, level, "the role "+role, who+", and it may create objects in "+created,
				"REVOKE CREATE ON SCHEMA "+created+" FROM it")
		}
	}, wanted+`, owned AS (
			SELECT c.oid::pg_catalog.regclass::text AS object
			FROM pg_catalog.pg_class c JOIN wanted ON wanted.oid = relnamespace
			JOIN pg_catalog.pg_roles r ON r.oid = relowner
			WHERE rolname = $2::name AND relkind IN ('r', 'p', 'v', 'm', 'f')
			UNION ALL SELECT p.oid::pg_catalog.regprocedure::text
			FROM pg_catalog.pg_proc p JOIN wanted ON wanted.oid = pronamespace
			JOIN pg_catalog.pg_roles r ON r.oid = proowner WHERE rolname = $2::name
		) SELECT pg_catalog.count(*) FILTER (WHERE
			pg_catalog.has_any_column_privilege($2::name, c.oid, 'INSERT')
			AND pg_catalog.has_any_column_privilege($2::name, c.oid, 'UPDATE')
			AND pg_catalog.has_table_privilege($2::name, c.oid, 'DELETE')),
		pg_catalog.count(c.oid),
		(SELECT pg_catalog.count(*) FROM owned), (SELECT min(object) FROM owned),
		(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(nspname), ', ' ORDER BY nspname)
			FROM wanted WHERE pg_catalog.has_schema_privilege($2::name, wanted.oid, 'CREATE'))
		FROM pg_catalog.pg_class c JOIN wanted ON wanted.oid = relnamespace
		WHERE relkind IN ('r', 'p', 'v', 'f') AND NOT relispartition
		AND pg_catalog.pg_relation_is_updatable(c.oid, true) & 28 = 28`, p.schemas, role)
}
