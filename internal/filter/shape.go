package filter

import (
	"slices"
	"strconv"
)

// count parses the value as a number of rows.
func (p *parser) count() (*int64, error) {
	n, err := strconv.ParseUint(p.text, 10, 63)
	if err != nil {
		return nil, p.fail(0, "it has to be a whole number, not less than 0", "")
	}
	rows := int64(n)
	return &rows, nil
}

// items parses the value of select.
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
		if items = append(items, item); len(items) > maxItems {
			return nil, p.failMost(p.pos, maxItems, "columns")
		}
		if p.end() {
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
	if p.has("...") {
		return item, p.unexpected()
	}
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
	return item, p.path(&item.Field)
}

// terms parses the value of order.
func (p *parser) terms() (terms []Term, err error) {
	for {
		var term Term
		if term.Field, err = p.field(); err != nil {
			return nil, err
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
	const plain = "select columns of the result"
	switch {
	case p.has("::"):
		return p.fail(p.pos, "casts are not supported", plain)
	case p.has("."), p.has("()"):
		if !p.has("...") {
			return p.fail(p.pos, "aggregates are not supported", plain)
		}
		fallthrough
	case p.has("("), p.has("!"):
		return p.fail(p.pos, "embedding is not supported", plain)
	}
	return p.fail(p.pos, "a comma or the end is missing", quoteName)
}
