package importer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// A system is what an import does in the way of one database system.
type system struct {
	check  func(t *catalog.Type, declared string) checker
	quotes string // around names, the first before and after
	begin  string
	setup  []string // statements for the connection
	closed string   // what is said of a table that takes no rows
	judges bool     // a cast to a type says whether a text is valid
	undoes bool     // whatever the table is, a transaction that fails leaves nothing in it

	// engine is a query of the engine of a table, whose schema and name are its arguments, if that has
	// no transactions; "" if all tables have them.
	engine string

	// broken is a query of how many rows of a table, its argument, refer to none: at the commit there
	// must be no more than before. It is "" where SET CONSTRAINTS has that checked, or nothing has.
	broken string

	// replaces is a query of whether a table, its argument, may remove rows for those that are
	// written, and nothing else adds or removes any meanwhile; "" if no table does.
	replaces string

	// deferred is a query of whether constraints are checked at the commit, too late to find the rows
	// that violate one, and of the names of those that are only so if a transaction wants that. $1 is
	// the table, or NULL for a routine, and $2 whether rows are changed. It is "" where none can be
	// checked before.
	deferred string

	// stage creates the table of staged rows, before the transaction; %[1]s are the columns and %[2]s
	// the table. Its rows are gone after the transaction, or by sweep.
	stage, sweep string
	analyze      string

	// index is what finds staged rows by their lines, if stage has not created it.
	index string

	// collations is a query of the names of indexes of a table, in each the names of its columns, and
	// of the collations by which two values are the same key; "" if staged columns have those of the
	// table. Its argument is the name of the table.
	collations string

	// load writes some rows of a chunk to a table, with their lines first if numbered.
	load loader

	// fresh is a query of whether a table has no rows, and nothing that interferes with INSERT; "" if
	// that makes no difference. %[1]s is the table, also as the first argument.
	fresh string

	// sorted has staged rows in the order of the keys, so that an index grows from its start to its
	// end; distinct one of those with the same key as well, the last one in the order of the lines or
	// the first one.
	sorted   func(m *merge) string
	distinct func(m *merge, last bool) string

	// meddled is a query of whether something may keep a row of a table from being changed, whose
	// schema and name are its arguments: a trigger, say.
	meddled string

	// returned follows a statement that changes rows of a view if the driver counts none of these; ""
	// if it does.
	returned string

	update  func(m *merge) string // of the rows that are there with other values
	dedupe  func(m *merge) string
	differs func(columns []string) string // a condition on rows t and s
	insert  string                        // after the columns of INSERT
	text    string                        // a value as text
	exact   string                        // the collation of a column whose texts differ by case

	caller func(catalog.Kind) moresql.Caller // of routines, nil for a kind that none is called of
}

// A loader writes some rows of a chunk to a table, and returns how many it has then: a trigger or a
// conflict clause of the table may leave some out.
type loader func(
	ctx context.Context, w *writer, table string, c *chunk, rows []int, numbered bool,
) (written int64, err error)

const notGranted = "the login may not insert into %s: GRANT INSERT ON it"

// systems are the databases by the names that catalogs have for them.
var systems = map[string]*system{
	catalog.PostgreSQL: {
		check:    checkPostgres,
		closed:   notGranted,
		quotes:   `"`,
		begin:    "BEGIN",
		setup:    []string{"SET temp_buffers = '64MB'", "SET work_mem = '64MB'"}, // for staged rows
		judges:   true,
		undoes:   true,
		deferred: deferredPostgres,
		stage: "CREATE TEMP TABLE " + staged + " ON COMMIT DELETE ROWS AS " +
			"SELECT 0::bigint AS " + number + ", %[1]s FROM %[2]s WITH NO DATA",
		analyze: "ANALYZE " + staged,
		index:   "CREATE INDEX IF NOT EXISTS moresql_lines ON " + staged + " (" + number + ")",
		load:    loadPostgres,
		fresh: "SELECT NOT EXISTS (SELECT 1 FROM %[1]s) AND EXISTS (SELECT 1 FROM pg_class " +
			"WHERE oid = $1::regclass AND relkind = 'r' AND NOT relhasrules) AND NOT EXISTS " +
			"(SELECT 1 FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal)",
		meddled: "SELECT relkind <> 'r' OR relhasrules OR relrowsecurity OR relhassubclass OR EXISTS " +
			"(SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) FROM pg_class AS c " +
			"WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relname = $2",
		sorted: func(m *merge) string {
			return fmt.Sprintf("(SELECT * FROM %s ORDER BY %s)", staged, strings.Join(m.keys, ", "))
		},
		distinct: func(m *merge, last bool) string {
			keys, order := strings.Join(m.keys, ", "), ""
			if last {
				order = " DESC"
			}
			return fmt.Sprintf("(SELECT DISTINCT ON (%s) * FROM %s ORDER BY %s, %s%s)",
				keys, staged, keys, number, order)
		},
		update: func(m *merge) string {
			return fmt.Sprintf("UPDATE %s AS t SET %s FROM %s AS s WHERE %s AND %s", m.table,
				m.each(m.others, ", ", "%[1]s = s.%[1]s"), staged, m.same(), m.differs())
		},
		dedupe: func(m *merge) string {
			return fmt.Sprintf("DELETE FROM %s AS s USING (%s) AS d WHERE %s AND s.%s <> d.kept",
				staged, m.repeated(), m.equal("s", "d"), number)
		},
		// *<> compares what is stored, whatever the type (PostgreSQL manual, 9.25.6): 1.0 is not 1.00.
		differs: func(columns []string) string {
			return "ROW(t." + strings.Join(columns, ", t.") + ")::record *<> ROW(s." +
				strings.Join(columns, ", s.") + ")::record"
		},
		insert: " OVERRIDING SYSTEM VALUE",
		text:   "%s::text",
		caller: func(kind catalog.Kind) moresql.Caller {
			if kind == catalog.Procedure {
				return moresql.Procedure{Named: true}
			}
			return moresql.Function{Named: true}
		},
	},
	catalog.MySQL: {
		check:  checkMySQL,
		closed: notGranted,
		quotes: "`",
		begin:  "START TRANSACTION",
		// Not strict, the server would store something else for what does not match a column.
		setup: []string{"SET SESSION sql_mode = CONCAT(@@sql_mode, " +
			"',STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO')"},
		stage: "CREATE TEMPORARY TABLE " + staged + " (PRIMARY KEY (" + number + ")) ENGINE=InnoDB AS " +
			"SELECT CAST(0 AS SIGNED) AS " + number + ", %[1]s FROM %[2]s LIMIT 0",
		sweep: "DELETE FROM " + staged,
		engine: "SELECT e.ENGINE FROM information_schema.TABLES t JOIN information_schema.ENGINES e " +
			"ON e.ENGINE = t.ENGINE WHERE e.TRANSACTIONS = 'NO' AND t.TABLE_SCHEMA = ? AND " +
			"t.TABLE_NAME = ?",
		load: insertRows(500),
		meddled: "SELECT EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE " +
			"EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?)",
		update: func(m *merge) string {
			return fmt.Sprintf("UPDATE %s AS t JOIN %s AS s ON %s SET %s WHERE %s", m.table, staged,
				m.same(), m.each(m.others, ", ", "t.%[1]s = s.%[1]s"), m.differs())
		},
		dedupe: func(m *merge) string {
			return fmt.Sprintf("DELETE s FROM %s AS s JOIN (%s) AS d ON %s WHERE s.%s <> d.kept",
				staged, m.repeated(), m.equal("s", "d"), number)
		},
		// BINARY tells letters apart that a collation takes for the same.
		differs: func(columns []string) string {
			same := make([]string, len(columns))
			for i, c := range columns {
				same[i] = "BINARY t." + c + " <=> BINARY s." + c
			}
			return "NOT (" + strings.Join(same, " AND ") + ")"
		},
		text:  "%s",
		exact: " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
		caller: func(kind catalog.Kind) moresql.Caller {
			if kind == catalog.Function {
				return nil
			}
			return moresql.Procedure{Dialect: moresql.MySQL}
		},
	},
	catalog.SQLite: {
		check:  checkSQLite,
		closed: "%s is a virtual table, which takes no rows of an import",
		quotes: `"`,
		begin:  "BEGIN IMMEDIATE",
		undoes: true,
		stage: "CREATE TEMP TABLE " + staged + " AS " +
			"SELECT CAST(0 AS INTEGER) AS " + number + ", %[1]s FROM %[2]s LIMIT 0",
		sweep: "DELETE FROM " + staged,
		index: "CREATE INDEX IF NOT EXISTS temp.moresql_lines ON " + staged + " (" + number + ")",
		load:  insertRows(50),
		broken: "SELECT CASE WHEN foreign_keys THEN (SELECT count(*) FROM " +
			"pragma_foreign_key_check(?)) ELSE 0 END FROM pragma_foreign_keys",
		replaces: "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND " +
			"sql LIKE '%replace%' AND name = ?1 COLLATE NOCASE) AND NOT EXISTS (SELECT 1 FROM " +
			"sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE)",
		collations: "SELECT l.name, x.name, x.coll FROM pragma_index_list(?) l, " +
			"pragma_index_xinfo(l.name) x WHERE l.\"unique\" AND x.key ORDER BY l.name",
		fresh: "SELECT NOT EXISTS (SELECT 1 FROM %[1]s) AND NOT EXISTS (SELECT 1 FROM sqlite_master " +
			"WHERE (type = 'trigger' OR sql LIKE '%%ignore%%') AND " +
			"?1 LIKE '%%\"' || replace(tbl_name, '\"', '\"\"') || '\"')",
		meddled: "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE ?1 <> '' AND " +
			"tbl_name = ?2 COLLATE NOCASE AND (type = 'trigger' OR sql LIKE '%ignore%'))",
		returned: " RETURNING 1", // changes() leaves out what triggers do instead
		// What is no key has the value of the row whose line is the first or last ("SELECT", section
		// "Bare columns in an aggregate query").
		distinct: func(m *merge, last bool) string {
			kept := "min"
			if last {
				kept = "max"
			}
			return fmt.Sprintf("(SELECT *, %s(%s) FROM %s GROUP BY %s)", kept, number, staged, m.grouped())
		},
		update: func(m *merge) string {
			return fmt.Sprintf("UPDATE %s AS t SET %s FROM %s AS s WHERE %s AND %s", m.table,
				m.each(m.others, ", ", "%[1]s = s.%[1]s"), staged, m.same(), m.differs())
		},
		dedupe: func(m *merge) string {
			return fmt.Sprintf("DELETE FROM %s AS s WHERE EXISTS (SELECT 1 FROM (%s) AS d WHERE %s "+
				"AND s.%s <> d.kept)", staged, m.repeated(), m.equal("s", "d"), number)
		},
		differs: func(columns []string) string {
			other := make([]string, len(columns))
			for i, c := range columns {
				other[i] = "t." + c + " COLLATE BINARY IS NOT s." + c
			}
			return "(" + strings.Join(other, " OR ") + ")"
		},
		text: "%s",
	},
}

// staged is the table that rows are kept in until they are merged, and number its column for their
// place in the input.
const (
	staged = "moresql_staged"
	number = "moresql_line"
)

// ident quotes a name.
func (s *system) ident(name string) string {
	return s.quotes + strings.ReplaceAll(name, s.quotes, s.quotes+s.quotes) + s.quotes
}

// textOf returns a column under a name as text.
func (s *system) textOf(c *column, name string) string {
	if c.shown != "" {
		return fmt.Sprintf(c.shown, name)
	}
	return fmt.Sprintf(s.text, name)
}

// exec runs statements.
func exec(ctx context.Context, conn *sql.Conn, statements ...string) error {
	for _, text := range statements {
		if text == "" {
			continue
		}
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
