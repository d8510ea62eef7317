package row

// ReadAhead is readAhead for the tests outside of the package.
func (r *Rows) ReadAhead(n int) (int, error) { return r.readAhead(n) }
