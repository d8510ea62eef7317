package dialect

import (
	"slices"

	"github.com/moresql/moresql/catalog"
)

// insertCounted writes an INSERT that counts what it does with each row of the body. Of rows with
// the same key the last one counts, or the first if rows that are there already are left alone.
func (p *postgresWrite) insertCounted(w *selector) {
	rows, n := p.Rows[0], w.free("n")
	w.write("WITH b AS MATERIALIZED (SELECT b.*, pg_catalog.row_number() OVER () AS ", n, " FROM ")
	p.body(w, rows, p.Merge)
	w.write("), l AS MATERIALIZED (SELECT ")
	if includes(rows.Columns, p.Key) {
		w.write("DISTINCT ON (")
		p.keyOf(w, n)
		w.write(") b.* FROM b ORDER BY ")
		p.keyOf(w, n)
		w.write(", b.", n)
		if p.Merge {
			w.write(" DESC")
		}
	} else {
		w.write("b.* FROM b")
	}
	w.write("), w AS (INSERT INTO ", w.relation(p.Node.Relation), " AS t (")
	w.values(rows.Columns, p.name(w))
	w.write(") SELECT ")
	w.values(rows.Columns, func(name string) { w.write("l.", w.quote(name)) })
	w.write(" FROM l")
	if p.Merge {
		w.write(" WHERE ", countedBy("inserted", "+"))
	}
	w.write(" ON CONFLICT (")
	w.values(p.Key, p.name(w))
	w.write(") DO ")
	if p.Merge {
		p.merge(w, without(rows.Columns, p.Key))
	} else {
		w.write("NOTHING")
	}
	p.returning(w, nil)
	w.write(")")
}

// keyOf writes what rows of the body have in common that are the same row. A key with a NULL in it
// is not that of another row.
func (p *postgresWrite) keyOf(w *selector, n string) {
	w.values(p.Key, func(name string) { w.write("b.", w.quote(name)) })
	w.write(", CASE WHEN false")
	for _, name := range p.Key {
		w.write(" OR b.", w.quote(name), " IS NULL")
	}
	w.write(" THEN b.", n, " END")
}

// merge writes what changes a row that is there already, if that is another one than before, and
// counts it. What earlier statements of this transaction have written or locked has been in the
// body before: the lock is that of a row which has not changed.
func (p *postgresWrite) merge(w *selector, set []string) {
	again, differs := "false", func() { w.write("false") }
	// Others have no such columns, or a role may not read them.
	if r := p.Node.Relation; r.Kind == catalog.Table && r.Version != "" {
		again = isEarlier("t.xmin") + " OR " + isEarlier("t.xmax")
	}
	if len(set) > 0 {
		differs = func() { p.differs(w, set) }
	} else {
		set = p.Key
	}
	w.write("UPDATE SET ")
	w.values(set, func(name string) { w.write(w.quote(name), " = EXCLUDED.", w.quote(name)) })
	w.write(" WHERE CASE WHEN ", countedBy("inserted", "-"), " THEN CASE WHEN ", again, " THEN ",
		countedBy("again", "+"), " AND (")
	differs()
	w.write(") WHEN ")
	differs()
	w.write(" THEN ", countedBy("changed", "+"), " ELSE false END END")
}

// isEarlier returns the condition that an xid is of an earlier statement of the transaction. Each
// has a savepoint, and so an xid of its own, from that of the transaction to the last one, which
// lastXID has kept. Between these are xids of others, which have committed: only their rows are
// seen.
func isEarlier(xid string) string {
	return "CASE WHEN " + fullXID(xid) + " <= " + keptXID + " THEN pg_catalog.pg_xact_status((" +
		fullXID(xid) + ")::text::xid8) = 'in progress' ELSE false END"
}

// fullXID returns the number that an xid has if it is none before that of the transaction: the
// columns of rows, and locks, have its 32 lower bits, which begin anew (PostgreSQL manual, 25.1.5).
func fullXID(xid string) string {
	const first = "pg_catalog.pg_current_xact_id()::text::int8"
	return first + " + (" + xid + "::text::int8 - " + first + " & 4294967295)"
}

const keptXID = "nullif(pg_catalog.current_setting('moresql.last', true), '')::int8"

// differs writes whether any of the columns would have another value.
func (p *postgresWrite) differs(w *selector, names []string) {
	for i, name := range names {
		if i > 0 {
			w.write(" OR ")
		}
		cast := "::text"
		if t := p.typeOf(name); t.Is(16, 20, 21, 23, 25, 1043, 1082, 1114, 1184, 2950) { // pg_type.dat
			cast = "" // what is equal is the same
		}
		column := w.quote(name)
		w.write("t.", column, cast, " IS DISTINCT FROM EXCLUDED.", column, cast)
	}
}

// countColumns writes the metadata columns of Written for Counts.
func (p *postgresWrite) countColumns(w *selector) {
	if p.Merge {
		w.metaColumn(counter("inserted"))
		w.metaColumn(counter("changed"))
		w.metaColumn(counter("again"))
	} else {
		w.metaColumn("c.n")
		w.metaColumn("0")
		w.metaColumn("0")
	}
	w.metaColumn("(SELECT pg_catalog.count(*) FROM b)")
	w.metaColumn("(SELECT pg_catalog.count(*) FROM l)")
	w.metaColumn(lastXID)
}

// lastXID keeps the highest xid that the transaction has had so far: that of this statement, if it
// has written or locked anything, whose lock the session holds.
var lastXID = "pg_catalog.set_config('moresql.last', (SELECT greatest(" + keptXID +
	", pg_catalog.max(" + fullXID("transactionid") + "))::text FROM pg_catalog.pg_locks WHERE pid = " +
	"pg_catalog.pg_backend_pid() AND locktype = 'transactionid' AND c.n IS NOT NULL), true)"

// includes reports whether all of part are in list.
func includes(list, part []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(list, s) })
}
