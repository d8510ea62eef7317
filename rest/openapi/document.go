package openapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/routine"
)

// A document is the state of one that is being made.
type document struct {
	about    About
	can      abilities
	snapshot *catalog.Snapshot

	paths      object
	places     map[string]int               // of the paths
	served     map[string]*catalog.Relation // by name, see pathOf
	written    map[string]string            // the components of what rows get
	operations names                        // the IDs
	tags       []string
	schemas    schemas
	parameters components // shared ones
	responses  components // shared ones
	errors     map[errorsKey]object
}

// describe makes a document.
func describe(s *catalog.Snapshot, about About, can abilities) []byte {
	if about.Encoders == nil {
		about.Encoders = []encoder.Encoder{encoder.JSON()}
	}
	d := &document{
		about: about, can: can, snapshot: s,
		paths: object{}, places: map[string]int{}, written: map[string]string{}, operations: names{},
		schemas: schemas{
			dialect: can.dialect, names: names{},
			byType: map[*catalog.Type]string{}, rows: map[*catalog.Column]string{},
		},
		errors: map[errorsKey]object{},
	}
	d.addHandlers()
	d.addRoutines()
	if about.Tables != "" {
		d.addRelations()
	}
	d.addChannels()
	doc := object{
		{"openapi", "3.1.0"},
		{"info", d.info()},
		{"servers", list{object{{"url", cmp.Or(about.Server, "/")}}}},
		{"tags", d.tagList()},
		{"security", d.security()},
		{"paths", d.paths},
		{"components", d.components()},
	}
	return appendJSON(make([]byte, 0, 64<<10), doc)
}

func (d *document) info() object {
	title, about := d.about.Title, d.about.Description
	what, all := "routines", "Functions and procedures"
	if d.about.Tables != "" && len(d.snapshot.Routines()) == 0 {
		what, all = "tables", "Tables and views"
	}
	if title == "" {
		title = strings.TrimSpace("The " + what + " of " + strings.Join(d.snapshot.Schemas(), ", "))
	}
	if about == "" {
		about = all + " of a database."
	}
	if suffixes := negotiate.Suffixes(d.about.Encoders); len(suffixes) > 0 {
		about += "\n\nThe end of a path may name the format of the response: " +
			strings.Join(suffixes, ", ") + "."
	}
	return object{
		{"title", title}, {"version", cmp.Or(d.about.Version, "1")}, {"description", about},
	}
}

func (d *document) tagList() list {
	tags := list{}
	for _, name := range d.tags {
		description := "What the schema " + name + " has"
		switch {
		case slices.Contains(d.snapshot.Schemas(), name):
		case name == "events" && d.about.Channels != nil:
			description = "What the database sends when it happens"
		default:
			description = "What is served of no schema"
		}
		tags = append(tags, object{{"name", name}, {"description", description}})
	}
	return tags
}

// tag returns the tag of a schema.
func (d *document) tag(schema string) string {
	schema = cmp.Or(schema, "routines")
	if !slices.Contains(d.tags, schema) {
		d.tags = append(d.tags, schema)
	}
	return schema
}

// security returns the schemes of which every request needs one. An empty list says that none is
// needed, where a missing one would say nothing.
func (d *document) security() list {
	if !d.about.Bearer {
		return list{}
	}
	return list{object{{"bearer", list{}}}}
}

func (d *document) components() object {
	all := object{}
	if len(d.schemas.components) > 0 {
		all = append(all, member{"schemas", d.schemas.components})
	}
	if len(d.parameters.list) > 0 {
		all = append(all, member{"parameters", d.parameters.list})
	}
	if len(d.responses.list) > 0 {
		all = append(all, member{"responses", d.responses.list})
	}
	if d.about.Bearer {
		bearer := object{{"type", "http"}, {"scheme", "bearer"}}
		all = append(all, member{"securitySchemes", object{{"bearer", bearer}}})
	}
	return all
}

// path returns the path of a routine, as a client escapes it.
func (d *document) path(name string) string {
	// Braces would be a template's, and Segment escapes them.
	return strings.TrimSuffix(cmp.Or(d.about.Path, "/rpc"), "/") + "/" + routine.Segment(name)
}

// add adds the methods of a path. Those that it has already are more specific, as to ServeMux.
func (d *document) add(path string, methods object) {
	at, ok := d.places[path]
	if !ok {
		d.places[path] = len(d.paths)
		d.paths = append(d.paths, member{path, methods})
		return
	}
	item := d.paths[at].value.(object)
	for _, m := range methods {
		if item.get(m.name) == nil {
			item = append(item, m)
		}
	}
	d.paths[at].value = item
}

// components are those of one section, each of which is there once, if something refers to it.
type components struct {
	section string
	names   names
	byKey   map[string]string
	list    object
}

// ref returns a reference to the component with a key, which is built if it is missing.
func (c *components) ref(section, key string, build func() object) object {
	if c.byKey == nil {
		c.section, c.names, c.byKey = section, names{}, map[string]string{}
	}
	name, ok := c.byKey[key]
	if !ok {
		name = c.names.unique(key)
		c.byKey[key] = name
		c.list = append(c.list, member{name, build()})
	}
	return reference(c.section, name)
}
