// Package filter parses which part of a result a request selects: columns and rows, their order and
// their number. The grammar is that of PostgREST's clients (its documentation, "Tables and Views"
// and "Pagination and Count"):
//
//	select=id,name:full_name,data->>email & age=gte.18 & or=(city.eq.Bonn,city.is.null) &
//	order=age.desc & limit=10
//
// The package knows no SQL. All its functions may be called concurrently.
package filter

import "strings"

// The limits of one request, which bound the statement that a URL can make.
const (
	maxItems      = 200     // in select
	maxTerms      = 32      // in order
	maxConditions = 100     // in all filters together
	maxValues     = 10_000  // in the lists of all filters together
	maxDepth      = 16      // of nested and, or
	maxSteps      = 16      // in a path
	maxText       = 8 << 10 // bytes of one name or value
)

// A Query is the part of a result that a request selects. The zero Query is the whole result.
type Query struct {
	Select        []Item      // nil for all columns, as an empty select has it
	Where         []Condition // a row must meet all of them
	Order         []Term
	Limit, Offset *int64 // nil if not given, else not negative
}

// An Item is one column of the response.
type Item struct {
	All   bool // it is *, which stands for all columns and has neither Field nor Alias
	Field Field
	Alias string // "" for none
}

// Name returns the item's name in the response: its alias, else the last key of its path, else its
// column.
func (i Item) Name() string {
	if i.Alias != "" {
		return i.Alias
	}
	for j := len(i.Field.Path) - 1; j >= 0; j-- {
		if step := i.Field.Path[j]; !step.Index {
			return step.Key
		}
	}
	return i.Field.Column
}

// A Term is one of those that the rows are ordered by.
type Term struct {
	Field Field
	Desc  bool
	Nulls Nulls
}

// Nulls is the place of rows without a value in an order.
type Nulls uint8

const (
	NullsAnywhere Nulls = iota // the database's default
	NullsFirst
	NullsLast
)

// A Field is a column, or the value at a path in a column's JSON.
type Field struct {
	Column string
	Path   []Step

	Param string // the name of the parameter that has it
	Pos   int    // its position there, as Error.Pos
}

// A Step leads from a JSON value to one inside it.
type Step struct {
	Key   string // the name of a member, or the index of an element, negative from the end
	Index bool   // Key is an index
	Text  bool   // ->>, which returns the value as text and not as JSON
}

// A Pair is one parameter of a URL's query, decoded.
type Pair struct{ Name, Value string }

// Parse parses the parameters that are not arguments of the routine. Filters, and and or may be
// repeated: a row must meet all of them. The error is an *[Error]. [Query.Check] checks whether
// the columns exist.
func Parse(pairs []Pair) (*Query, error) {
	q := new(Query)
	var p parser
	given := map[string]bool{}
	for _, pair := range pairs {
		if err := p.open(pair); err != nil {
			return nil, err
		}
		switch pair.Name {
		case "select", "order", "limit", "offset":
			if given[pair.Name] {
				return nil, &Error{Param: pair.Name, Message: "it is given more than once"}
			}
			given[pair.Name] = true
		}
		if err := p.parameter(q, pair); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// Reserved reports whether a parameter of this name is a word of the grammar and not a filter on a
// column.
func Reserved(name string) bool {
	switch name {
	case "select", "order", "limit", "offset", "and", "or", "not.and", "not.or":
		return true
	}
	return false
}

func (p *parser) parameter(q *Query, pair Pair) (err error) {
	switch pair.Name {
	case "select":
		if strings.Trim(pair.Value, " \t") == "" { // nothing is selected: everything
			return nil
		}
		q.Select, err = p.items()
		return err
	case "order":
		q.Order, err = p.terms()
		return err
	case "limit":
		q.Limit, err = p.count()
		return err
	case "offset":
		q.Offset, err = p.count()
		return err
	}
	var c Condition
	switch {
	case Reserved(pair.Name): // and, or
		op, not := strings.CutPrefix(pair.Name, "not.")
		c, err = p.group(Op(op), not)
	default:
		c, err = p.filter(pair)
	}
	q.Where = append(q.Where, c)
	return err
}
