package filter

import "strings"

// A Condition is a comparison of a field, or some conditions joined by And or Or.
type Condition struct {
	Not bool // it must not hold
	Op  Op

	Of []Condition // what And and Or join, at least one

	Field Field
	Value string   // compared with; the word in lower case for Is, a pattern with % for Like and ILike
	Each  Each     // Value is an array
	List  []string // the values of In, possibly none
	With  string   // the configuration of a text search, "" for the default
}

// Each says how many elements of an array a comparison must hold for.
type Each string

const (
	Once Each = ""    // the value is not an array
	Any  Each = "any" // one of them
	All  Each = "all" // all of them
)

// The hints, which show by example how to write what is wrong.
const (
	example    = "write age=gte.18, name=in.(Ann,Ben) or city=not.is.null"
	quoteName  = "put a name with other characters than letters, digits, _, $ and - in double quotes"
	quoteValue = "put a value with these characters in double quotes"
	exampleOr  = "write or=(age.lt.18,age.gt.21)"
)

// filter parses the value of a parameter that is named after a column.
func (p *parser) filter() (Condition, error) {
	c, err := p.comparison(p.named)
	if err == nil && !p.end() {
		err = p.fail(p.pos, "the value should end here", example)
	}
	return c, err
}

// group parses the conditions in parentheses that and, or join.
func (p *parser) group(op Op, not bool) (Condition, error) {
	c := Condition{Op: op, Not: not}
	if p.depth++; p.depth > maxDepth {
		return c, p.failMost(p.pos, maxDepth, "nested parentheses")
	}
	defer func() { p.depth-- }()
	if !p.takeSpaced("(") {
		return c, p.fail(p.pos, "an opening parenthesis is missing", exampleOr)
	}
	for {
		of, err := p.condition()
		if err != nil {
			return c, err
		}
		c.Of = append(c.Of, of)
		switch {
		case p.takeSpaced(","):
		case p.takeSpaced(")"):
			if p.depth == 1 && !p.closed() {
				return c, p.fail(p.pos, "the value should end here", "")
			}
			return c, nil
		default:
			message := "a comma or a closing parenthesis is missing"
			return c, p.fail(p.pos, message, quoteValue)
		}
	}
}

// condition parses one of those in parentheses: a comparison after a column's name, or another
// group. A column may be named and.
func (p *parser) condition() (Condition, error) {
	p.space()
	start := p.pos
	not := p.take("not.")
	for _, op := range []Op{And, Or} {
		if p.take(string(op)) {
			if rest := strings.TrimLeft(p.text[p.pos:], " \t"); strings.HasPrefix(rest, "(") {
				return p.group(op, not)
			}
		}
	}
	p.pos = start
	field, err := p.field()
	if err != nil {
		return Condition{}, err
	}
	if !p.take(".") {
		return Condition{}, p.fail(p.pos, "a dot and an operator are missing", exampleOr)
	}
	return p.comparison(field)
}

// comparison parses an operator and its value. In parentheses the value ends at a comma or at the
// closing parenthesis.
func (p *parser) comparison(field Field) (c Condition, err error) {
	if p.conditions++; p.conditions > maxConditions {
		return c, p.failMost(p.pos, maxConditions, "filters")
	}
	c.Field = field
	c.Not = p.take("not.")
	start := p.pos
	op, takes, ok := operator(p.until(".("))
	if !ok {
		return c, p.fail(start, "there is no such operator", listOperators()+": "+example)
	}
	c.Op = op
	if p.has("(") {
		if err := p.argument(&c, takes); err != nil {
			return c, err
		}
	}
	if !p.take(".") {
		return c, p.fail(p.pos, "a dot and a value are missing after the operator", example)
	}
	start = p.pos
	switch c.Op {
	case In:
		c.List, err = p.list()
	case Is:
		c.Value, err = p.truth()
	default:
		c.Value = p.value()
		err = p.checkLength(start, c.Value)
	}
	if c.Op == Like || c.Op == ILike {
		c.Value = strings.ReplaceAll(c.Value, "*", "%")
	}
	return c, err
}

// argument parses what an operator has in parentheses.
func (p *parser) argument(c *Condition, takes argument) error {
	p.pos++
	start := p.pos
	word := strings.Trim(p.until(")"), " \t")
	switch {
	case !p.take(")"):
		return p.fail(start-1, "the closing parenthesis is missing", "")
	case takes == nothing:
		return p.fail(start-1, "this operator takes nothing in parentheses", example)
	case takes == configuration && word == "":
		message := "the name of a text search configuration is missing"
		return p.fail(start, message, "write fts(english).cat")
	case takes == configuration:
		c.With = word
		return p.checkLength(start, word)
	case word != string(Any) && word != string(All):
		return p.fail(start, "only any or all can stand here", "write eq(any).{1,2,3}")
	}
	c.Each = Each(word)
	return nil
}
