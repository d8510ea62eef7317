package encoder

// The data of a template has these methods for what is around the rows.

// Title returns what people call the result.
func (p *page) Title() string { return p.frame.Title }

// User returns who makes the request, or nil.
func (p *page) User() any { return p.frame.User }

// Total returns the rows of the whole, or nil.
func (p *page) Total() any {
	if total := p.place().Total; total >= 0 {
		return total
	}
	return nil
}

// Previous returns the address of the page before, or "".
func (p *page) Previous() string { return p.place().Previous }

// Next returns the address of the page after, or "".
func (p *page) Next() string { return p.place().Next }

// place returns the place of the rows in the whole, as far as it is known by now.
func (p *page) place() Page {
	switch {
	case p.frame.Page == nil:
		return Page{Total: -1}
	case p.ended:
		return p.frame.Page(int64(p.rows.Passed()))
	}
	return p.frame.Page(-1)
}
