package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// A column is one of the target that the input has values for.
type column struct {
	name     string // in the target: of a column, or of a parameter
	source   string // in the input
	typ      *catalog.Type
	declared string // the type with its length
	required bool   // NULL is refused whatever else happens
	key      bool
	json     bool // its values are JSON, whose types it keeps
	checker
}

// A candidate is a column of the target that may be imported.
type candidate struct {
	column
	not string // why it may not be set, "" if it may
}

// candidates returns the columns of a relation.
func candidatesOf(r *catalog.Relation) []candidate {
	var all []candidate
	for _, a := range r.Columns {
		c := candidate{column: column{
			name: a.Name, typ: a.Type, declared: a.Declared, required: !a.Nullable && !a.Identity,
		}}
		if c.declared == "" && a.Type != nil { // SQLite's types are as declared
			c.declared = a.Type.SQL
		}
		switch {
		case a.Generated:
			c.not = "is generated from others"
		case !a.Settable.May(catalog.MayInsert):
			c.not = "cannot be set"
		}
		all = append(all, c)
	}
	return all
}

// parametersOf returns the parameters of a routine.
func parametersOf(r catalog.Routine) []candidate {
	var all []candidate
	for _, p := range r.Params {
		if p.Mode == catalog.Out || p.Name == "" {
			continue
		}
		c := candidate{column: column{name: p.Name, typ: p.Type}}
		if p.Type != nil {
			c.declared = p.Type.SQL
		}
		all = append(all, c)
	}
	return all
}

// mostNamed is how many mistakes of a kind are named.
const mostNamed = 10

// match finds the column of the target for each name of the input. The result has nil for one that
// is left out. Names need not agree in case, nor in whether words are joined by spaces, hyphens or
// underscores. A map has names of columns by those of the input, "" for one to leave out.
func (im *Import) match(names []string, target string, all []candidate) ([]*column, error) {
	for name := range im.Map {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("-map names the column %q, which the input does not have%s", name,
				im.perhaps(name, names, "its columns are "))
		}
	}
	known := make([]string, len(all))
	for i, c := range all {
		known[i] = c.name
	}
	found := make([]*column, len(names))
	var wrong []error
	for i, name := range names {
		if len(wrong) == mostNamed {
			wrong = append(wrong, errors.New("and perhaps others: is it the right file?"))
			break
		}
		to, given := im.Map[name]
		if given && to == "" {
			continue
		}
		if !given {
			to = name
		}
		at := slices.Index(known, to)
		if at < 0 {
			at = similar(to, known)
		}
		switch {
		case at < 0 && to == "":
			wrong = append(wrong, errors.New("the input has a column without a name: leave it out by "+
				`-map "="`))
		case at < 0 && given:
			wrong = append(wrong, fmt.Errorf("%s has no column %q%s", target, to,
				im.perhaps(to, known, "its columns are ")))
		case at < 0:
			near := im.Nearest(name, known)
			if near == "" {
				near = "COLUMN"
			}
			wrong = append(wrong, fmt.Errorf("%s has no column %q%s: map it by -map %q, or leave it out "+
				"by -map %q", target, name, im.perhaps(name, known, "its columns are "),
				name+"="+near, name+"="))
		case all[at].not != "":
			wrong = append(wrong, fmt.Errorf("the column %s of %s %s: leave it out by -map %q",
				known[at], target, all[at].not, name+"="))
		case slices.ContainsFunc(found[:i], func(c *column) bool {
			return c != nil && c.name == known[at]
		}):
			wrong = append(wrong, fmt.Errorf("two columns of the input are %s of %s: "+
				"leave one out by -map %q", known[at], target, name+"="))
		default:
			c := all[at].column
			c.source = name
			found[i] = &c
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	if !slices.ContainsFunc(found, func(c *column) bool { return c != nil }) {
		return nil, errors.New("no column of the input is left to import")
	}
	return found, nil
}

// similar returns the index of the only one of some names that differs in case and joints alone,
// or -1.
func similar(name string, known []string) int {
	at, plain := -1, plainName(name)
	for i, k := range known {
		if plainName(k) != plain {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}

var joints = strings.NewReplacer(" ", "", "_", "", "-", "", ".", "")

func plainName(name string) string { return joints.Replace(strings.ToLower(name)) }

// perhaps is what follows a message about a name that is not known.
func (im *Import) perhaps(name string, known []string, all string) string {
	if near := im.Nearest(name, known); near != "" {
		return fmt.Sprintf(" (perhaps %s)", near)
	}
	if len(known) == 0 || len(known) > 20 {
		return ""
	}
	return " (" + all + strings.Join(known, ", ") + ")"
}
