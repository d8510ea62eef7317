package client

import "fmt"

// relation writes the methods of a relation.
func (w *tsWriter) relation(r *relation) {
	if r.row != nil {
		filter, where := "", "undefined"
		if r.filter != nil {
			filter, where = "where?: "+r.filter.name+", ", "where"
		}
		w.rows(r, "list", "Reads the rows of "+r.String()+" that a filter selects.", r.Comment,
			filter+"page?: Page", []string{quoted(r.target()), `"GET"`, "undefined", where, "page"})
	}
	if r.insert != nil {
		prefer := quoted("missing=default, return=" + r.representation())
		w.rows(r, "insert", "Adds rows to "+r.String()+r.returns()+".", "",
			fmt.Sprintf("rows: %s | readonly %[1]s[]", r.insert.name),
			[]string{quoted(r.written()), `"POST"`, prefer, "undefined", "undefined", "rows"})
	}
	const prefer = `"return=representation"`
	if r.update != nil {
		w.rows(r, "update", "Changes the rows of "+r.String()+selected, "",
			"where: "+r.filter.name+", set: "+r.update.name,
			[]string{quoted(r.target()), `"PATCH"`, prefer, "where", "undefined", "set"})
	}
	if r.deletes {
		w.rows(r, "delete", "Deletes the rows of "+r.String()+selected, "", "where: "+r.filter.name,
			[]string{quoted(r.target()), `"DELETE"`, prefer, "where"})
	}
}

// rows writes a method that calls the function fetchRows, and returns rows if they can be read.
func (w *tsWriter) rows(r *relation, verb, does, more, params string, args []string) {
	w.printf("\n")
	w.comment("  ", does, more)
	result, keep, last := "void", "", ""
	if r.row != nil {
		result, keep = r.row.name+"[]", "const response = "
		last = "    return response.json();\n"
	}
	w.printf("  async %s(%s): Promise<%s> {\n    %sawait fetchRows(\n      this.#url + %s,\n"+
		"      this.#init,\n", w.method(verb+"_"+r.Name), params, result, keep, args[0])
	for _, arg := range args[1:] {
		w.printf("      %s,\n", arg)
	}
	w.printf("    );\n%s  }\n", last)
}
