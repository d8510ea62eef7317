package dialect

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql/catalog"
)

// representation are the settings by which the text of a value differs from session to session.
var representation = []string{
	"TimeZone", "DateStyle", "IntervalStyle", "bytea_output", "extra_float_digits", "lc_monetary",
}

// version returns a query of the version of the only row of a page, of what else its bytes depend
// on, and of the texts of its key, as the text of a JSON array; NULL if there is no row.
func (p postgresFilters) version(w *selector) string {
	page := *w
	return w.capture(func() {
		w.write("(SELECT pg_catalog.json_build_array(", p.versionText(&page))
		for _, setting := range representation {
			w.write(", pg_catalog.current_setting('", setting, "')")
		}
		w.write(", (SELECT pg_catalog.string_agg(pg_catalog.concat(a.attnum, ' ', a.xmin), ',' "+
			"ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = ", w.table,
			".tableoid AND a.attnum > 0)") // what ALTER TABLE changes without writing rows
		for _, oid := range enumsOf(w.node.Relation) {
			w.write(", (SELECT pg_catalog.string_agg(l.enumlabel, ',' ORDER BY l.oid) "+
				"FROM pg_catalog.pg_enum AS l WHERE l.enumtypid = ", fmt.Sprint(oid), ")")
		}
		for _, name := range w.node.Relation.Key {
			w.write(", ", w.table, ".", w.quote(name), "::text")
		}
		w.write(")::text")
		page.rows()
		w.order(w.table)
		w.write(" LIMIT 1")
		if w.q.Offset != nil {
			w.write(" OFFSET ")
			w.value(*w.q.Offset)
			w.write("::bigint")
		}
		w.write(")")
	})
}

// enumsOf returns the types whose labels are values of a relation: a label can get another name.
func enumsOf(r *catalog.Relation) (oids []uint32) {
	for _, a := range r.Columns {
		t := a.Type.Underlying()
		if t != nil && t.Kind == catalog.Array {
			t = t.Elem.Underlying()
		}
		if t != nil && t.Kind == catalog.Enum && !slices.Contains(oids, t.OID) {
			oids = append(oids, t.OID)
		}
	}
	return oids
}

// versionText returns the version of a row as a text.
func (postgresFilters) versionText(w *selector) string {
	return w.table + "." + w.quote(w.node.Relation.Version) + "::text"
}

// hasVersion writes that a row has one of the versions that a request names.
func (p *postgresWrite) hasVersion(w *selector) {
	list := "{"
	for i, v := range p.Versions { // digits
		if i > 0 {
			list += ","
		}
		list += v
	}
	w.write(postgresFilters{}.versionText(w), " = ANY (")
	w.value(list + "}")
	w.write("::text[])")
}
