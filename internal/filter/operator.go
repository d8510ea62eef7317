package filter

import (
	"strings"
)

// An Op is the operator of a condition, as a request writes it.
type Op string

// The operators that join conditions.
const (
	And Op = "and"
	Or  Op = "or"
)

// The operators that compare a field with a value.
const (
	Eq           Op = "eq"
	Neq          Op = "neq"
	Gt           Op = "gt"
	Gte          Op = "gte"
	Lt           Op = "lt"
	Lte          Op = "lte"
	Like         Op = "like"       // case-sensitive
	ILike        Op = "ilike"      // case-insensitive
	Match        Op = "match"      // a regular expression, case-sensitive
	IMatch       Op = "imatch"     // a regular expression, case-insensitive
	In           Op = "in"         // one of a list
	Is           Op = "is"         // null, not_null, true, false or unknown
	IsDistinct   Op = "isdistinct" // as neq, but NULL equals NULL
	Contains     Op = "cs"         // of arrays, ranges and jsonb
	ContainedBy  Op = "cd"         // of arrays, ranges and jsonb
	Overlaps     Op = "ov"         // of arrays and ranges
	LeftOf       Op = "sl"         // of ranges, as those up to AdjacentTo
	RightOf      Op = "sr"
	NotRightPast Op = "nxr" // does not extend to the right of the value
	NotLeftPast  Op = "nxl" // does not extend to the left of the value
	AdjacentTo   Op = "adj"
	Search       Op = "fts"   // text search by to_tsquery, as those below by its relatives
	SearchPlain  Op = "plfts" // plainto_tsquery
	SearchPhrase Op = "phfts" // phraseto_tsquery
	SearchWeb    Op = "wfts"  // websearch_to_tsquery
)

// An argument is what an operator takes in parentheses.
type argument uint8

const (
	nothing       argument = iota
	anyOrAll               // eq(any).{1,2}
	configuration          // fts(english).cat
)

// operators are those that compare, in the order of the hint that lists them.
var operators = []struct {
	op    Op
	takes argument
}{
	{Eq, anyOrAll},
	{Neq, nothing},
	{Gt, anyOrAll},
	{Gte, anyOrAll},
	{Lt, anyOrAll},
	{Lte, anyOrAll},
	{Like, anyOrAll},
	{ILike, anyOrAll},
	{Match, anyOrAll},
	{IMatch, anyOrAll},
	{In, nothing},
	{Is, nothing},
	{IsDistinct, nothing},
	{Contains, nothing},
	{ContainedBy, nothing},
	{Overlaps, nothing},
	{LeftOf, nothing},
	{RightOf, nothing},
	{NotRightPast, nothing},
	{NotLeftPast, nothing},
	{AdjacentTo, nothing},
	{Search, configuration},
	{SearchPlain, configuration},
	{SearchPhrase, configuration},
	{SearchWeb, configuration},
}

// operator returns the operator with a name, and what it takes in parentheses.
func operator(name string) (op Op, takes argument, ok bool) {
	for _, o := range operators {
		if string(o.op) == name {
			return o.op, o.takes, true
		}
	}
	return "", nothing, false
}

// listOperators lists the operators for a hint.
func listOperators() string {
	names := make([]string, len(operators))
	for i, o := range operators {
		names[i] = string(o.op)
	}
	return "the operators are " + strings.Join(names, " ")
}
