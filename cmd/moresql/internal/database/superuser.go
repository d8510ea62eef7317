package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// CheckUser refuses a user of the database who may do everything: a mistake in a single procedure
// would then expose everything the server has.
func (db *DB) CheckUser(ctx context.Context) error {
	if db.System.Superuser == nil {
		return nil
	}
	super, err := db.System.Superuser(ctx, db.Pool)
	switch {
	case err != nil:
		return db.Explain(err)
	case super:
		return fmt.Errorf("the user in %s is a superuser of %s, or can become one: name one with "+
			"only the rights that the procedures need, or allow it with -superuser",
			db.Variable, db.Server)
	}
	return nil
}

// isPostgreSQLSuperuser reports whether the login or its role is a superuser, or a member of one
// that SET ROLE leads to, however many roles lie between. The role may be an ordinary one that
// RESET ROLE leads back from. Roles that can write files or run programs on the server can make
// themselves superusers (PostgreSQL manual, "Predefined Roles").
func isPostgreSQLSuperuser(ctx context.Context, pool *sql.DB) (super bool, err error) {
	const query = `SELECT coalesce(bool_or(rolsuper OR rolname IN
			('pg_write_server_files', 'pg_execute_server_program')), false)
		FROM pg_catalog.pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')
			OR pg_has_role(current_user, oid, 'MEMBER')`
	err = pool.QueryRowContext(ctx, query).Scan(&super)
	return super, err
}

// isMySQLSuperuser reports whether the user has the privilege SUPER, or a role that has it, which
// SET ROLE can enable at any time.
func isMySQLSuperuser(ctx context.Context, pool *sql.DB) (bool, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	grants, err := texts(ctx, conn, "SHOW GRANTS")
	if err != nil || slices.ContainsFunc(grants, grantsSuper) {
		return err == nil, err
	}
	// The roles stay enabled, so the connection is not for the pool.
	defer conn.Raw(func(any) error { return driver.ErrBadConn })
	for _, grant := range grants {
		role := roleGrant.FindStringSubmatch(grant)
		if role == nil {
			continue
		}
		if _, err := conn.ExecContext(ctx, "SET ROLE "+role[1]); err != nil {
			return false, err
		}
		all, err := texts(ctx, conn, "SHOW GRANTS") // of roles that the role has, too
		if err != nil || slices.ContainsFunc(all, grantsSuper) {
			return err == nil, err
		}
	}
	return false, nil
}

// roleGrant matches a line of SHOW GRANTS about roles, which are quoted as SET ROLE needs them.
var roleGrant = regexp.MustCompile("^GRANT (`.+`) TO `")

// superGrant matches a line of SHOW GRANTS for the whole server that includes SUPER.
var superGrant = regexp.MustCompile(`^GRANT ((?:.*, )?SUPER\b.*|ALL PRIVILEGES) ON \*\.\* TO `)

func grantsSuper(line string) bool { return superGrant.MatchString(line) }

// texts returns the first column of a result.
func texts(ctx context.Context, conn *sql.Conn, query string) (list []string, err error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}
