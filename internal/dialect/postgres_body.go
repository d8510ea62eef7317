package dialect

import "github.com/moresql/moresql/catalog"

// body writes the rows of a body as the table b, whose columns have the types of the relation's.
// PostgreSQL makes the values of JSON, which are thus as a response shows them, and reads texts as
// it reads literals. counts begins to count rows anew.
func (p *postgresWrite) body(w *selector, rows Rows, counts bool) {
	converts := p.Texts
	for _, name := range rows.Columns {
		converts = converts || p.readsJSON(w, name) != ""
	}
	if len(rows.Columns) == 0 {
		w.write("pg_catalog.json_array_elements(")
		p.json(w, rows, counts)
		w.write(") AS b")
		return
	}
	if converts {
		w.write("(SELECT ")
		w.values(rows.Columns, func(name string) {
			w.write(p.converted(w, name), " AS ", w.quote(name))
		})
		w.write(" FROM ")
	}
	w.write("pg_catalog.json_to_recordset(")
	p.json(w, rows, counts)
	w.write(") AS b (")
	w.values(rows.Columns, func(name string) {
		w.write(w.quote(name), " ", p.declared(w, name))
	})
	w.write(")")
	if converts {
		w.write(") AS b")
	}
}

// json writes the array of the rows.
func (p *postgresWrite) json(w *selector, rows Rows, counts bool) {
	const begin = "pg_catalog.set_config('moresql."
	switch {
	case counts && p.Counts:
		w.write("CASE ", begin, "inserted', '0', true) || ", begin, "changed', '0', true) || ",
			begin, "again', '0', true) WHEN '000' THEN ")
	case counts:
		w.write("CASE ", begin, "inserted', '0', true) WHEN '0' THEN ")
	}
	w.text = p.d.AppendPlaceholder(w.text, rows.Value+1)
	w.write("::json")
	if counts {
		w.write(" END")
	}
}

// readsJSON returns the function by which a type of its own is read from JSON, "" if PostgreSQL
// reads it.
func (p *postgresWrite) readsJSON(w *selector, name string) string {
	t := p.typeOf(name)
	if t == nil || t.Representation.FromJSON == nil {
		return ""
	}
	from := t.Representation.FromJSON
	return w.quote(from.Schema) + "." + w.quote(from.Name)
}

// declared returns the type that a column of the body has before it is converted.
func (p *postgresWrite) declared(w *selector, name string) string {
	switch {
	case p.Texts:
		return "text"
	case p.readsJSON(w, name) != "":
		return "json"
	}
	return sqlType(p.typeOf(name))
}

// converted returns the value of a column of the body in the type of the relation's.
func (p *postgresWrite) converted(w *selector, name string) string {
	value, t := "b."+w.quote(name), p.typeOf(name)
	from := p.readsJSON(w, name)
	switch {
	case from != "" && p.Texts:
		return from + "(pg_catalog.to_json(" + value + "))"
	case from != "":
		return from + "(" + value + ")"
	case p.Texts && !takesEmpty(t):
		return "nullif(" + value + ", '')::" + sqlType(t)
	case p.Texts:
		return value + "::" + sqlType(t)
	}
	return value
}

// takesEmpty reports whether the empty text may be a value of a type. For the others it stands for
// NULL, as in the CSV that a response is.
func takesEmpty(t *catalog.Type) bool {
	u := t.Underlying()
	if u == nil {
		return true
	}
	switch u.Kind {
	case catalog.Array, catalog.Range, catalog.Multirange, catalog.Composite:
		return false
	default:
		return !t.Is(16, 20, 21, 23, 26, 114, 650, 700, 701, 790, 829, 869, 1082, 1083, 1114, 1184, 1186,
			1266, 1700, 2950, 3802) // pg_type.dat
	}
}
