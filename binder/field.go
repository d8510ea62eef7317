package binder

import (
	"errors"
	"fmt"
	"slices"
)

// A Field is one declared parameter of a procedure. Functions such as [Int] and [Header] return
// one that restricts its value or its origin; its methods return a changed copy, so a Field may be
// kept and shared, also by goroutines. A Field with a Name alone takes any value from any source.
type Field struct {
	Name     string // matched exactly, in upper and lower case
	optional bool
	mode     mode
	rules    *rules // never changed once set; nil for any text from any source
}

// A mode says which way the value of a parameter goes.
type mode uint8

const (
	input       mode = iota // the zero mode, so that Field{Name: "a"} is an IN parameter
	output                  // set by the procedure alone
	inputOutput             // taken from the request and set by the procedure
)

// The rules of a field.
type rules struct {
	typed     bool // valueType is the type of the value, whatever a source says
	valueType Type
	kind      string   // which constraints apply: one of the kinds in types.go, or "" for none
	checks    []check  // of a text, in order; the first fault is reported
	schema    schema   // what they check
	sources   []Source // instead of those of the call
	notNull   bool
	fallback  *any  // the value of the field if it is absent
	mistake   error // in the declaration, for Check
}

// A check returns what is wrong with a text, as in "doors is less than 1", or "".
type check func(text string) string

// Any returns a field that takes any value from any source, as Field{Name: name} does.
func Any(name string) Field { return Field{Name: name} }

// Out returns a field for an OUT parameter of a procedure: it takes no value from a request, and
// the procedure returns it as a column of its row. Constraints and sources do not apply to it, and
// [Check] refuses them.
func Out(name string) Field { return Field{Name: name, mode: output} }

// InOut returns the field as an INOUT parameter: it takes a value from the request, and the
// procedure returns it as a column of its row.
func (f Field) InOut() Field {
	if f.mode == output {
		return f.mistaken(errors.New("InOut is for a field that takes a value"))
	}
	f.mode = inputOutput
	return f
}

// IsInput reports whether the field takes a value from the request, as all but those of [Out] do.
func (f Field) IsInput() bool { return f.mode != output }

// IsOutput reports whether the procedure returns the field, as those of [Out] and [Field.InOut].
func (f Field) IsOutput() bool { return f.mode != input }

// Optional returns the field as one that may be absent from the request.
func (f Field) Optional() Field {
	f.optional = true
	return f
}

// IsOptional reports whether the field may be absent from the request.
func (f Field) IsOptional() bool { return f.optional }

// NotNull returns the field as one that refuses JSON's null. Without it null passes every
// constraint, as it passes a CHECK of SQL.
func (f Field) NotNull() Field { return f.with(func(r *rules) { r.notNull = true }) }

// Default returns the field with a value for requests that it is absent from. The value is passed
// on unchecked, and nil is NULL.
func (f Field) Default(value any) Field { return f.with(func(r *rules) { r.fallback = &value }) }

// From returns the field with sources of its own, which are opened in order instead of those of
// the call.
func (f Field) From(sources ...Source) Field {
	return f.with(func(r *rules) { r.sources = slices.Clone(sources) })
}

// with returns a copy of the field with changed rules.
func (f Field) with(change func(*rules)) Field {
	var r rules
	if f.rules != nil {
		r = *f.rules
		r.checks, r.schema = slices.Clip(r.checks), slices.Clip(r.schema)
	}
	change(&r)
	f.rules = &r
	return f
}

// Check returns the first mistake in a declaration of fields: one without a name, a repeated name,
// a constraint that does not apply to the type of its field, or a given value without a field that
// takes one. Such a value is most likely misspelt, and the request would choose what the program
// meant to.
func Check(fields []Field, given map[string]any) error {
	declared := map[string]bool{}
	for _, f := range fields {
		switch _, hasValue := given[f.Name]; {
		case f.Name == "":
			return errors.New("a field without a name is declared")
		case declared[f.Name]:
			return fmt.Errorf("the field %q is declared twice", f.Name)
		case f.rules != nil && f.rules.mistake != nil:
			return fmt.Errorf("the field %q: %w", f.Name, f.rules.mistake)
		case f.mode == output && (f.rules != nil || f.optional):
			return fmt.Errorf("the OUT parameter %q has rules, but takes no value", f.Name)
		case f.mode == output && hasValue:
			return fmt.Errorf("there is a value for the OUT parameter %q, which takes none", f.Name)
		}
		declared[f.Name] = true
	}
	for name := range given {
		if !declared[name] {
			return fmt.Errorf("there is a value for %q, which no field is declared for: "+
				"add it to the fields", name)
		}
	}
	return nil
}

// sources returns the sources of the field's own, or nil.
func (f Field) sources() []Source {
	if f.rules == nil {
		return nil
	}
	return f.rules.sources
}

// fault returns what is wrong with a value, or "". A value that is neither text nor null comes from
// the program and is not checked.
func (f Field) fault(value any) string {
	if f.rules == nil {
		return ""
	}
	text, isText := value.(string)
	switch {
	case value == nil && f.rules.notNull:
		return "must not be null"
	case !isText:
		return ""
	}
	for _, check := range f.rules.checks {
		if fault := check(text); fault != "" {
			return fault
		}
	}
	return ""
}

// label names the field to a client, who may know it by its place in the request.
func (f Field) label() string {
	if own := f.sources(); len(own) == 1 {
		if place, ok := own[0].(fmt.Stringer); ok && place.String() != "" {
			return fmt.Sprintf("%s (%s)", f.Name, place)
		}
	}
	return f.Name
}
