package catalog

import "strings"

// A Routine is a function or procedure. A field that its source does not have is zero: MySQL has no
// Strict, and a .sql statement no types.
type Routine struct {
	OID          uint32 // of pg_proc; 0 elsewhere
	Schema, Name string // as the database spells them, unquoted
	Kind         Kind
	Volatility   Volatility
	Strict       bool    // not run if an argument is NULL: the result is NULL then
	Params       []Param // in the order of the declaration
	Result       Result
	Comment      string // from COMMENT ON, or ""
}

// String returns the routine with its parameters, for messages:
// api.add(a integer, b integer DEFAULT …). Names are not quoted, so it is not SQL.
func (r Routine) String() string {
	var b strings.Builder
	if r.Schema != "" {
		b.WriteString(r.Schema + ".")
	}
	b.WriteString(r.Name + "(")
	for i, p := range r.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.String())
	}
	b.WriteString(")")
	return b.String()
}

// A Param is one parameter. The columns of RETURNS TABLE are not parameters.
type Param struct {
	Name    string // "" for a parameter that only has a position
	Type    *Type  // nil if it is not known
	Mode    Mode
	Default bool // it may be omitted

	// DefaultSQL is the value of one that is omitted, as PostgreSQL writes it: 2, 'a'::text, now(). It
	// is "" if it is not known.
	DefaultSQL string
}

// String returns the parameter as in its declaration, without the value of its default.
func (p Param) String() string {
	var words []string
	if p.Mode != In {
		words = append(words, p.Mode.String())
	}
	if p.Name != "" {
		words = append(words, p.Name)
	}
	if p.Type != nil {
		words = append(words, p.Type.SQL)
	}
	if p.Default {
		words = append(words, "DEFAULT …")
	}
	return strings.Join(words, " ")
}

// A Result describes what a routine returns.
type Result struct {
	// Type is the type of the result, or of each row if Set is true: void, a scalar, a composite, or
	// record, whose columns are Columns or, if that is nil, not known before the call. It is nil if it
	// is not known.
	Type *Type

	// Columns are those of SELECT * FROM the function, or CALL of the procedure: the fields of a
	// composite or of a domain over one, the columns of TABLE (…), and the OUT and INOUT parameters.
	// Columns is nil for a scalar, whose one column has the name of the function, for void, and for a
	// record without OUT parameters.
	Columns []Column

	Set bool // SETOF or TABLE: any number of rows
}

// A Column is one column of a result or one field of a composite type.
type Column struct {
	Name string
	Type *Type
}

// A Kind distinguishes functions from procedures.
type Kind uint8

const (
	Function  Kind = iota // called in a SELECT
	Procedure             // called by CALL
)

// String returns FUNCTION or PROCEDURE.
func (k Kind) String() string { return nameOf(k, "FUNCTION", "PROCEDURE") }

// A Mode says in which direction the value of a parameter is passed.
type Mode uint8

const (
	In    Mode = iota
	Out        // no argument of a function, and NULL in the call of a PostgreSQL procedure
	InOut      // an argument, and a column of the result
	// Variadic is In for the last parameter if that is of an array type and the call may list elements
	// instead (PostgreSQL manual, section 38.5.6).
	Variadic
)

// String returns the mode as SQL writes it.
func (m Mode) String() string { return nameOf(m, "IN", "OUT", "INOUT", "VARIADIC") }

// A Volatility is what a routine promises of its side effects (PostgreSQL manual, section 38.7).
// The zero Volatility promises nothing.
type Volatility uint8

const (
	Volatile  Volatility = iota // it may change the database
	Stable                      // it only reads
	Immutable                   // its result depends on its arguments alone
)

// String returns the volatility as SQL writes it.
func (v Volatility) String() string { return nameOf(v, "VOLATILE", "STABLE", "IMMUTABLE") }

// nameOf returns the name of a constant, by its value.
func nameOf[T ~uint8](value T, names ...string) string {
	if int(value) < len(names) {
		return names[value]
	}
	return "invalid"
}
