package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/naming"
)

// Access finds what keeps requests out of a PostgreSQL, nil for nothing: that the login cannot take
// the role of those without a token, or that none can call the function before each call.
func (s *Subject) Access(ctx context.Context) (*Finding, error) {
	if s.Anonymous != "" {
		if refused, err := s.refused(ctx, s.Anonymous); err != nil || refused != nil {
			return refused, err
		}
	}
	if s.PreRequest == "" {
		return nil, nil
	}
	call, err := moresql.Function{}.Statement(s.PreRequest, nil)
	if err != nil {
		return nil, err
	}
	roles, err := s.executors(ctx, s.PreRequest)
	if err != nil {
		return nil, err
	}
	err = s.asOne(ctx, roles, func(tx *sql.Tx) error {
		if _, err := tx.PrepareContext(ctx, call.Query); err != nil {
			return err
		}
		return mayExecute(ctx, tx, s.PreRequest)
	})
	if err == nil {
		return nil, nil
	}
	return &Finding{Served, Problem, "the function " + s.PreRequest,
		"no request can call it, so that all of them fail: " + err.Error(),
		"CREATE FUNCTION, GRANT EXECUTE, or correct -pre-request"}, nil
}

// executors returns the callers to try that may execute a function, if any may: some of them, since
// a login may be able to take thousands of roles, and what keeps these out of it keeps out all. Of
// functions with the same name, which the search path chooses from, each has its own. Without any
// it is the first of the callers, who learns why.
func (s *Subject) executors(ctx context.Context, name string) ([]string, error) {
	all, err := s.callers(ctx)
	if err != nil || len(all) == 1 {
		return all, err
	}
	list, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	var able []string
	schema, function := naming.Split(name)
	err = s.query(ctx, func(line []string) { able = append(able, line[0]) },
		`SELECT name FROM (
			SELECT caller.name, place, row_number() OVER (PARTITION BY p.oid ORDER BY place) AS nth
			FROM pg_catalog.json_array_elements_text($1::text::json)
				WITH ORDINALITY AS caller (name, place)
			JOIN pg_catalog.pg_roles r ON r.rolname = caller.name
			CROSS JOIN pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
			WHERE proname = $2 AND pronargs = pronargdefaults AND ($3 = '' OR nspname = $3)
			AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
			AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')) AS able
		WHERE nth <= 20 GROUP BY name ORDER BY pg_catalog.min(place)`, string(list), function, schema)
	if len(able) == 0 {
		able = all[:1]
	}
	return able, err
}

// mayExecute returns an error if the current role has no right to a function without arguments.
// PostgreSQL itself looks at that when a statement runs, and not when it is prepared.
func mayExecute(ctx context.Context, tx *sql.Tx, name string) error {
	schema, function := naming.Split(name)
	var refused bool
	err := tx.QueryRowContext(ctx, `SELECT count(*) > 0 AND
			NOT bool_or(pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
		WHERE proname = $1 AND pronargs = pronargdefaults
			AND (nspname = $2 OR $2 = '' AND pg_catalog.pg_function_is_visible(p.oid))`,
		function, schema).Scan(&refused)
	if err == nil && refused {
		err = errors.New("no role of requests has the right to EXECUTE it")
	}
	return err
}

// refused finds why the login cannot take a role, nil if it can.
func (s *Subject) refused(ctx context.Context, role string) (refused *Finding, err error) {
	err = s.query(ctx, func(line []string) {
		login, exists, grant := line[0], line[1] != "", line[2]
		refused = &Finding{Served, Problem, "the role " + role, "there is no such role",
			"CREATE ROLE, or correct -anon-role"}
		if exists {
			refused.Problem = "the login " + login + " cannot take it, so that requests without a token " +
				"are refused"
			refused.Fix = grant
		}
	}, `SELECT session_user, r.rolname, format('GRANT %I TO %I', $1::text, session_user)
		FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_roles r ON r.rolname::text = $1::text
		WHERE r.oid IS NULL OR NOT pg_catalog.pg_has_role(session_user, r.oid, CASE
			WHEN pg_catalog.current_setting('server_version_num')::int < 160000 THEN 'MEMBER'
			ELSE 'SET' END)`, role)
	return refused, err
}
