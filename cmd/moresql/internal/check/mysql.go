package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// MySQL finds what the information schema of MySQL and MariaDB shows to the login.
func MySQL(ctx context.Context, s *Subject) ([]Finding, error) {
	m := &mysql{Subject: s}
	for _, schema := range s.Snapshot.Schemas() {
		for _, look := range []func(context.Context, string) error{m.views, m.volatility, m.definers} {
			if err := look(ctx, schema); err != nil {
				return nil, err
			}
		}
	}
	return m.list, m.grants(ctx)
}

type mysql struct {
	*Subject
	list []Finding
}

func (m *mysql) add(kind Kind, level Level, object, problem, fix string) {
	m.list = append(m.list, Finding{kind, level, object, problem, fix})
}

// views finds those whose query does not work any more, of which the server shows no columns.
func (m *mysql) views(ctx context.Context, schema string) error {
	var names []string
	err := m.query(ctx, func(line []string) { names = append(names, line[0]) },
		`SELECT table_name FROM information_schema.views WHERE table_schema = ? ORDER BY table_name`,
		schema)
	for _, name := range names {
		show := fmt.Sprintf("SHOW COLUMNS FROM `%s`.`%s`", quoted(schema), quoted(name))
		if err := m.query(ctx, func([]string) {}, show); err != nil && ctx.Err() == nil {
			m.add(Served, Problem, schema+"."+name, "it cannot be read: "+err.Error(),
				"correct the view by CREATE OR REPLACE VIEW, or drop it")
		}
	}
	return err
}

// mysqlWriting are the words of statements and functions of MySQL and MariaDB that write or that
// change the session.
const mysqlWriting = `insert update delete replace truncate create alter drop rename call do load
	handler lock unlock flush reset kill prepare execute set grant revoke outfile dumpfile share
	commit rollback savepoint start xa analyze optimize repair install uninstall purge change signal
	nextval setval next get_lock release_lock release_all_locks last_insert_id benchmark sleep`

// volatility finds routines that say no more than CONTAINS SQL, which is the default, or MODIFIES
// SQL DATA, and evidently only read. What one with the rights of somebody else calls may be hidden.
func (m *mysql) volatility(ctx context.Context, schema string) error {
	j := newJudge(mysqlWriting)
	j.parts = append(j.parts, "@", ":=")
	var list []definition
	define := func(line []string) {
		text := line[1]
		if text == "" { // is not shown
			text = "call"
		}
		list = append(list, j.of(line[0], text))
	}
	// The server believes no declaration, and lets a function that only READS SQL DATA write.
	err := m.query(ctx, define, `SELECT routine_name, CASE
			WHEN sql_data_access IN ('READS SQL DATA', 'NO SQL') THEN routine_definition END
		FROM information_schema.routines WHERE routine_type = 'FUNCTION'`)
	if err != nil {
		return err
	}
	err = m.query(ctx, define, `SELECT table_name, view_definition FROM information_schema.views
		WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')`)
	if err != nil {
		return err
	}
	j.addDefinitions(list)
	return m.query(ctx, func(line []string) {
		name, kind, body := line[0], line[1], line[2]
		for _, r := range m.Snapshot.Lookup(schema, name) {
			if r.Kind.String() == kind && r.Kind == catalog.Function && body != "" && j.reads(body) {
				m.add(Volatility, Problem, r.String(),
					"its declaration does not say that it only reads, which it evidently does",
					fmt.Sprintf("ALTER %s `%s`.`%s` READS SQL DATA", kind, quoted(schema), quoted(name)))
			}
		}
	}, `SELECT routine_name, routine_type, routine_definition FROM information_schema.routines
		WHERE routine_schema = ? AND sql_data_access NOT IN ('READS SQL DATA', 'NO SQL')
		AND (security_type = 'INVOKER' OR definer = current_user())
		ORDER BY routine_name`, schema)
}

func quoted(name string) string { return strings.ReplaceAll(name, "`", "``") }

// definers finds routines that run with the rights of somebody who may do everything. The login
// sees these rights if it may read the database mysql.
func (m *mysql) definers(ctx context.Context, schema string) error {
	return m.query(ctx, func(line []string) {
		m.add(Rights, Problem, schema+"."+line[0],
			"it runs with the rights of "+line[1]+", who has SUPER, since it is SQL SECURITY DEFINER",
			"let a user with only the rights that it needs define it, or SQL SECURITY INVOKER")
	}, `SELECT routine_name, definer FROM information_schema.routines
		JOIN information_schema.user_privileges
			ON grantee = concat('''', replace(definer, '@', '''@'''), '''')
		WHERE routine_schema = ? AND security_type = 'DEFINER' AND privilege_type = 'SUPER'
		ORDER BY routine_name`, schema)
}

// grants finds rights of the login for the whole server.
func (m *mysql) grants(ctx context.Context) error {
	return m.query(ctx, func(line []string) {
		m.add(Rights, Problem, "the user "+line[0],
			"all requests run as it, and it has the right to "+line[1]+" in every database of the server",
			"REVOKE that ON *.*, and GRANT what the routines need in "+
				strings.Join(m.Snapshot.Schemas(), ", "))
	}, `SELECT current_user(), group_concat(privilege_type ORDER BY privilege_type SEPARATOR ', ')
		FROM information_schema.user_privileges
		WHERE grantee = concat('''', replace(current_user(), '@', '''@'''), '''')
		AND privilege_type IN ('SUPER', 'FILE', 'INSERT', 'UPDATE', 'DELETE', 'DROP', 'ALTER',
			'CREATE USER', 'GRANT OPTION', 'SHUTDOWN', 'PROCESS')
		HAVING group_concat(privilege_type) IS NOT NULL`)
}
