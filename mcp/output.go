package mcp

import (
	"encoding/json"
	"slices"

	"github.com/moresql/moresql/catalog"
)

// setOutput sets the schema of the result: an object with that of the document.
func (t *tool) setOutput(d *document, replies object, overloads []catalog.Routine) {
	properties := object{}
	if replies.get("200") != nil {
		content := replies.object("200").object("content").object("application/json")
		properties.set("result", content.object("schema").exact(all(overloads, isList)))
	}
	if slices.ContainsFunc(overloads, isList) {
		properties.set("truncated", map[string]string{
			"type": "boolean", "description": "true if there are more rows, which are left out",
		})
		properties.set("note", map[string]string{
			"type": "string", "description": "how to get what is left out",
		})
	}
	if t.pages {
		properties.set("next_offset", map[string]string{
			"type": "integer", "description": "the offset of the next rows",
		})
	}
	output := object{}
	output.set("type", "object")
	output.set("properties", properties)
	if replies.get("200") != nil && replies.get("204") == nil {
		output.set("required", []string{"result"})
	}
	output = d.standalone(output)
	if defs := output.object("$defs"); defs != nil {
		output.set("$defs", defs.eachExact())
	}
	t.OutputSchema = marshal(output)
}

// exact returns a schema that holds for each result, since a client drops one for which it does
// not: also for what the document leaves out, as generators would take it for the rule. A number
// may be NaN or infinite, which are strings, a date infinite or long ago, and an array one of
// arrays, unless it is that of the rows.
func (o object) exact(isRows bool) (schema object) {
	for _, m := range o {
		switch m.name {
		case "type":
			m.value = withString(m.value)
		case "format":
			if format := o.text("format"); format == "date" || format == "date-time" {
				continue
			}
		case "properties":
			m.value = marshal(o.object(m.name).eachExact())
		case "items":
			item := o.object(m.name).exact(false)
			if m.value = marshal(item); !isRows && len(item) > 0 {
				m.value = marshal(map[string][]any{"anyOf": {item, map[string]string{"type": "array"}}})
			}
		case "anyOf", "allOf":
			var list []object
			json.Unmarshal(m.value, &list) // the document has no other
			for i := range list {
				list[i] = list[i].exact(isRows)
			}
			m.value = marshal(list)
		}
		schema = append(schema, m)
	}
	return schema
}

// eachExact returns the schemas that are the members of an object.
func (o object) eachExact() (schemas object) {
	for _, m := range o {
		schemas = append(schemas, member{m.name, marshal(o.object(m.name).exact(false))})
	}
	return schemas
}

// withString returns a type or a list of types, with string if number is among them.
func withString(value json.RawMessage) json.RawMessage {
	var types []string
	if json.Unmarshal(value, &types) != nil {
		types = []string{""}
		json.Unmarshal(value, &types[0]) // is a string
	}
	i := slices.Index(types, "number")
	if i < 0 || slices.Contains(types, "string") {
		return value
	}
	return marshal(slices.Insert(types, i+1, "string"))
}
