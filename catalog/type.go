package catalog

import "slices"

// A Type is one data type. A Snapshot has one *Type for each type, so pointers can be compared.
type Type struct {
	OID    uint32 // of pg_type, for built-in types the same in every database; 0 elsewhere
	Kind   TypeKind
	Schema string
	Name   string // as the catalog spells it, unquoted: int4, _int4

	// SQL is the type in SQL, quoted: integer, integer[], api."Price". It does not depend on the
	// search path, and a cast to it keeps any value: to bpchar, not to character, which is
	// character(1) and would truncate.
	SQL string

	Elem   *Type    // of an Array
	Base   *Type    // of a Domain, possibly another Domain
	Fields []Column // of a Composite, in their order, without dropped ones
	Labels []string // of an Enum, in their order
	Delim  byte     // between the elements of an array of this type, and those of an Array
	Strict bool     // of a STRICT table of SQLite, which refuses values of other types
	ToJSON bool     // to_json casts it to json, as an extension has defined (hstore), not to text

	// Declared is the type that a Domain is declared over, with its length: character varying(20).
	// NotNull and Checks are its constraints, the latter as PostgreSQL writes them: (VALUE > 0). Those
	// of the domains below it are theirs.
	Declared string
	NotNull  bool
	Checks   []string

	Comment string // from COMMENT ON, or ""

	Representation Representation // of a Domain
}

// Representation names the functions of the casts that a Domain has: PostgreSQL does not use them
// by itself. They write its values as JSON, and read them from text and from JSON; nil for none.
type Representation struct {
	AsJSON, FromText, FromJSON *struct{ Schema, Name string }
}

// String returns t.SQL, or "" for a nil Type, which is not known.
func (t *Type) String() string {
	if t == nil {
		return ""
	}
	return t.SQL
}

// Underlying returns the type that a Domain, and the domains below it, are based on, and t itself
// for any other type. It decides how a value is written.
func (t *Type) Underlying() *Type {
	for t != nil && t.Kind == Domain && t.Base != nil {
		t = t.Base
	}
	return t
}

// Is reports whether t, or what it is a domain over, is one of PostgreSQL's built-in types, given
// by their OIDs in pg_type: t.Is(114, 3802) for json and jsonb. It is false for a nil Type and for
// the types of other databases.
func (t *Type) Is(oids ...uint32) bool {
	t = t.Underlying()
	return t != nil && t.OID != 0 && slices.Contains(oids, t.OID)
}

// A TypeKind says how a type is composed (PostgreSQL manual, pg_type: typtype, and typelem for
// arrays).
type TypeKind uint8

const (
	Base       TypeKind = iota
	Enum                // one of a list of words
	Domain              // Type.Base with constraints
	Composite           // Type.Fields, as the row type of a table
	Range               // a lower and an upper bound
	Multirange          // a list of ranges
	Array               // of Type.Elem in any dimensions; int2vector and oidvector too
	Pseudo              // void, record, and the polymorphic types, which have no values of their own
)

var typeKinds = []string{
	"base", "enum", "domain", "composite", "range", "multirange", "array", "pseudo",
}

// String returns the kind's name in lower case.
func (k TypeKind) String() string { return nameOf(k, typeKinds...) }
