// Package payload reads the rows that a request wants written: from JSON, lines of JSON (NDJSON),
// CSV (RFC 4180) or a form. Whatever the format, they become JSON arrays of objects. It knows no
// SQL.
package payload

import (
	"fmt"
	"slices"
	"strings"
)

// Rows are rows to be written, each an object of the values of some columns.
type Rows struct {
	Groups []Group // of rows that have the same columns; one unless missing keys matter
	Texts  bool    // values are texts, whatever their type, as in CSV and forms
	Count  int
	Lines  []int // of a Stream the line that each row begins at
}

// A Group is rows that have the same columns.
type Group struct {
	Columns []string // the keys that count, in their order
	JSON    string   // the array of objects
}

// Columns returns the columns that any of the rows has.
func (r *Rows) Columns() (list []string) {
	var names seen
	for _, g := range r.Groups {
		for _, c := range g.Columns {
			if names.add(c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// Options say which keys of the objects are columns.
type Options struct {
	Columns []string // those that count, nil for all: then all objects must have the same
	Missing bool     // a row lacks the columns whose keys are missing, instead of having NULL there
}

// An Error is about the body. It does not quote it.
type Error struct {
	Line    int // from 1, 0 if that means nothing
	Message string
	Hint    string
}

// Error returns the message with the line.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// The messages are PostgREST's.
var (
	errEmpty = &Error{
		Message: "Empty or invalid json", Hint: "send an object, or an array of objects",
	}
	errKeys = &Error{
		Message: "All object keys must match", Hint: "send an object, or an array of objects that " +
			"all have the same keys; columns=a,b in the query says which keys count",
	}
)

// at returns an error of a line.
func (e *Error) at(line int) *Error {
	copied := *e
	copied.Line = line
	return &copied
}

// A collector gathers objects as Options have it.
type collector struct {
	options Options
	groups  []group
	count   int
}

type group struct {
	columns []string
	json    []byte
}

// maxGroups is how many sets of columns the rows of one body may have.
const maxGroups = 50

// add adds the text of an object with the given keys. It is an error if they are not those of the
// others. It keeps no part of the text.
func (c *collector) add(object string, keys []string) error {
	c.count++
	columns := keys
	switch {
	case c.options.Columns == nil && len(c.groups) > 0 && !sameSet(keys, c.groups[0].columns):
		return errKeys
	case c.options.Columns != nil && !c.options.Missing:
		columns = c.options.Columns
	case c.options.Columns != nil:
		columns = common(c.options.Columns, keys)
	}
	g := c.group(columns)
	if g == nil {
		return &Error{Message: fmt.Sprintf("The objects have more than %d sets of keys", maxGroups)}
	}
	if g.json == nil {
		g.json = append(g.json, '[')
	} else {
		g.json = append(g.json, ',')
	}
	g.json = append(g.json, object...)
	return nil
}

// group returns the group of rows with these columns, nil if there are too many.
func (c *collector) group(columns []string) *group {
	for i := range c.groups {
		if c.options.Columns == nil || !c.options.Missing || slices.Equal(c.groups[i].columns, columns) {
			return &c.groups[i]
		}
	}
	if len(c.groups) == maxGroups {
		return nil
	}
	c.groups = append(c.groups, group{columns: columns})
	return &c.groups[len(c.groups)-1]
}

// rows returns what has been gathered.
func (c *collector) rows(texts bool) *Rows {
	r := &Rows{Texts: texts, Count: c.count}
	for _, g := range c.groups {
		r.Groups = append(r.Groups, Group{g.columns, string(append(g.json, ']'))})
	}
	if r.Groups == nil {
		r.Groups = []Group{{c.options.Columns, "[]"}}
	}
	return r
}

// sameSet reports whether two lists without repetitions have the same names.
func sameSet(a, b []string) bool {
	return slices.Equal(a, b) || len(a) == len(b) && len(common(a, b)) == len(a)
}

// common returns those of a that are in b.
func common(a, b []string) (list []string) {
	var names seen
	for _, name := range b {
		names.add(name)
	}
	for _, name := range a {
		if names.has(name) {
			list = append(list, name)
		}
	}
	return list
}

// seen is a set of names, of which there are mostly few.
type seen struct {
	few  []string
	many map[string]bool
}

func (s *seen) has(name string) bool {
	return s.many[name] || slices.Contains(s.few, name)
}

// add adds a name, and reports whether it was missing.
func (s *seen) add(name string) bool {
	const few = 16
	switch {
	case s.has(name):
		return false
	case len(s.few) < few:
		s.few = append(s.few, name)
	default:
		if s.many == nil {
			s.many = map[string]bool{}
		}
		s.many[name] = true
	}
	return true
}

const space = " \t\r\n" // of JSON (RFC 8259, 2)

func trim(text string) string { return strings.Trim(text, space) }
