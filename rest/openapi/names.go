package openapi

import (
	"strconv"
	"strings"
)

// names are names of one section of a document, each of which is used once.
type names map[string]bool

// unique returns a name that can stand in a reference and as an identifier in most languages, made
// of one of a database: what a component cannot have in its name becomes an underscore (OpenAPI
// 3.1, Components Object). It differs from all others that it has returned.
func (n names) unique(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-':
			return c
		}
		return '_'
	}, name)
	next := name
	for i := 2; n[next]; i++ {
		next = name + "_" + strconv.Itoa(i)
	}
	n[next] = true
	return next
}

// qualified returns a name with its schema.
func qualified(schema, name string) string {
	if schema == "" {
		return name
	}
	return schema + "." + name
}
