package check

import (
	"fmt"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// ServedOf finds the routines and relations of a catalog that no request can reach.
func ServedOf(s *catalog.Snapshot) (list []Finding) {
	routines := s.Routines()
	for i := range routines {
		r := &routines[i]
		if f, found := callable(r); found {
			list = append(list, f)
			continue
		}
		if first := s.Named(r.Name); first[0].Schema != r.Schema {
			list = append(list, shadowed(r.String(), first[0].Schema+"."+r.Name, r.Schema))
			continue
		}
		for j := i + 1; j < len(routines) && sameName(r, &routines[j]); j++ {
			if _, broken := callable(&routines[j]); !broken && isAmbiguous(r, &routines[j]) {
				list = append(list, Finding{
					Check: Served, Level: Problem, Object: r.String(),
					Problem: fmt.Sprintf("a request with the names of its parameters may as well mean %s",
						routines[j].String()),
					Fix: "rename one of the routines or a parameter: names choose the overload, not types",
				})
			}
		}
	}
	for i := range s.Relations() {
		r := &s.Relations()[i]
		switch first := s.Relation("", r.Name); {
		case first != r:
			list = append(list, shadowed(r.String(), first.String(), r.Schema))
		case !r.Rights.May(catalog.MaySelect):
			list = append(list, Finding{
				Check: Served, Level: Note, Object: r.String(),
				Problem: "no role of the login may read it",
				Fix:     "if one shall, GRANT SELECT ON it TO that role",
			})
		}
	}
	return list
}

func sameName(a, b *catalog.Routine) bool { return a.Schema == b.Schema && a.Name == b.Name }

func shadowed(object, first, schema string) Finding {
	return Finding{
		Check: Served, Level: Note, Object: object,
		Problem: first + " has the same name and comes first",
		Fix:     "requests reach it with the header Accept-Profile or Content-Profile: " + schema,
	}
}

// callable finds why no request can give a routine its arguments.
func callable(r *catalog.Routine) (f Finding, found bool) {
	if rest.BodyType(r) != "" {
		return f, false
	}
	f = Finding{Check: Served, Level: Problem, Object: r.String()}
	for _, p := range r.Params {
		switch {
		case p.Mode == catalog.Out || p.Default:
		case p.Name == "":
			f.Problem = "a parameter has no name, by which a request would pass its value"
			f.Fix = "name the parameters, or take a single json, jsonb, text, xml or bytea, " +
				"which is the body"
			return f, true
		case p.Type != nil && p.Type.Kind == catalog.Pseudo:
			f.Problem = fmt.Sprintf("nothing in a request says which type the %s %s is",
				p.Type, p.Name)
			f.Fix = "give the parameter a type, or put a function with one in front"
			return f, true
		}
	}
	return f, false
}

// isAmbiguous reports whether some request names parameters that two routines take. Of two that
// take a body as a whole its media type chooses one.
func isAmbiguous(a, b *catalog.Routine) bool {
	return takes(a, b) && takes(b, a) && rest.BodyType(a) == rest.BodyType(b)
}

// takes reports whether a has all parameters that b requires.
func takes(a, b *catalog.Routine) bool {
	for _, p := range b.Params {
		if p.Mode == catalog.Out || p.Default {
			continue
		}
		if !strings.Contains(namesOf(a), "\x00"+p.Name+"\x00") {
			return false
		}
	}
	return true
}

// namesOf returns the names of the input parameters of a routine between zeros.
func namesOf(r *catalog.Routine) string {
	names := "\x00"
	for _, p := range r.Params {
		if p.Mode != catalog.Out {
			names += p.Name + "\x00"
		}
	}
	return names
}
