// Package binder turns an HTTP request into the named argument values of a procedure.
//
// Begin with [Any], [Int] and [Text], of which moresql.Bind takes those of a handler:
//
//	m.Handler("get_cars", moresql.Bind(binder.Int("doors").Min(2), binder.Any("name").Optional()))
//
// [Bind] looks every declared [Field] up in the values that the program has given, then in the
// [Source]s in their order; by [Defaults] these are the path, the query and the body. The first
// that has the name wins. A source is not opened before a field needs it, so no body is read for
// values that the path has.
//
// A value is the text that was sent: a JSON number keeps its digits, a JSON object or array its
// bytes. JSON's null is nil. PostgreSQL converts a text to the type of its parameter; for databases
// that do not, [BindTyped] says which texts are numbers and truth values.
// Nothing that was sent for a field is dropped or replaced silently: a repeated name in one source,
// an unpaired surrogate or a body of an unknown type is an [Error]. What no field declares is
// ignored.
//
// A field may restrict its text, as [Int] and [Text] do, and its origin, as [Header] and [File] do.
// A typed value is checked, and still is the text that was sent. All that is wrong with
// the fields of a request is reported together.
//
// Where the names are not declared, as for a routine whose overload they choose, [QueryArgs] and
// [BodyArgs] return all arguments of a request, by the same rules, and [RawBody] the body itself.
//
// Messages may name fields, and never quote a value, which might be a password.
package binder

import (
	"net/http"
	"slices"
)

// Bind returns one value for each field, and whether it is present. Only an optional field may be
// absent; its value is nil. The value of a field of [Out] is nil too, and counts as present.
//
// A value in given wins over the sources and is not checked; nil is NULL, and names without a field
// are ignored. Fields with sources of their own are looked up first, in their order, then the
// others, for which the given sources are opened in order. A value from a source is a string or
// nil, except those of [Value], [Const], [File] and [BodyBytes]. It may be kept, and may share
// memory with the body.
//
// What is wrong with single fields, such as a required one that is missing, is one *[Error] of
// status 400 with all of these. Anything else that is wrong with the request ends Bind at once with
// an *Error, whose status is 400, 408, 413 or 415. An error of another type is not the client's
// fault: the program has read the body before without restoring it, or a source of its own has
// failed.
//
// Bind restores the body that it has read, for the program to read and so that binding again gives
// the same result. It sets r.Body for that, so no other goroutine may use r meanwhile.
func Bind(
	r *http.Request, fields []Field, given map[string]any, sources []Source,
) (values []any, present []bool, err error) {
	b, err := BindTyped(r, fields, given, sources)
	return b.Values, b.Present, err
}

// A binding is the state of one Bind.
type binding struct {
	request  *http.Request
	fields   []Field
	Bound             // Present is true for a refused field too, which is not looked up again
	refusals []*Error // by field; nil until there is one
	expanded expansion
	body     content // nil for an empty body
	bodyRead bool    // body is known
}

func (b *binding) bind(given map[string]any, sources []Source) error {
	for i := range b.fields {
		if b.fields[i].mode == output {
			b.Present[i] = true // as NULL, which holds its place in the call
		} else {
			b.Values[i], b.Present[i] = given[b.fields[i].Name]
		}
	}
	for i := range b.fields {
		if own := b.fields[i].sources(); own != nil {
			if err := b.lookUp(own, i, i+1, true); err != nil {
				return err
			}
		}
	}
	if err := b.lookUp(sources, 0, len(b.fields), false); err != nil {
		return err
	}
	return b.settle()
}

// lookUp looks up the fields from one index to another that are not present: those with sources of
// their own, or the others. It opens no source without need.
func (b *binding) lookUp(sources []Source, from, to int, own bool) error {
	for _, source := range sources {
		var lookup Lookup
		direct, opened := source.(directSource)
		opened = opened && direct.isDirect(b.request)
		for i := from; i < to; i++ {
			if b.Present[i] || (b.fields[i].sources() != nil) != own {
				continue
			}
			if !opened {
				var err error
				if lookup, err = b.open(source); err != nil {
					return err
				}
				if opened = true; lookup == nil {
					break
				}
			}
			if err := b.lookUpOne(i, lookup, direct); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *binding) lookUpOne(i int, lookup Lookup, direct directSource) error {
	field := &b.fields[i]
	var value any
	var ok bool
	var err error
	if lookup != nil {
		value, ok, err = lookup(field.Name)
	} else {
		value, ok, err = direct.find(b.request, field.Name)
	}
	if refusal, is := err.(*Error); is && refusal.Status == http.StatusBadRequest {
		b.refuse(i, *refusal)
		return nil
	}
	if err != nil || !ok {
		return err
	}
	b.Values[i], b.Types[i] = typeOf(value)
	b.Present[i] = true
	if text, ok := b.Values[i].(string); ok {
		if err := b.expanded.add(field.Name, text); err != nil {
			return err
		}
	}
	if fault := field.fault(b.Values[i]); fault != "" {
		b.refuse(i, *refuse(field.Name, field.label()+" "+fault))
	}
	return nil
}

func (b *binding) refuse(i int, e Error) {
	if b.refusals == nil {
		b.refusals = make([]*Error, len(b.fields))
	}
	e.Field = b.fields[i].Name
	b.refusals[i], b.Present[i] = &e, true
}

// settle gives absent fields their defaults, and returns what is wrong with all fields.
func (b *binding) settle() error {
	for i := range b.fields {
		field := &b.fields[i]
		switch {
		case b.Present[i]:
		case field.rules != nil && field.rules.fallback != nil:
			b.Values[i], b.Present[i] = *field.rules.fallback, true
		case !field.optional:
			b.refuse(i, *refuse(field.Name, missing+field.label()))
		}
	}
	return together(slices.DeleteFunc(b.refusals, func(e *Error) bool { return e == nil }))
}

// open opens a source. Those that read the body share its content.
func (b *binding) open(source Source) (Lookup, error) {
	part, ok := source.(bodySource)
	if !ok {
		return source.Open(b.request)
	}
	if !b.bodyRead {
		content, err := readBody(b.request)
		if err != nil {
			return nil, err // which ends Bind
		}
		b.body, b.bodyRead = content, true
	}
	return part.in(b.body), nil
}
