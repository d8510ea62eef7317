package payload

// A Pair is a field of a form.
type Pair struct{ Name, Value string }

// Form returns the one row of a form. Of a repeated field the last counts.
func Form(fields []Pair, o Options) (*Rows, error) {
	var names seen
	object, keys := []byte{'{'}, []string{}
	for i, f := range fields {
		if i > 0 {
			object = append(object, ',')
		}
		object = appendText(object, f.Name)
		object = append(object, ':')
		object = appendText(object, f.Value)
		if names.add(f.Name) {
			keys = append(keys, f.Name)
		}
	}
	c := &collector{options: o}
	if err := c.add(string(append(object, '}')), keys); err != nil {
		return nil, err
	}
	return c.rows(true), nil
}

// appendText appends a text as a JSON string.
func appendText[T string | []byte](b []byte, text T) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(append(b, text[start:]...), '"')
}
