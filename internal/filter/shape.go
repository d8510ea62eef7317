package filter

import (
	"fmt"
	"slices"
	"strconv"
)

// count reads a whole value as a number of rows.
func (r *reader) count() (*int64, error) {
	n, err := strconv.ParseUint(r.text, 10, 63)
	if err != nil {
		return nil, r.fail(0, "it has to be a whole number, not less than 0", "")
	}
	rows := int64(n)
	return &rows, nil
}

// items reads the value of select.
func (r *reader) items() (items []Item, err error) {
	for {
		start := r.pos
		item, err := r.item()
		if err != nil {
			return nil, err
		}
		if item.All && slices.ContainsFunc(items, func(i Item) bool { return i.All }) {
			return nil, r.fail(start, "all columns are selected more than once", "")
		}
		if items = append(items, item); len(items) > maxItems {
			return nil, r.failMost(r.pos, maxItems, "columns")
		}
		if r.end() {
			return items, nil
		}
		if !r.take(",") {
			return nil, r.unexpected()
		}
	}
}

func (r *reader) item() (item Item, err error) {
	if r.takeSpaced("*") {
		return Item{All: true}, nil
	}
	if r.has("...") {
		return item, r.unexpected()
	}
	if item.Field, err = r.column(); err != nil {
		return item, err
	}
	if r.has(":") && !r.has("::") {
		r.pos++
		item.Alias = item.Field.Column
		if item.Field, err = r.column(); err != nil {
			return item, err
		}
	}
	return item, r.path(&item.Field)
}

// terms reads the value of order.
func (r *reader) terms() (terms []Term, err error) {
	for {
		var term Term
		if term.Field, err = r.field(); err != nil {
			return nil, err
		}
		start := r.pos
		if err := r.direction(&term); err != nil {
			return nil, err
		}
		if terms = append(terms, term); len(terms) > maxTerms {
			return nil, r.failMost(start, maxTerms, "terms")
		}
		if r.end() {
			return terms, nil
		}
		if !r.take(",") {
			return nil, r.unexpected()
		}
	}
}

// direction reads what follows a column in order: .asc or .desc, and .nullsfirst or .nullslast.
func (r *reader) direction(term *Term) error {
	for part := 0; r.has("."); part++ {
		start := r.pos
		r.pos++
		switch word := r.until(" \t.,"); {
		case part == 0 && word == "asc":
		case part == 0 && word == "desc":
			term.Desc = true
		case term.Nulls == NullsAnywhere && word == "nullsfirst":
			term.Nulls = NullsFirst
		case term.Nulls == NullsAnywhere && word == "nullslast":
			term.Nulls = NullsLast
		default:
			return r.fail(start+1, "there is no such direction", "write age, age.desc or age.asc.nullslast")
		}
	}
	r.space()
	return nil
}

// unexpected refuses what stands where a comma or the end of the value should be.
func (r *reader) unexpected() error {
	const plain = "ask for the columns of the function's result"
	switch {
	case r.has("::"):
		return r.fail(r.pos, "casts are not supported", plain)
	case r.has("."), r.has("()"):
		if !r.has("...") {
			return r.fail(r.pos, "aggregates are not supported", plain)
		}
		fallthrough
	case r.has("("), r.has("!"):
		return r.fail(r.pos, "embedding is not supported", plain)
	}
	return r.fail(r.pos, "a comma or the end is missing", "put a name with other characters than letters, digits, _, $ and - in double quotes")
}

func (r *reader) failMost(pos, most int, of string) error {
	return r.fail(pos, fmt.Sprintf("there are too many %s: at most %d are taken", of, most), "")
}
