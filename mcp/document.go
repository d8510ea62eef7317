package mcp

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// A document is the OpenAPI document of one schema, with what a role may call.
type document struct {
	schema     string
	paths      object
	components object // the schemas, by name
}

// surfaceOf returns what the role of a request may use, or the response to one that is refused. It
// has the OpenAPI document made for the role, whose rights the database reports each time; what is
// made of it is kept for as long as the catalog is.
func (s *Server) surfaceOf(ctx context.Context) (*surface, *reply) {
	snapshot := s.catalog.Current()
	schemas := snapshot.Schemas()
	if len(schemas) == 0 {
		schemas = []string{""}
	}
	var documents []*document
	var tags []string
	for _, schema := range schemas {
		d, tag, failed := s.fetch(ctx, snapshot, schema)
		if failed != nil {
			return nil, failed
		}
		documents, tags = append(documents, d), append(tags, tag)
	}
	if s.catalog.Current() != snapshot { // a document may be of the newer one
		return s.surfaceOf(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.Join(tags, " ")
	tools := s.made[key]
	if tools == nil || s.snapshot != snapshot {
		tools = newSurface(s, false)
		tools.show(makeTools(snapshot, documents, s.options))
		if s.snapshot == snapshot {
			s.made[key] = tools
		}
	}
	return tools, nil
}

// fetch returns the document of a schema, and its ETag.
func (s *Server) fetch(
	ctx context.Context, snapshot *catalog.Snapshot, schema string,
) (*document, string, *reply) {
	header := http.Header{"Accept": {"application/openapi+json"}}
	if schema != "" {
		header.Set("Accept-Profile", schema)
	}
	kept := s.kept(snapshot)
	for tag := range kept {
		header.Add("If-None-Match", tag)
	}
	got := run(ctx, s.document, http.MethodGet, "/openapi.json", header, nil)
	tag := got.header.Get("Etag")
	switch got.status {
	case http.StatusNotModified:
		return kept[tag], tag, nil
	case http.StatusOK:
	default:
		return nil, "", got
	}
	var whole object
	if err := whole.UnmarshalJSON(got.body.Bytes()); err != nil {
		return nil, "", failure(err)
	}
	d := &document{
		schema: schema, paths: whole.object("paths"),
		components: whole.object("components").object("schemas"),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshot == snapshot {
		s.read[tag] = d
	}
	return d, tag, nil
}

// kept returns the documents of a snapshot that are kept, by their ETags, and forgets others.
func (s *Server) kept(snapshot *catalog.Snapshot) map[string]*document {
	s.mu.Lock()
	defer s.mu.Unlock()
	const most = 100 // roles with rights of their own
	if s.snapshot != snapshot || len(s.read) >= most || len(s.made) >= most {
		s.snapshot = snapshot
		s.read, s.made = map[string]*document{}, map[string]*surface{}
	}
	return maps.Clone(s.read)
}

var (
	inComponents = regexp.MustCompile(`"\$ref":"#/components/schemas/`)
	inDefs       = regexp.MustCompile(`"\$ref":"#/\$defs/([^"]*)"`)
)

// standalone returns a schema of the document as one of its own, with the components that it refers
// to in $defs. A quote within a text is escaped, so the patterns match references alone.
func (d *document) standalone(schema object) object {
	defs := object{}
	move := func(text []byte) []byte {
		return inComponents.ReplaceAll(text, []byte(`"$$ref":"#/$$defs/`))
	}
	moved := move(marshal(schema))
	for pending := [][]byte{moved}; len(pending) > 0; pending = pending[1:] {
		for _, found := range inDefs.FindAllSubmatch(pending[0], -1) {
			if name := string(found[1]); defs.get(name) == nil {
				defs = append(defs, member{name, move(d.components.get(name))})
				pending = append(pending, defs.get(name))
			}
		}
	}
	var alone object
	if err := alone.UnmarshalJSON(moved); err != nil {
		panic(err) // it has been an object
	}
	if len(defs) > 0 {
		alone.set("$defs", defs)
	}
	return alone
}

// routineOf returns the name of the routine at a path of the document.
func routineOf(path string) string {
	name, _ := url.PathUnescape(strings.TrimPrefix(path, "/rpc/")) // as it was escaped
	return name
}

// isList reports whether a routine returns any number of rows, as far as that is known.
func isList(r catalog.Routine) bool {
	return r.Result.Set || r.Result.Type == nil && r.Result.Columns == nil
}

// hasParts reports whether the database can return a part of those rows, whose columns are known to
// it before.
func hasParts(r catalog.Routine) bool {
	isRecord := r.Result.Columns == nil && r.Result.Type != nil && r.Result.Type.Name == "record"
	return isList(r) && !isRecord
}

// reads reports whether a routine is declared to read only, which the database holds it to.
func reads(r catalog.Routine) bool {
	return r.Kind == catalog.Function && r.Volatility != catalog.Volatile
}

// all reports whether there are overloads, and something holds for each.
func all(overloads []catalog.Routine, holds func(catalog.Routine) bool) bool {
	return len(overloads) > 0 && !slices.ContainsFunc(overloads, func(r catalog.Routine) bool {
		return !holds(r)
	})
}
