package client

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

//go:embed runtime/client.ts
var tsRuntime string

//go:embed runtime/tables.ts
var tsTables string

// TypeScript returns the source of a module with a class Client, whose methods have the names of
// the routines and return promises. It needs fetch, and compiles under strict. A NULL is null; JSON
// that no type of SQL describes is unknown. JavaScript's numbers have 53 bits: a bigint or numeric
// that has more loses digits there.
func TypeScript(s *catalog.Snapshot, o Options) []byte {
	w := &tsWriter{}
	m := read(s, o)
	w.printf("// Written by moresql from the catalog of the database. Do not edit.\n\n%s\n", tsRuntime)
	if len(m.relations) > 0 {
		w.printf("%s\n", tsTables)
	}
	w.comment("", "The functions of a database, called over HTTP.", "")
	w.printf("export class Client {\n  readonly #url: string;\n  readonly #init: RequestInit;\n\n")
	w.comment("  ", "Calls the server at a URL; init is that of each fetch, as for Authorization.", "")
	w.printf("  constructor(url: string, init: RequestInit = {}) {\n" +
		"    this.#url = url.replace(/\\/$/, \"\");\n    this.#init = init;\n  }\n")
	for _, c := range m.calls {
		w.call(c)
	}
	for _, r := range m.relations {
		w.relation(r)
	}
	w.printf("}\n")
	for _, c := range m.calls {
		if c.params != nil {
			w.declare(c.params)
		}
	}
	for _, n := range m.types {
		w.declare(n)
	}
	return w.Bytes()
}

// A tsWriter writes TypeScript.
type tsWriter struct {
	bytes.Buffer
	methods names
}

func (w *tsWriter) printf(format string, args ...any) { fmt.Fprintf(&w.Buffer, format, args...) }

func (w *tsWriter) comment(indent, first, more string) {
	list := lines(strings.ReplaceAll(first+"\n\n"+more, "*/", "*\\/"))
	if len(list) == 1 {
		w.printf("%s/** %s */\n", indent, list[0])
		return
	}
	w.printf("%s/**\n", indent)
	for _, line := range list {
		w.printf("%s\n", strings.TrimRight(indent+" * "+line, " "))
	}
	w.printf("%s */\n", indent)
}

func (w *tsWriter) call(c *call) {
	w.printf("\n")
	w.comment("  ", "Calls "+c.Routine.String()+".", c.Comment)
	params, mediaType, body := "", "undefined", "undefined"
	switch {
	case c.bodyType != "":
		params, mediaType, body = "body: BodyInit", quoted(c.bodyType), "body"
	case c.params != nil:
		params, mediaType, body = "args: "+c.params.name, `"application/json"`, "JSON.stringify(args)"
		if !hasRequired(c.args) {
			params += " = {}"
		}
	}
	result, last := "void", ""
	switch t := w.typeOf(c.result); {
	case c.media != "":
		result, last = "Blob", "    return response.blob();\n"
	case c.result == nil:
	case c.shape == row.List || c.shape == row.Scalars:
		if strings.Contains(t, " ") {
			t = "(" + t + ")"
		}
		result, last = t+"[]", "    return response.json();\n"
	default:
		result, last = t, "    return response.json();\n"
	}
	name := w.method(c.name)
	keep := "const response = "
	if last == "" {
		keep = ""
	}
	w.printf("  async %s(%s): Promise<%s> {\n    %sawait send(\n", name, params, result, keep)
	for _, arg := range []string{
		"this.#url + " + quoted("/rpc/"+routine.Segment(c.Name)), "this.#init",
		quoted(c.accept()), mediaType, body,
	} {
		w.printf("      %s,\n", arg)
	}
	w.printf("    );\n%s  }\n", last)
}

// method returns the name of a method as it is declared.
func (w *tsWriter) method(name string) string {
	name = w.methods.unique(name)
	switch {
	case name == "constructor":
		return `["constructor"]`
	case !identifier.MatchString(name):
		return quoted(name)
	}
	return name
}

func hasRequired(args []arg) bool {
	for _, a := range args {
		if !a.optional {
			return true
		}
	}
	return false
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// quoted returns a string of JavaScript, which may be anything that JSON's may be.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil { // it never is of a string
		panic(err)
	}
	return string(b)
}

// typeOf returns the type of a value.
func (w *tsWriter) typeOf(r *ref) (t string) {
	switch {
	case r == nil:
		return ""
	case r.kind == anything && r.types == nil:
		return "unknown" // null too
	case r.kind == anything: // the types have the names of JavaScript, but for that of integers
		t = strings.ReplaceAll(strings.Join(r.types, " | "), "integer", "number")
	case r.kind == conditions:
		t = "string | readonly string[]"
	case r.kind == list:
		if t = w.typeOf(r.elem); strings.Contains(t, " ") {
			t = "(" + t + ")"
		}
		t += "[]"
	case r.kind == named:
		t = r.named.name
	case r.words != nil:
		t = union(r.words)
	case r.kind == text:
		t = "string"
	case r.kind == boolean:
		t = "boolean"
	default:
		t = "number"
	}
	if r.null {
		t += " | null"
	}
	return t
}

func (w *tsWriter) declare(n *namedType) {
	w.printf("\n")
	w.comment("", strings.ToUpper(n.title[:1])+n.title[1:]+".", n.doc)
	if n.labels != nil {
		w.printf("export type %s = %s;\n", n.name, union(n.labels))
		return
	}
	w.printf("export interface %s {\n", n.name)
	for _, f := range n.fields {
		name, t := f.name, w.typeOf(f.ref)
		if !identifier.MatchString(name) {
			name = quoted(name)
		}
		if f.may || f.set {
			name += "?"
		}
		if f.arg && !f.ref.null && f.ref.kind != anything {
			t += " | null"
		}
		w.printf("  %s: %s;\n", name, t)
	}
	w.printf("}\n")
}

// union returns the type of words.
func union(words []string) string {
	var list []string
	for _, word := range words {
		list = append(list, quoted(word))
	}
	return cmp.Or(strings.Join(list, " | "), "never")
}
