// Package filter reads what a request asks of the rows of a result: which columns and rows, in which order and how many. It is the
// grammar that PostgREST's clients know (its documentation, "Tables and Views" and "Pagination and Count"):
//
//	select=id,name:full_name,data->>email & age=gte.18 & or=(city.eq.Bonn,city.is.null) & order=age.desc & limit=10
//
// The package knows HTTP's words and no SQL. All functions may be called concurrently.
package filter

import "strings"

// The limits of one request, which bound the statement that a URL can make.
const (
	maxItems      = 200     // in select
	maxTerms      = 32      // in order
	maxConditions = 100     // in all filters together
	maxValues     = 10_000  // in the lists of all filters together
	maxDepth      = 16      // and, or in one another
	maxSteps      = 16      // in a path
	maxText       = 8 << 10 // bytes of one name or value
)

// A Query is what a request asks for. The zero Query is the whole result.
type Query struct {
	Select        []Item      // nil for all columns
	Where         []Condition // a row has to meet each of them
	Order         []Term
	Limit, Offset *int64 // nil when not given, else not negative
}

// An Item is one column of the answer.
type Item struct {
	All   bool // it is *, which stands for all columns and has no Field and no Alias
	Field Field
	Alias string // "" for none
}

// Name is what the answer calls the item: its alias, else the last key of its path, else its column.
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

// Nulls says where the rows without a value are in an order.
type Nulls uint8

const (
	NullsAnywhere Nulls = iota // where the database has them
	NullsFirst
	NullsLast
)

// A Field is a column, or what a path leads to in a column's JSON.
type Field struct {
	Column string
	Path   []Step

	Param string // the name of the parameter that has it
	Pos   int    // where in it, as Error has it
}

// A Step leads from a JSON value to one inside.
type Step struct {
	Key   string // the name of a member; for an array the element's number from 0, with a minus from the end
	Index bool   // Key is a number
	Text  bool   // ->>, which gives the value as text and not as JSON
}

// A Pair is one parameter of a URL's query, decoded.
type Pair struct{ Name, Value string }

// Parse reads the parameters that are no arguments of the routine. Filters, and and or may be repeated: all of them hold.
// The error is an *Error. Whether the columns exist is for [Query.Check].
func Parse(pairs []Pair) (*Query, error) {
	q := new(Query)
	var r reader
	given := map[string]bool{}
	for _, pair := range pairs {
		if err := r.open(pair); err != nil {
			return nil, err
		}
		switch pair.Name {
		case "select", "order", "limit", "offset":
			if given[pair.Name] {
				return nil, &Error{Param: pair.Name, Message: "it is given more than once"}
			}
			given[pair.Name] = true
		}
		if err := r.parameter(q, pair); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// Reserved reports whether a parameter of this name is a word of the grammar, and no filter on a column.
func Reserved(name string) bool {
	switch name {
	case "select", "order", "limit", "offset", "and", "or", "not.and", "not.or":
		return true
	}
	return false
}

func (r *reader) parameter(q *Query, pair Pair) (err error) {
	switch pair.Name {
	case "select":
		q.Select, err = r.items()
		return err
	case "order":
		q.Order, err = r.terms()
		return err
	case "limit":
		q.Limit, err = r.count()
		return err
	case "offset":
		q.Offset, err = r.count()
		return err
	}
	var c Condition
	switch {
	case Reserved(pair.Name): // and, or
		op, not := strings.CutPrefix(pair.Name, "not.")
		c, err = r.group(Op(op), not)
	default:
		c, err = r.filter(pair)
	}
	q.Where = append(q.Where, c)
	return err
}
