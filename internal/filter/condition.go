package filter

import "strings"

// A Condition is a comparison of a field, or some conditions joined by And or Or.
type Condition struct {
	Not bool // it must not hold
	Op  Op

	Of []Condition // what And and Or join, at least one

	Field Field
	Value string   // what a comparison is with: for Is the word in lower case, for Like and ILike a pattern with %
	Each  Each     // Value is an array
	List  []string // In's values, none or more
	With  string   // the configuration of a text search, "" for the default
}

// An Op is what a condition does, as the request writes it.
type Op string

const (
	And Op = "and"
	Or  Op = "or"

	Eq         Op = "eq"
	Neq        Op = "neq"
	Gt         Op = "gt"
	Gte        Op = "gte"
	Lt         Op = "lt"
	Lte        Op = "lte"
	IsDistinct Op = "isdistinct" // as neq, but NULL is a value like others
	Is         Op = "is"         // null, not_null, true, false or unknown
	In         Op = "in"
	Like       Op = "like"   // case counts
	ILike      Op = "ilike"  // case does not count
	Match      Op = "match"  // a regular expression
	IMatch     Op = "imatch" // case does not count

	Contains     Op = "cs" // arrays, ranges, jsonb
	ContainedBy  Op = "cd"
	Overlaps     Op = "ov" // arrays, ranges
	LeftOf       Op = "sl" // ranges, from here on
	RightOf      Op = "sr"
	NotRightPast Op = "nxr" // it does not extend to the right of the value
	NotLeftPast  Op = "nxl"
	AdjacentTo   Op = "adj"
	Search       Op = "fts" // text search
	SearchPlain  Op = "plfts"
	SearchPhrase Op = "phfts"
	SearchWeb    Op = "wfts"
)

// Each says how the elements of an array are compared.
type Each string

const (
	Once Each = ""    // the value is no array
	Any  Each = "any" // with one of them it has to hold
	All  Each = "all" // with each of them it has to hold
)

const (
	example   = "write age=gte.18, name=in.(Ann,Ben) or city=not.is.null"
	operators = "the operators are eq neq gt gte lt lte like ilike match imatch in is isdistinct " +
		"cs cd ov sl sr nxr nxl adj fts plfts phfts wfts"
)

// filter reads a parameter that has a column's name.
func (r *reader) filter(pair Pair) (c Condition, err error) {
	r.text, r.inName = pair.Name, true
	field, err := r.field()
	switch {
	case err != nil:
		return c, err
	case r.has("."):
		return c, r.fail(r.pos, "embedding is not supported", "put a column's name that has a dot in it in double quotes")
	case !r.end():
		return c, r.fail(r.pos, "it names no column", "put a name with other characters than letters, digits, _, $ and - in double quotes")
	}
	r.text, r.pos, r.inName = pair.Value, 0, false
	c, err = r.comparison(field)
	if err == nil && !r.end() {
		err = r.fail(r.pos, "the value should end here", example)
	}
	return c, err
}

// group reads the conditions in parentheses that and, or join.
func (r *reader) group(op Op, not bool) (Condition, error) {
	c := Condition{Op: op, Not: not}
	if r.depth++; r.depth > maxDepth {
		return c, r.failMost(r.pos, maxDepth, "parentheses in one another")
	}
	defer func() { r.depth-- }()
	if !r.takeSpaced("(") {
		return c, r.fail(r.pos, "an opening parenthesis is missing", "write or=(age.lt.18,age.gt.21)")
	}
	for {
		of, err := r.condition()
		if err != nil {
			return c, err
		}
		c.Of = append(c.Of, of)
		switch {
		case r.takeSpaced(","):
		case r.takeSpaced(")"):
			if r.depth == 1 && !r.end() {
				return c, r.fail(r.pos, "the value should end here", "")
			}
			return c, nil
		default:
			return c, r.fail(r.pos, "a comma or a closing parenthesis is missing", "put a value with these characters in double quotes")
		}
	}
}

// condition reads one of those in parentheses: a column's name and a comparison, or a group again. A column may be named and.
func (r *reader) condition() (Condition, error) {
	r.space()
	start := r.pos
	not := r.take("not.")
	for _, op := range []Op{And, Or} {
		if r.take(string(op)) {
			if rest := strings.TrimLeft(r.text[r.pos:], " \t"); strings.HasPrefix(rest, "(") {
				return r.group(op, not)
			}
		}
	}
	r.pos = start
	field, err := r.field()
	if err != nil {
		return Condition{}, err
	}
	if !r.take(".") {
		return Condition{}, r.fail(r.pos, "a dot and an operator are missing", "write or=(age.lt.18,age.gt.21)")
	}
	return r.comparison(field)
}

// comparison reads an operator and what it compares with. Within parentheses the value ends at a comma or parenthesis.
func (r *reader) comparison(field Field) (c Condition, err error) {
	if r.conditions++; r.conditions > maxConditions {
		return c, r.failMost(r.pos, maxConditions, "filters")
	}
	c.Field = field
	c.Not = r.take("not.")
	start := r.pos
	c.Op = Op(r.until(".("))
	takesEach, takesWith := false, false
	switch c.Op {
	case Eq, Gt, Gte, Lt, Lte, Like, ILike, Match, IMatch:
		takesEach = true
	case Search, SearchPlain, SearchPhrase, SearchWeb:
		takesWith = true
	case Neq, IsDistinct, Is, In, Contains, ContainedBy, Overlaps, LeftOf, RightOf, NotRightPast, NotLeftPast, AdjacentTo:
	default:
		return c, r.fail(start, "there is no such operator", operators+": "+example)
	}
	if r.has("(") {
		if err := r.modifier(&c, takesEach, takesWith); err != nil {
			return c, err
		}
	}
	if !r.take(".") {
		return c, r.fail(r.pos, "a dot and a value are missing behind the operator", example)
	}
	start = r.pos
	switch c.Op {
	case In:
		c.List, err = r.list()
	case Is:
		c.Value, err = r.truth()
	default:
		c.Value = r.value()
		err = r.checkLength(start, c.Value)
	}
	if c.Op == Like || c.Op == ILike {
		c.Value = strings.ReplaceAll(c.Value, "*", "%")
	}
	return c, err
}

// modifier reads what an operator has in parentheses: any or all, or the configuration of a text search.
func (r *reader) modifier(c *Condition, takesEach, takesWith bool) error {
	r.pos++
	start := r.pos
	word := strings.Trim(r.until(")"), " \t")
	switch {
	case !r.take(")"):
		return r.fail(start-1, "the closing parenthesis is missing", "")
	case takesEach && (word == string(Any) || word == string(All)):
		c.Each = Each(word)
	case takesWith && word != "":
		c.With = word
		return r.checkLength(start, word)
	case takesEach:
		return r.fail(start, "only any or all can stand here", "write eq(any).{1,2,3}")
	case takesWith:
		return r.fail(start, "the name of a text search configuration is missing", "write fts(english).cat")
	default:
		return r.fail(start-1, "this operator takes nothing in parentheses", example)
	}
	return nil
}
