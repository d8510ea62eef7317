// Package pgoid names the OIDs of PostgreSQL's built-in types, which are the same in every
// database (pg_type.dat in src/include/catalog of its sources).
package pgoid

// The OIDs are named after their types, as pg_type spells them. For a type of a catalog, write
// t.Is(pgoid.JSON, pgoid.JSONB).
const (
	Bool       = 16
	Bytea      = 17
	Char       = 18 // "char", one byte
	Name       = 19
	Int8       = 20
	Int2       = 21
	Int2Vector = 22
	Int4       = 23
	Text       = 25
	OIDVector  = 30
	JSON       = 114
	XML        = 142
	BPChar     = 1042 // character(n)
	Varchar    = 1043
	Float4     = 700
	Float8     = 701
	Numeric    = 1700
	Void       = 2278
	UUID       = 2950
	TSVector   = 3614
	JSONB      = 3802
)
