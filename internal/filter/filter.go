// Package filter parses which part of a result a request selects: columns and rows, their order and
// their number, and what is embedded in each row. The grammar is that of PostgREST's clients (its
// documentation, "Tables and Views", "Resource Embedding" and "Pagination and Count"):
//
//	select=id,name:full_name,data->>email,films(title) & age=gte.18 & films.order=title &
//	or=(city.eq.Bonn,city.is.null) & order=age.desc & limit=10
//
// The package knows no SQL. All its functions may be called concurrently.
package filter

import (
	"slices"
	"strings"
	"unicode"
)

// The limits of one request, which bound the statement that a URL can make.
const (
	maxItems      = 200     // in select, those of embedded resources included
	maxEmbeds     = 50      // embedded resources
	maxTerms      = 32      // in order
	maxConditions = 100     // in all filters together
	maxValues     = 10_000  // in the lists of all filters together
	maxDepth      = 16      // of nested and, or, and of embedded resources
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
	Cast  string // the type that the value is converted to, as the request names it, "" for none
	Embed *Embed // an embedded resource, which has no Field

	// Aggregate is what the values of several rows come to: those that are equal in all items without
	// one. Count may have no Field. AggregateCast is for the result what Cast is for each value.
	Aggregate     Aggregate
	AggregateCast string
}

// An Aggregate is a function of the values of several rows, as a request writes it; "" for none.
type Aggregate string

// The aggregates.
const (
	Count Aggregate = "count"
	Sum   Aggregate = "sum"
	Avg   Aggregate = "avg"
	Max   Aggregate = "max"
	Min   Aggregate = "min"
)

// An Embed is a resource whose rows are embedded in those of another: an object for a row that
// leads to one, else an array.
type Embed struct {
	Relation string // the relation, or what else leads to it: a column, a constraint, a function
	Alias    string // "" for none
	Hint     string // which of several ways leads to it, "" for none
	Inner    bool   // rows that lead to nothing are left out
	Spread   bool   // its columns become those of the row that it is embedded in
	None     bool   // nothing is selected of it: it is there for filters alone
	Query    Query

	Param string // the name of the parameter that has it
	Pos   int    // its position there, as Error.Pos
}

// Name returns what the response calls the embedded resource, and other parameters.
func (e *Embed) Name() string {
	if e.Alias != "" {
		return e.Alias
	}
	return e.Relation
}

// Embed returns the embedded resource that other parameters call by a name, nil if there is none.
func (q *Query) Embed(name string) *Embed {
	for _, item := range q.Select {
		if e := item.Embed; e != nil && e.Name() == name {
			return e
		}
	}
	return nil
}

// IsWhole reports whether the query selects all columns of each row, and nothing else.
func (q *Query) IsWhole() bool {
	return q.Select == nil || len(q.Select) == 1 && q.Select[0].All
}

// Aggregates reports whether the query or what is embedded in it has an aggregate.
func (q *Query) Aggregates() bool {
	return slices.ContainsFunc(q.Select, func(i Item) bool {
		return i.Aggregate != "" || i.Embed != nil && i.Embed.Query.Aggregates()
	})
}

// Name returns the item's name in the response: its alias, else that of its aggregate, else the
// last key of its path, else its column.
func (i Item) Name() string {
	if i.Alias != "" {
		return i.Alias
	}
	if i.Aggregate != "" {
		return string(i.Aggregate)
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
	Embed string // the embedded resource that has the column, "" for the rows themselves
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
// repeated: a row must meet all of them. One whose name begins with that of an embedded resource
// and a dot is for that. The error is an *[Error]. [Query.Check] checks whether the columns exist.
func Parse(pairs []Pair) (*Query, error) {
	q := new(Query)
	p := parser{given: map[string]bool{}}
	for _, isSelect := range []bool{true, false} { // which says what is embedded
		for _, pair := range pairs {
			if (pair.Name == "select") != isSelect {
				continue
			}
			path, word, err := p.open(pair)
			if err != nil {
				return nil, err
			}
			of := q
			for _, name := range path {
				e := of.Embed(name)
				if e == nil {
					return nil, of.NotEmbedded(pair.Name, name)
				}
				of = &e.Query
			}
			if err := p.parameter(of, pair, word); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

// IsFilter reports whether a parameter is a filter, such as gte.10.
func IsFilter(pair Pair) bool {
	p := parser{given: map[string]bool{}}
	_, word, err := p.open(pair)
	return err == nil && p.parameter(new(Query), pair, word) == nil
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

// Quote returns a name as the grammar reads it as that of a column, whatever is in it.
func Quote(name string) string {
	if isPlain := strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0; isPlain && name != "" && !Reserved(name) {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// parameter parses the value of a parameter, whose name ends in a word of the grammar or, for "",
// in a column that has been parsed.
func (p *parser) parameter(q *Query, pair Pair, word string) (err error) {
	switch word {
	case "select", "order", "limit", "offset":
		if p.given[pair.Name] {
			return &Error{Param: pair.Name, Message: "it is given more than once"}
		}
		p.given[pair.Name] = true
	}
	switch word {
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
		q.Limit, err = p.limit()
		return err
	case "offset":
		q.Offset, err = p.offset()
		return err
	}
	var c Condition
	switch word {
	case "":
		c, err = p.filter()
	default: // and, or
		op, not := strings.CutPrefix(word, "not.")
		c, err = p.group(Op(op), not)
	}
	q.Where = append(q.Where, c)
	return err
}
