package catalog

import "slices"

// A Type is one data type. In a Snapshot there is one *Type for each type, so that pointers can be compared.
type Type struct {
	OID    uint32 // PostgreSQL's number for it, the same in every database for built-in types; 0 elsewhere
	Kind   TypeKind
	Schema string
	Name   string // as the catalog spells it, unquoted: int4, _int4

	// SQL is the type as SQL text writes it, quoted: integer, integer[], api."Price". It means the type whatever the search path is, and
	// any value of it: a cast to bpchar keeps the length that a cast to character, which is character(1), would cut to 1.
	SQL string

	Elem   *Type    // what an Array's elements are
	Base   *Type    // what a Domain is over, which may be a Domain too
	Fields []Column // a Composite's, in their order; dropped ones left out
	Delim  byte     // what stands between the elements of an array of this type, and between an Array's own
	ToJSON bool     // to_json writes it by a cast to json that came with the type (hstore), not as its text
}

// String returns t.SQL, "" for a nil Type, which is one that is not known.
func (t *Type) String() string {
	if t == nil {
		return ""
	}
	return t.SQL
}

// Underlying returns what is under a Domain and the domains below it, t itself for any other type: the type that decides how a
// value is written.
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

// A TypeKind says what a type is made of (PostgreSQL manual, 53.64 pg_type: typtype; arrays are those of typelem).
type TypeKind uint8

const (
	Base       TypeKind = iota
	Enum                // one of a few words
	Domain              // Type.Base with constraints
	Composite           // Type.Fields; a table's row type too
	Range               // lower and upper bound
	Multirange          // list of ranges
	Array               // any number of Type.Elem, in any number of dimensions; int2vector and oidvector too, whose text is not an array's
	Pseudo              // void, record, and the polymorphic types, which have no values of their own
)

var typeKinds = []string{"base", "enum", "domain", "composite", "range", "multirange", "array", "pseudo"}

// String returns the kind's name in lower case.
func (k TypeKind) String() string { return nameOf(k, typeKinds...) }
