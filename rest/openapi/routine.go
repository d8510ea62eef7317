package openapi

import (
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// addRoutines adds the paths of all routines. Which schema a name is called in does not depend on
// who may call what.
func (d *document) addRoutines() {
	seen := map[string]bool{}
	for rest := d.snapshot.Routines(); len(rest) > 0; {
		first := rest[0]
		n := slices.IndexFunc(rest, func(r catalog.Routine) bool {
			return r.Name != first.Name || r.Schema != first.Schema
		})
		if n < 0 {
			n = len(rest)
		}
		overloads := rest[:n]
		rest = rest[n:]
		if d.about.Schema != "" && d.about.Schema != first.Schema || seen[first.Name] {
			continue
		}
		seen[first.Name] = true
		if callable := d.callable(overloads); len(callable) > 0 {
			d.addRoutine(callable)
		}
	}
}

// callable returns those of the overloads that are described.
func (d *document) callable(overloads []catalog.Routine) []*catalog.Routine {
	return slices.DeleteFunc(routine.Callable(overloads), func(r *catalog.Routine) bool {
		return d.about.May != nil && !d.about.May(r)
	})
}

// addRoutine adds the path of a name.
func (d *document) addRoutine(overloads []*catalog.Routine) {
	name := overloads[0].Name
	methods := object{}
	gettable := slices.DeleteFunc(slices.Clone(overloads), func(r *catalog.Routine) bool {
		return !routine.Gettable(r, d.can.readOnly) || !routine.TakesNames(r)
	})
	if len(gettable) > 0 {
		op := d.operation("get", gettable)
		parameters := append(d.arguments(gettable), d.shared(gettable, true)...)
		op = append(op, member{"parameters", parameters}, member{"responses", d.replies(gettable, true)})
		methods = append(methods, member{"get", op})
	}
	op := d.operation("post", overloads)
	if parameters := d.shared(overloads, false); len(parameters) > 0 {
		op = append(op, member{"parameters", parameters})
	}
	if body := d.body(overloads); body != nil {
		op = append(op, member{"requestBody", body})
	}
	op = append(op, member{"responses", d.replies(overloads, false)})
	d.add(d.path(name), append(methods, member{"post", op}))
}

// operation returns what an operation says of itself.
func (d *document) operation(method string, overloads []*catalog.Routine) object {
	r := overloads[0]
	summary, description := "", ""
	for _, r := range overloads {
		first, rest, _ := strings.Cut(strings.TrimSpace(r.Comment), "\n")
		switch first, rest = strings.TrimSpace(first), strings.TrimSpace(rest); {
		case summary == "":
			summary, description = first, rest
		case first != summary && first != "":
			description += "\n\n" + r.Comment
		}
	}
	if summary == "" {
		summary = qualified(r.Schema, r.Name)
	}
	if len(overloads) == 1 {
		description += "\n\nIt calls " + code(r) + "."
	} else {
		description += "\n\nThe names of the arguments choose one of:\n"
		for _, r := range overloads {
			description += "\n- " + code(r)
		}
	}
	op := object{
		{"tags", []string{d.tag(r.Schema)}},
		{"summary", summary},
		{"description", strings.TrimSpace(description)},
		{"operationId", d.operations.unique(method + "_" + r.Name)},
		{"x-kind", strings.ToLower(r.Kind.String())},
		{"x-reads", readsOnly(overloads)},
	}
	if len(overloads) == 1 {
		op = d.addEmbeds(op, d.relationOf(r))
	}
	return op
}

// code returns a routine or relation as CommonMark has code.
func code(what fmt.Stringer) string { return inCode(what.String()) }

func inCode(text string) string { return "`" + strings.ReplaceAll(text, "`", "'") + "`" }

// replies returns the responses of an operation.
func (d *document) replies(overloads []*catalog.Routine, isGet bool) object {
	content := object{}
	returns, isList, hasParts := false, false, false
	for _, r := range overloads {
		if routine.IsVoid(r) {
			continue
		}
		returns = true
		several := r.Result.Set || routine.Shape(r) == row.List
		isList, hasParts = isList || several, hasParts || several && d.isFilterable(r)
		for _, m := range d.content(r) {
			content = content.set(m.name, either(content.get(m.name), m.value.(object)))
		}
	}
	replies := object{}
	if returns {
		ok := object{{"description", "The result"}, {"content", content}}
		replies = append(replies, member{"200", ok})
		if hasParts {
			part := ok.set("description", "A part of the result, whose rows Prefer: count=exact has counted")
			replies = append(replies, member{"206", part})
		}
	}
	if !returns || slices.ContainsFunc(overloads, routine.IsVoid) {
		replies = append(replies, member{"204", object{{"description", "It returns nothing"}}})
	}
	key := errorsKey{
		get: isGet, list: isList, overloaded: len(overloads) > 1,
		embeds: slices.ContainsFunc(overloads, func(r *catalog.Routine) bool {
			return d.relationOf(r) != nil
		}),
		reads: readsOnly(overloads),
	}
	return append(replies, d.errorReplies(key)...)
}

// readsOnly reports whether none of the overloads writes.
func readsOnly(overloads []*catalog.Routine) bool {
	return !slices.ContainsFunc(overloads, func(r *catalog.Routine) bool { return !routine.Reads(r) })
}

// content returns the media types of a result.
func (d *document) content(r *catalog.Routine) object {
	content := object{}
	if own := routine.MediaType(r); own != "" && own != "*/*" {
		content = append(content, member{mediaType(own), object{}})
	} else if own != "" {
		return object{{"*/*", object{}}}
	}
	of := func(shape row.Shape) object { return d.result(r, shape) }
	for _, m := range formats(d.about.Encoders, len(r.Result.Columns), routine.ResultShape(r), of) {
		content = content.set(m.name, m.value)
	}
	if d.can.filters && r.Result.Columns != nil && content.get(singular) == nil {
		content = append(content, member{singular, object{{"schema", d.result(r, row.One)}}})
	}
	return content
}

// singular is the media type of a single row, which is on offer for all that can be filtered.
const singular = "application/vnd.pgrst.object+json"

// mediaType returns a media type without its parameters.
func mediaType(full string) string {
	name, _, err := mime.ParseMediaType(full)
	if err != nil {
		return full
	}
	return name
}

// formats returns the media types that have room for a result of some columns, of which negative
// ones are not known. schema returns what JSON has for a shape.
func formats(
	encoders []encoder.Encoder, columns int, shape row.Shape, schema func(row.Shape) object,
) (content object) {
	for _, e := range encoders {
		c, ok := e.(encoder.ColumnChecker)
		switch {
		case !ok, columns < 0 && (c.CheckColumns(1) == nil || c.CheckColumns(2) == nil):
		case columns < 0 || c.CheckColumns(max(1, columns)) != nil:
			continue
		}
		media := object{}
		name := mediaType(e.MediaType())
		if name == "application/json" || name == singular {
			of := shape
			if s, ok := e.(encoder.Shaper); ok {
				of = s.Shape(shape)
			}
			media = object{{"schema", schema(of)}}
		}
		content = content.set(name, media)
	}
	return content
}

// result returns the schema of a result in JSON.
func (d *document) result(r *catalog.Routine, shape row.Shape) object {
	switch shape {
	case row.One:
		return d.row(r)
	case row.Maybe:
		return orNull(d.row(r))
	case row.Scalar:
		return d.schemas.nullable(r.Result.Type)
	case row.Scalars:
		return object{{"type", "array"}, {"items", d.schemas.nullable(r.Result.Type)}}
	}
	return object{{"type", "array"}, {"items", d.row(r)}}
}

// row returns the schema of a row: that of its type, or a component of its own.
func (d *document) row(r *catalog.Routine) object {
	if t := r.Result.Type.Underlying(); t != nil && t.Kind == catalog.Composite {
		return d.schemas.ref(t)
	}
	if r.Result.Columns == nil {
		return anyRow
	}
	return d.schemas.rowOf(r)
}

// anyRow is the schema of a row of which nothing else is known. Generators of clients take an
// object without members for one that has none, unless it says that it may have others.
var anyRow = object{{"type", "object"}, {"additionalProperties", true}}

// either returns the schema of a media type that two overloads return.
func either(a any, b object) object {
	first, ok := a.(object)
	if !ok || fmt.Sprint(first) == fmt.Sprint(b) {
		return b
	}
	one, two := first.get("schema"), b.get("schema")
	if one == nil || two == nil {
		return object{}
	}
	choice := list{one}
	if several, ok := one.(object).get("anyOf").(list); ok {
		choice = slices.Clone(several)
	}
	if slices.ContainsFunc(choice, func(c any) bool { return fmt.Sprint(c) == fmt.Sprint(two) }) {
		return first
	}
	return object{{"schema", object{{"anyOf", append(choice, two)}}}}
}
