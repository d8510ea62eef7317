package openapi

import (
	"strings"

	"github.com/moresql/moresql/catalog"
)

// sqliteType returns the schema of a value in a column of a declared type of SQLite, by the
// affinity that the type means (SQLite documentation, Datatypes In SQLite, 3.1): one for texts has
// texts alone, since bytes are a text in hexadecimal, and one for numbers has what is no number,
// too. Of the others nothing is known.
func sqliteType(declared string) object {
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(strings.ToUpper(declared), word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("INT"):
		return object{{"type", []string{"number", "string"}}}
	case has("CHAR", "CLOB", "TEXT"):
		return object{{"type", "string"}}
	case has("REAL", "FLOA", "DOUB") && !has("BLOB"):
		return object{{"type", []string{"number", "string"}}}
	}
	return object{}
}

// identity returns the schema of a column that the database fills, which always has a number: in
// SQLite the row's own.
func (s *schemas) identity(a *catalog.Attribute) object {
	if s.affinity {
		return object{{"type", "integer"}, {"format", "int64"}}
	}
	return s.value(a.Type)
}
