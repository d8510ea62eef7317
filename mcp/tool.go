package mcp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql/catalog"
)

// A tool is a name that can be called, with all its overloads.
type tool struct {
	sdk.Tool
	schema, routine string // "" for a catalog without schemas
	contentType     string // of the request
	readOnly        bool
	pages           bool // the arguments limit and offset choose a part of the result
	cut             bool // the database need not return more rows than there is room for
}

// makeTools makes the tools of the documents of all schemas. A name that several schemas have is
// that of the first, and in the others goes after its schema's. Names that have to be changed come
// last, so that none is given away that a routine has as it is.
func makeTools(s *catalog.Snapshot, documents []*document, o Options) []*tool {
	var tools []*tool
	taken := map[string]bool{}
	for _, d := range documents {
		for _, p := range d.paths {
			var item object
			if item.UnmarshalJSON(p.value) != nil {
				continue
			}
			t := d.tool(s, routineOf(p.name), item.object("post"), o)
			t.Name = t.routine
			if taken[t.routine] {
				t.Name = d.schema + "_" + t.routine
			}
			tools = append(tools, t)
		}
		for _, t := range tools {
			taken[t.routine] = true
		}
	}
	names := names{searchName: true, callName: true}
	order := slices.Clone(tools)
	slices.SortStableFunc(order, func(a, b *tool) int { return a.changes() - b.changes() })
	for _, t := range order {
		t.Name = names.unique(t.Name)
	}
	return tools
}

// tool makes the tool of an operation of the document.
func (d *document) tool(s *catalog.Snapshot, name string, op object, o Options) *tool {
	overloads := s.Lookup(d.schema, name)
	replies := op.object("responses")
	t := &tool{schema: d.schema, routine: name, readOnly: all(overloads, reads)}
	t.cut = t.readOnly && all(overloads, hasParts) && replies.get("206") != nil
	t.Description = strings.TrimSpace(op.text("summary") + "\n\n" + op.text("description"))
	if slices.ContainsFunc(overloads, func(r catalog.Routine) bool { return r.Comment != "" }) {
		t.Title = op.text("summary")
	}
	destructive, open := !t.readOnly, false
	t.Annotations = &sdk.ToolAnnotations{
		ReadOnlyHint: t.readOnly, IdempotentHint: t.readOnly,
		DestructiveHint: &destructive, OpenWorldHint: &open,
	}
	t.setInput(d, op.object("requestBody").object("content"), o)
	t.setOutput(d, replies, overloads)
	return t
}

// media are the types of a body that is one argument as a whole.
var media = []string{"text/plain", "application/xml", "application/octet-stream"}

// setInput sets the schema of the arguments, an object.
func (t *tool) setInput(d *document, content object, o Options) {
	t.contentType = "application/json"
	input := object{}
	input.set("type", "object")
	if named := content.object("application/json"); named != nil {
		input = d.input(named.object("schema"))
	} else if whole := firstOf(content, media); whole != "" {
		t.contentType = whole
		body := map[string]string{"type": "string"}
		if t.contentType == "application/octet-stream" {
			body["contentEncoding"] = "base64"
		}
		input.set("properties", map[string]any{"body": body})
		input.set("required", []string{"body"})
		input.set("additionalProperties", false)
	} else {
		input.set("properties", struct{}{})
		input.set("additionalProperties", false)
	}
	properties := input.object("properties")
	t.pages = t.cut && properties.get("limit") == nil && properties.get("offset") == nil &&
		string(input.get("additionalProperties")) == "false"
	if t.pages {
		properties.set("limit", map[string]any{
			"type": "integer", "minimum": 1, "maximum": o.MaxRows, "description": "the most rows to return",
		})
		properties.set("offset", map[string]any{
			"type": "integer", "minimum": 0, "description": "how many rows to skip",
		})
		input.set("properties", properties)
	}
	t.InputSchema = marshal(input)
}

// firstOf returns the first name that an object has a member with, "" if there is none.
func firstOf(o object, names []string) string {
	for _, name := range names {
		if o.get(name) != nil {
			return name
		}
	}
	return ""
}

// input returns the schema of a tool's arguments for that of a body in JSON. The arguments of
// overloads are those of all: many models do not know choices at the top of a schema.
func (d *document) input(whole object) object {
	if whole.get("properties") != nil {
		return d.standalone(whole)
	}
	var choices []object
	for _, name := range []string{"oneOf", "anyOf"} {
		if json.Unmarshal(whole.get(name), &choices) == nil && choices != nil {
			break
		}
	}
	properties, required, open := object{}, []string(nil), len(choices) == 0
	for i, c := range choices {
		open = open || c.get("properties") == nil
		for _, p := range c.object("properties") {
			if before := properties.get(p.name); before == nil {
				properties = append(properties, p)
			} else if !bytes.Equal(before, p.value) {
				properties.set(p.name, map[string]any{"anyOf": []json.RawMessage{before, p.value}})
			}
		}
		var needed []string
		json.Unmarshal(c.get("required"), &needed) // none leaves it empty
		if i == 0 {
			required = needed
		}
		required = slices.DeleteFunc(required, func(n string) bool { return !slices.Contains(needed, n) })
	}
	merged := object{}
	merged.set("type", "object")
	merged.set("properties", properties)
	if len(required) > 0 {
		merged.set("required", required)
	}
	merged.set("additionalProperties", open)
	return d.standalone(merged)
}

// split returns the body and the query of the request for a call. All that is in the body is as the
// client has written it.
func (t *tool) split(arguments json.RawMessage, rows int) (
	body []byte, query url.Values, err error,
) {
	if body = bytes.TrimSpace(arguments); len(body) == 0 || string(body) == "null" {
		body = []byte("{}")
	}
	var all object
	if err := all.UnmarshalJSON(body); err != nil {
		return nil, nil, errors.New("the arguments are not an object")
	}
	switch {
	case t.contentType != "application/json":
		body, err = all.body(t.contentType == "application/octet-stream")
		return body, nil, err
	case !t.cut:
		return body, nil, nil
	}
	limit, offset := rows+1, 0 // one more shows that there are more
	if t.pages {
		if limit, offset, err = all.page(limit); err != nil {
			return nil, nil, err
		}
		all = slices.DeleteFunc(all, func(m member) bool {
			return m.name == "limit" || m.name == "offset"
		})
		body = marshal(all)
	}
	query = url.Values{"limit": {strconv.Itoa(limit)}}
	if offset > 0 {
		query.Set("offset", strconv.Itoa(offset))
	}
	return body, query, nil
}

// body returns the argument body, which is the only one.
func (o object) body(isBase64 bool) (body []byte, err error) {
	var text *string
	switch value := o.get("body"); {
	case value == nil:
		return nil, errors.New("the argument body is missing")
	case len(o) > 1 || json.Unmarshal(value, &text) != nil || text == nil:
		return nil, errors.New("the only argument is body, a string")
	}
	if !isBase64 {
		return []byte(*text), nil
	}
	if body, err = base64.StdEncoding.DecodeString(*text); err != nil {
		err = errors.New("the argument body is not base64")
	}
	return body, err
}

// page returns what the arguments limit and offset say, where most is the largest limit.
func (o object) page(most int) (limit, offset int, err error) {
	limit = most
	for _, m := range o {
		at, least := &offset, 0
		switch m.name {
		case "limit":
			at, least = &limit, 1
		case "offset":
		default:
			continue
		}
		n, err := strconv.Atoi(string(m.value))
		if err != nil || n < least {
			return 0, 0, fmt.Errorf("%s must be a whole number of at least %d", m.name, least)
		}
		*at = n
	}
	return min(limit, most), offset, nil
}

// changes returns 0 for a tool that can have the name of its routine, 1 for others.
func (t *tool) changes() int {
	if t.Name == t.routine && strings.Map(allowed, t.Name) == t.Name {
		return 0
	}
	return 1
}

// names are those that have been given.
type names map[string]bool

// unique returns a name for a tool, made of one of the database: letters, digits, _ and -, at most
// 64, which every model takes, and another one than all before.
func (n names) unique(name string) string {
	const longest = 64
	name = strings.Map(allowed, name)
	next := name[:min(len(name), longest)]
	for i := 2; n[next]; i++ {
		suffix := "_" + strconv.Itoa(i)
		next = name[:min(len(name), longest-len(suffix))] + suffix
	}
	n[next] = true
	return next
}

// allowed returns a rune of a name as every model takes it.
func allowed(c rune) rune {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		return c
	}
	return '_'
}
