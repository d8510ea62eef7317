package check

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"

	"github.com/moresql/moresql"
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
	err = s.asRequest(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "EXPLAIN "+call.Query) // looks at the right to EXECUTE, too
		return err
	})
	if err == nil || ran(err) {
		return nil, nil
	}
	return &Finding{Served, Problem, "the function " + s.PreRequest,
		"no request can call it, so that all of them fail: " + err.Error(),
		"CREATE FUNCTION, GRANT EXECUTE, or correct -pre-request"}, nil
}

// ran reports whether an error comes from inside a function, as PostgreSQL says by its context:
// EXPLAIN runs one that is IMMUTABLE, and without a request.
func ran(err error) bool {
	var pg *pgconn.PgError
	var lib *pq.Error
	return errors.As(err, &pg) && pg.Where != "" || errors.As(err, &lib) && lib.Where != ""
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
