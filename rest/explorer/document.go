package explorer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// A listing is what the page shows of a document to a browser without JavaScript.
type listing struct {
	Title      string
	Groups     []*group
	operations map[string]*pathItem // by path
	components components
}

// A group is what one tag of the document has, such as a schema.
type group struct {
	Name  string
	Paths []*pathItem
}

// A pathItem is one path of the document.
type pathItem struct {
	Path          string
	Name, Summary string
	Methods       string // in upper case
	get, post     *operation
}

type operation struct {
	Tags                 []string
	Summary, Description string
	Parameters           []parameter
	RequestBody          body
	Responses            map[string]body // by status
}

// A body is what a request or a response has, by its media type.
type body struct {
	Content map[string]struct{ Schema schema }
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Required bool
	Schema   schema
	Content  map[string]struct{ Schema schema }
}

// A schema is as much of a JSON Schema as a control of a form shows.
type schema struct {
	Ref           string `json:"$ref"`
	Type          any
	Format        string
	Enum          []any
	Default       json.RawMessage
	Minimum       json.Number
	Maximum       json.Number
	MinLength     json.Number
	MaxLength     json.Number
	AllOf         []schema
	AnyOf         []schema
	OneOf         []schema
	Items         *schema
	Properties    members
	Required      []string
	ContentSchema json.RawMessage
	Partial       bool `json:"x-partial"`
}

type components struct {
	Schemas    map[string]schema
	Parameters map[string]parameter
}

// members are the members of an object in their order, which is that of a routine's parameters.
type members []struct {
	name   string
	schema schema
}

func (m *members) UnmarshalJSON(b []byte) error {
	return eachMember(b, func(name string, d *json.Decoder) error {
		var s schema
		err := d.Decode(&s)
		*m = append(*m, struct {
			name   string
			schema schema
		}{name, s})
		return err
	})
}

// eachMember calls use for each member of a JSON object, to decode its value.
func eachMember(b []byte, use func(name string, d *json.Decoder) error) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := use(name.(string), d); err != nil {
			return err
		}
	}
	return nil
}

// parse reads a document.
func parse(b []byte) (*listing, error) {
	var doc struct {
		Info       struct{ Title string }
		Paths      json.RawMessage
		Components components
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	l := &listing{
		Title: doc.Info.Title, operations: map[string]*pathItem{}, components: doc.Components,
	}
	err := eachMember(doc.Paths, func(path string, d *json.Decoder) error {
		var methods map[string]json.RawMessage
		if err := d.Decode(&methods); err != nil {
			return err
		}
		return l.add(path, methods)
	})
	return l, err
}

// add adds a path.
func (l *listing) add(path string, methods map[string]json.RawMessage) error {
	item := &pathItem{Path: path, Name: nameOf(path)}
	var names []string
	for _, method := range []string{"get", "post", "put", "patch", "delete"} {
		if methods[method] == nil {
			continue
		}
		op := new(operation)
		if err := json.Unmarshal(methods[method], op); err != nil {
			return err
		}
		names = append(names, strings.ToUpper(method))
		switch method {
		case http.MethodGet, "get":
			item.get = op
		case "post":
			item.post = op
		}
		if item.Summary == "" && !isNameOf(op, item.Name) {
			item.Summary = op.Summary
		}
		if len(names) == 1 {
			l.group(op.Tags).Paths = append(l.group(op.Tags).Paths, item)
		}
	}
	item.Methods = strings.Join(names, " ")
	l.operations[path] = item
	return nil
}

// isNameOf reports whether the summary of an operation says no more than its name.
func isNameOf(op *operation, name string) bool {
	return op.Summary == name || len(op.Tags) > 0 && op.Summary == op.Tags[0]+"."+name
}

// group returns the group of the first of some tags.
func (l *listing) group(tags []string) *group {
	name := ""
	if len(tags) > 0 {
		name = tags[0]
	}
	i := slices.IndexFunc(l.Groups, func(g *group) bool { return g.Name == name })
	if i < 0 {
		i = len(l.Groups)
		l.Groups = append(l.Groups, &group{Name: name})
	}
	return l.Groups[i]
}

// resolve returns a schema without references, and without the alternative null.
func (c *components) resolve(s schema) schema {
	for range 10 { // a document could refer in a circle
		switch {
		case s.Ref != "":
			s = c.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		case len(s.AllOf) == 1:
			inner, given := c.resolve(s.AllOf[0]), s.Default
			if given != nil {
				inner.Default = given
			}
			return inner
		case len(s.AnyOf) == 2 && s.AnyOf[1].Type == "null":
			given := s.Default
			if s = s.AnyOf[0]; given != nil {
				s = schema{AllOf: []schema{s}, Default: given}
			}
		default:
			return s
		}
	}
	return schema{}
}
