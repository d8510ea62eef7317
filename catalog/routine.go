package catalog

import "strings"

// A Routine is a function or procedure. A field that its source knows nothing about is zero: MySQL knows no Strict, a
// .sql statement no types.
type Routine struct {
	Schema, Name string // as the database spells them, unquoted
	Kind         Kind
	Volatility   Volatility
	Strict       bool    // it is not run, and gives NULL, when an argument is NULL
	Params       []Param // in the order of the call
	Result       Result
	Comment      string // what COMMENT ON says of it, "" when nothing
}

// String returns the routine with its parameters as an error message names it: api.add(a integer, b integer DEFAULT …).
// Names are not quoted: it is for people, and no SQL.
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

// A Param is one parameter. The columns of RETURNS TABLE are none.
type Param struct {
	Name    string // "" for one that has only its place
	Type    *Type  // nil when it is not known
	Mode    Mode
	Default bool // it may be left out
}

// String returns the parameter as its declaration has it, but for the value of its default.
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

// A Result says what a routine returns.
type Result struct {
	// Type is what it returns, or each row of it when Set is: void, a scalar, a composite, or record where the columns are those of
	// Columns or, when there are none, are not known before the call. It is nil when it is not known.
	Type *Type

	// Columns are what SELECT * FROM the function or CALL of the procedure gives: those of a composite or of a domain over one, of
	// TABLE (…), and the OUT and INOUT parameters. They are nil for a scalar, which gives one column with the function's
	// name, for void and for a record without OUT parameters.
	Columns []Column

	Set bool // SETOF or TABLE: any number of rows
}

// A Column is one column of a result or one field of a composite type.
type Column struct {
	Name string
	Type *Type
}

// A Kind tells functions from procedures.
type Kind uint8

const (
	Function  Kind = iota // called in a SELECT
	Procedure             // called by CALL
)

// String returns FUNCTION or PROCEDURE.
func (k Kind) String() string { return nameOf(k, "FUNCTION", "PROCEDURE") }

// A Mode says which way the values of a parameter go.
type Mode uint8

const (
	In       Mode = iota
	Out           // no argument of a function's call, and NULL in that of a PostgreSQL procedure
	InOut         // an argument, and a column of the result
	Variadic      // the last In: it has an array type, and the call may list elements (PostgreSQL manual, 38.5.6)
)

// String returns the mode as SQL writes it.
func (m Mode) String() string { return nameOf(m, "IN", "OUT", "INOUT", "VARIADIC") }

// A Volatility is what a routine promises about its side effects (PostgreSQL manual, 38.7). The zero Volatility promises nothing.
type Volatility uint8

const (
	Volatile  Volatility = iota // it may change the database
	Stable                      // it only reads
	Immutable                   // its result depends on its arguments and on nothing else
)

// String returns the volatility as SQL writes it.
func (v Volatility) String() string { return nameOf(v, "VOLATILE", "STABLE", "IMMUTABLE") }

// nameOf returns the name of one of a few constants that count from 0.
func nameOf[T ~uint8](value T, names ...string) string {
	if int(value) < len(names) {
		return names[value]
	}
	return "invalid"
}
