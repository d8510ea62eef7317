// Package embed finds what the embedded resources of a request are: for each the relationship of a
// catalog that leads to it (PostgREST's documentation, "Resource Embedding"). It knows neither the
// grammar of the request nor SQL. Its functions may be called concurrently.
package embed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/nearest"
)

// A Node is a relation of which a request selects rows, with what is embedded in each.
type Node struct {
	Relation *catalog.Relation
	Query    *filter.Query
	Embed    *filter.Embed         // nil for the root
	Via      *catalog.Relationship // from the parent, nil for the root
	Children []*Node               // one for each embedded resource of Query.Select, in their order
}

// Child returns the node of an embedded resource of the query.
func (n *Node) Child(e *filter.Embed) *Node {
	i := slices.IndexFunc(n.Children, func(child *Node) bool { return child.Embed == e })
	if i < 0 {
		return nil
	}
	return n.Children[i]
}

// HasInner reports whether rows are left out for what they do not lead to.
func (n *Node) HasInner() bool {
	return slices.ContainsFunc(n.Children, func(child *Node) bool { return child.Embed.Inner })
}

// Columns returns what the request may name of the relation: its columns, and then its functions of
// one row that return a value.
func (n *Node) Columns() []catalog.Column {
	columns := make([]catalog.Column, 0, len(n.Relation.Columns)+len(n.Relation.Computed))
	for _, a := range n.Relation.Columns {
		columns = append(columns, a.Column)
	}
	for _, c := range n.Relation.Computed {
		if !c.Set && n.Relation.Column(c.Name) == nil {
			columns = append(columns, catalog.Column{Name: c.Name, Type: c.Type})
		}
	}
	return columns
}

// Resolve returns the tree of a query for rows of a relation, with all that it names checked. The
// error is an *Error, an *Ambiguous or a *filter.Error.
func Resolve(s *catalog.Snapshot, r *catalog.Relation, q *filter.Query) (*Node, error) {
	n := &Node{Relation: r, Query: q}
	n.countRows()
	for _, item := range q.Select {
		if item.Embed == nil {
			continue
		}
		via, err := find(s, r, item.Embed)
		if err != nil {
			return nil, err
		}
		child, err := Resolve(s, via.To, &item.Embed.Query)
		if err != nil {
			return nil, err
		}
		child.Embed, child.Via = item.Embed, via
		n.Children = append(n.Children, child)
	}
	for _, t := range q.Order {
		if err := n.checkOrder(t); err != nil {
			return nil, err
		}
	}
	if err := q.Check(n.names()); err != nil {
		return nil, err
	}
	return n, nil
}

// countRows makes an item that is named count, where no column is, the number of rows: clients that
// are older than aggregates write it without parentheses.
func (n *Node) countRows() {
	for i := range n.Query.Select {
		item := &n.Query.Select[i]
		isCount := item.Field.Column == string(filter.Count) && item.Field.Path == nil &&
			item.Embed == nil && item.Aggregate == ""
		if isCount && !slices.Contains(n.names(), item.Field.Column) {
			item.Aggregate, item.Field.Column = filter.Count, ""
			item.AggregateCast, item.Cast = item.Cast, ""
		}
	}
}

// names returns those of Columns.
func (n *Node) names() (names []string) {
	for _, c := range n.Columns() {
		names = append(names, c.Name)
	}
	return names
}

// checkOrder refuses an order by a resource that is not embedded, or has more rows than one.
func (n *Node) checkOrder(t filter.Term) error {
	if t.Embed == "" {
		return nil
	}
	e := n.Query.Embed(t.Embed)
	if e == nil {
		return n.Query.NotEmbedded(t.Field.Param, t.Embed)
	}
	child := n.Child(e)
	if !child.Via.ToOne() {
		return &Error{Kind: NotToOne, From: n.Relation.Name, To: t.Embed}
	}
	if e.Spread && slices.ContainsFunc(e.Query.Select, func(i filter.Item) bool {
		return i.Embed == nil && i.Alias == t.Field.Column && i.Aggregate == ""
	}) {
		return nil
	}
	t.Embed = ""
	return (&filter.Query{Order: []filter.Term{t}}).Check(child.names())
}

// find returns the relationship to an embedded resource.
func find(
	s *catalog.Snapshot, from *catalog.Relation, e *filter.Embed,
) (*catalog.Relationship, error) {
	all := s.Relationships(from)
	var found []*catalog.Relationship
	for i := range all {
		r := &all[i]
		if r.Computed != nil && r.Name == e.Relation { // a function goes before all keys
			return r, nil
		}
		if r.To.Schema == from.Schema && matches(r, e) {
			found = append(found, r)
		}
	}
	switch {
	case len(found) == 0:
		return nil, &Error{
			Kind: NoRelationship, From: from.Name, To: e.Relation, With: e.Hint, Schema: from.Schema,
			Near: near(all, e.Relation),
		}
	case len(found) > 1:
		return nil, &Ambiguous{From: from.Name, To: e.Relation, Found: found}
	}
	return found[0], nil
}

// matches reports whether a request means a relationship, by PostgREST's rules: it names the
// relation or, of a table, the foreign key or its column; and one that leads from a relation to
// itself leads to many rows unless the request names the column.
func matches(r *catalog.Relationship, e *filter.Embed) bool {
	named := e.Relation == r.To.Name
	isTable := r.To.Kind != catalog.View && r.To.Kind != catalog.MaterializedView
	switch {
	case r.Computed != nil:
		return false
	case r.To == r.From && e.Hint == "":
		return named && r.Cardinality == catalog.OneToMany ||
			r.Cardinality == catalog.ManyToOne && isOnly(r.Columns, e.Relation)
	case r.To == r.From:
		return named && r.Cardinality == catalog.OneToMany && isOnly(r.References, e.Hint)
	case e.Hint == "":
		return named || isTable && r.Through == nil &&
			(e.Relation == r.Name || isOnly(r.Columns, e.Relation))
	case r.Through != nil:
		return named && e.Hint == r.Through.Name
	}
	return named &&
		(e.Hint == r.Name || isOnly(r.Columns, e.Hint) || isOnly(r.References, e.Hint))
}

// isOnly reports whether a name is the only one of a list.
func isOnly(list []string, name string) bool { return len(list) == 1 && list[0] == name }

// near returns the relation that a name is most likely meant for, "" if none is similar, or it has
// the name: then something else is wrong.
func near(all []catalog.Relationship, name string) string {
	i := nearest.Index(name, len(all), func(i int) string { return all[i].To.Name })
	if i < 0 || all[i].To.Name == name {
		return ""
	}
	return all[i].To.Name
}

// A Kind says what is wrong with a request.
type Kind uint8

const (
	NoRelationship Kind = iota // nothing leads from one relation to the other
	NotToOne                   // the order is by a resource of many rows
)

// An Error says that a resource cannot be embedded.
type Error struct {
	Kind     Kind
	From, To string
	With     string // the hint of the request, or ""
	Schema   string
	Near     string // what To may be meant for, or ""
}

// Error returns the message, as PostgREST words it.
func (e *Error) Error() string {
	if e.Kind == NotToOne {
		return fmt.Sprintf("A related order on '%.64s' is not possible", e.To)
	}
	return fmt.Sprintf("Could not find a relationship between '%s' and '%.64s' in the schema cache",
		e.From, e.To)
}

// Detail returns what has been looked for.
func (e *Error) Detail() string {
	if e.Kind == NotToOne {
		return fmt.Sprintf("'%s' and '%.64s' do not form a many-to-one or one-to-one relationship",
			e.From, e.To)
	}
	hint := ""
	if e.With != "" {
		hint = fmt.Sprintf(" using the hint '%.64s'", e.With)
	}
	return fmt.Sprintf("Searched for a foreign key relationship between '%s' and '%.64s'%s in the "+
		"schema '%s', but no matches were found.", e.From, e.To, hint, e.Schema)
}

// Hint returns what may be meant instead, or "".
func (e *Error) Hint() string {
	if e.Near == "" {
		return ""
	}
	return fmt.Sprintf("Perhaps you meant '%s' instead of '%.64s'.", e.Near, e.To)
}

// An Ambiguous error says that several relationships lead to an embedded resource.
type Ambiguous struct {
	From, To string
	Found    []*catalog.Relationship
}

// Error returns the message, as PostgREST words it.
func (e *Ambiguous) Error() string {
	return fmt.Sprintf("Could not embed because more than one relationship was found for '%s' and "+
		"'%s'", e.From, e.Found[0].To.Name)
}

// Hint lists how the request may name each of the relationships.
func (e *Ambiguous) Hint() string {
	names := make([]string, len(e.Found))
	for i, r := range e.Found {
		hint := r.Name
		if r.Through != nil {
			hint = r.Through.Name
		}
		names[i] = fmt.Sprintf("'%s!%s'", r.To.Name, hint)
	}
	return fmt.Sprintf("Try changing '%s' to one of the following: %s. Find the desired "+
		"relationship in the 'details' key.", e.To, strings.Join(names, ", "))
}

// A Choice describes one of several relationships.
type Choice struct {
	Cardinality  string `json:"cardinality"`
	Relationship string `json:"relationship"`
	Embedding    string `json:"embedding"`
}

// Choices describes the relationships.
func (e *Ambiguous) Choices() []Choice {
	list := make([]Choice, len(e.Found))
	for i, r := range e.Found {
		text := fmt.Sprintf("%s using %s and %s", r.Name,
			call(r.From.Name, r.Columns), call(r.To.Name, r.References))
		if r.Through != nil {
			text = fmt.Sprintf("%s using %s and %s", r.Through.Name,
				call(r.Name, r.References), call(r.SecondName, r.ThroughTo))
		}
		list[i] = Choice{r.Cardinality.String(), text, r.From.Name + " with " + r.To.Name}
	}
	return list
}

func call(name string, columns []string) string {
	return name + "(" + strings.Join(columns, ", ") + ")"
}
