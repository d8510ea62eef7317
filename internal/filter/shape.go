package filter

import (
	"slices"
	"strconv"
	"unicode"
)

const wholeNumber = "it has to be a whole number, not less than 0"

// limit parses the value as the most rows, which are not fewer than none.
func (p *parser) limit() (*int64, error) {
	rows, err := p.count()
	if err == nil && *rows < 0 {
		return nil, &Error{Param: p.param, Pos: 1, Message: wholeNumber, NoRange: true}
	}
	return rows, err
}

// offset parses the value as the rows that are left out, none if it is below 0, as PostgREST has
// it.
func (p *parser) offset() (*int64, error) {
	rows, err := p.count()
	if err == nil && *rows < 0 {
		return nil, nil
	}
	return rows, err
}

// count parses the value as a number of rows.
func (p *parser) count() (*int64, error) {
	n, err := strconv.ParseInt(p.text, 10, 64)
	if err != nil || p.text[0] == '+' {
		return nil, p.fail(0, wholeNumber, "")
	}
	return &n, nil
}

// items parses what is selected, up to the end or the parenthesis that closes an embedded resource.
func (p *parser) items() (items []Item, err error) {
	for {
		start := p.pos
		item, err := p.item()
		if err != nil {
			return nil, err
		}
		if item.All && slices.ContainsFunc(items, func(i Item) bool { return i.All }) {
			return nil, p.fail(start, "all columns are selected more than once", "")
		}
		items = append(items, item)
		if p.selected++; p.selected > maxItems {
			return nil, p.failMost(p.pos, maxItems, "columns")
		}
		if p.end() || p.level > 0 && p.has(")") || p.level == 0 && p.closed() {
			return items, nil
		}
		if !p.take(",") {
			return nil, p.unexpected()
		}
	}
}

func (p *parser) item() (item Item, err error) {
	if p.takeSpaced("*") {
		return Item{All: true}, nil
	}
	spread := p.takeSpaced("...")
	if item.Field, err = p.column(); err != nil {
		return item, err
	}
	if p.has(":") && !p.has("::") {
		p.pos++
		item.Alias = item.Field.Column
		if item.Field, err = p.column(); err != nil {
			return item, err
		}
	}
	if !spread && item.Field.Column == string(Count) && p.take("()") {
		item.Field, item.Aggregate = Field{Param: item.Field.Param, Pos: item.Field.Pos}, Count
		return item, p.aggregated(&item)
	}
	if spread || p.has("!") || p.has("(") {
		e := &Embed{
			Relation: item.Field.Column, Alias: item.Alias, Spread: spread,
			Param: item.Field.Param, Pos: item.Field.Pos,
		}
		return Item{Embed: e}, p.embed(e)
	}
	if err = p.path(&item.Field); err == nil && p.take("::") {
		item.Cast, err = p.cast()
	}
	if err != nil || !p.has(".") {
		return item, err
	}
	return item, p.aggregate(&item)
}

// aggregate parses the aggregate of an item.
func (p *parser) aggregate(item *Item) error {
	p.pos++
	start := p.pos
	switch a := Aggregate(p.until("(),:.")); a {
	case Count, Sum, Avg, Max, Min:
		item.Aggregate = a
	default:
		return p.fail(start, "there is no such aggregate", "the aggregates are count sum avg max min")
	}
	if !p.take("()") {
		return p.fail(p.pos, "parentheses are missing", "write price.sum()")
	}
	return p.aggregated(item)
}

// aggregated parses what may follow an aggregate.
func (p *parser) aggregated(item *Item) (err error) {
	if p.take("::") {
		item.AggregateCast, err = p.cast()
	}
	return err
}

// cast parses the name of a type.
func (p *parser) cast() (string, error) {
	return p.name("the name of a type is missing", func(c rune) bool {
		return c == '_' || c == ' ' || c == '[' || c == ']' || unicode.In(c, unicode.L, unicode.Nd)
	})
}

// embed parses what follows the name of an embedded resource: hints after ! and, in parentheses,
// what is selected of it.
func (p *parser) embed(e *Embed) error {
	if p.embeds++; p.embeds > maxEmbeds {
		return p.failMost(p.pos, maxEmbeds, "embedded resources")
	}
	for p.take("!") {
		hint, err := p.column()
		switch {
		case err != nil:
			return err
		case hint.Column == "inner":
			e.Inner = true
		case hint.Column != "left":
			e.Hint = hint.Column
		}
	}
	if !p.takeSpaced("(") {
		return p.fail(p.pos, "an opening parenthesis is missing", "write clients(id,name)")
	}
	if e.None = p.takeSpaced(")"); e.None {
		return nil
	}
	if p.level++; p.level > maxDepth {
		return p.failMost(p.pos, maxDepth, "nested resources")
	}
	defer func() { p.level-- }()
	var err error
	if e.Query.Select, err = p.items(); err != nil {
		return err
	}
	if !p.takeSpaced(")") {
		return p.fail(p.pos, "the closing parenthesis is missing", "write clients(id,name)")
	}
	return nil
}

// terms parses the value of order.
func (p *parser) terms() (terms []Term, err error) {
	for {
		var term Term
		if term.Field, err = p.field(); err != nil {
			return nil, err
		}
		if term.Field.Path == nil && p.take("(") {
			term.Embed = term.Field.Column
			if term.Field, err = p.field(); err != nil {
				return nil, err
			}
			if !p.takeSpaced(")") {
				return nil, p.fail(p.pos, "the closing parenthesis is missing", "write clients(name)")
			}
		}
		start := p.pos
		if err := p.direction(&term); err != nil {
			return nil, err
		}
		if terms = append(terms, term); len(terms) > maxTerms {
			return nil, p.failMost(start, maxTerms, "terms")
		}
		if p.end() {
			return terms, nil
		}
		if !p.take(",") {
			return nil, p.unexpected()
		}
	}
}

// direction parses what follows a column in order: .asc or .desc, and .nullsfirst or .nullslast.
func (p *parser) direction(term *Term) error {
	for part := 0; p.has("."); part++ {
		start := p.pos
		p.pos++
		switch word := p.until(" \t.,"); {
		case part == 0 && word == "asc":
		case part == 0 && word == "desc":
			term.Desc = true
		case term.Nulls == NullsAnywhere && word == "nullsfirst":
			term.Nulls = NullsFirst
		case term.Nulls == NullsAnywhere && word == "nullslast":
			term.Nulls = NullsLast
		default:
			hint := "write age, age.desc or age.asc.nullslast"
			return p.fail(start+1, "there is no such direction", hint)
		}
	}
	p.space()
	return nil
}

// unexpected returns an Error about the text in place of a comma or the end of the value.
func (p *parser) unexpected() error {
	return p.fail(p.pos, "a comma or the end is missing", quoteName)
}
