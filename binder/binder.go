// Package binder turns an HTTP request into the named argument values of a procedure.
//
// [Bind] looks every declared [Field] up in the program's own values first, then in the [Source]s in their order; by
// [Defaults] these are the path, the query and the body. The first that has the name wins, and a source is not opened
// before a field needs it, so that no body is read for values that the path gives.
//
// A value goes on as the text that came, for the database to convert by the type of its parameter: a JSON number
// keeps its digits, a JSON object or array its bytes. JSON's null is nil. Nothing that was sent for a field is dropped
// or replaced silently: a name that comes twice in one source, a lone surrogate or a body of an unknown type is an [Error].
// What no field asks for is ignored.
//
// A field may say more of itself: what its text must be, as [Int] and [Text] do, and where it comes from, as [Header] and
// [File] do. A typed value is checked and goes on as the text that came all the same. Whatever is wrong with the fields
// of a request is reported together.
//
// Where the names are not declared, as for a routine that they choose among overloads, [QueryArgs] and [BodyArgs] return
// all that a request gives, by the same rules, and [RawBody] the body as it is.
//
// Messages may name fields, and never quote a value: it might be a password.
package binder

import (
	"net/http"
	"slices"
)

// Bind returns one value for each field, and whether it is present: only an optional field may be absent, with nil.
//
// A name in given wins over the sources and is not checked; nil there is NULL, and names that no field has are ignored. Fields
// with sources of their own are looked up first, in their order, then the others: the sources are asked in order, as the
// package says. A value of theirs is a string or nil, but for what [Value], [Const], [File] and [BodyBytes] say; it may be kept,
// and may share its memory with the body.
//
// What is wrong with single fields, one that is not optional and that nobody has among it, is one *[Error] of status 400 with
// all of these. Whatever else is wrong with the request ends Bind at once, with an *Error of a status to fit; an error of any
// other type is the program's own: a body read before and not put back, or what a source of the user's returned.
//
// Bind puts back the body that it has read, for the program to read and so that binding again gives the same answer. It
// sets r.Body that way, so r must not be used by another goroutine meanwhile.
func Bind(r *http.Request, fields []Field, given map[string]any, sources []Source) (values []any, present []bool, err error) {
	b := binding{request: r, fields: fields, values: make([]any, len(fields)), present: make([]bool, len(fields))}
	for i := range fields {
		if fields[i].mode == output {
			b.present[i] = true // as NULL, which holds its place in the call
		} else {
			b.values[i], b.present[i] = given[fields[i].Name]
		}
	}
	for i := range fields {
		if own := fields[i].sources(); own != nil {
			if err := b.ask(own, i, i+1, true); err != nil {
				return nil, nil, err
			}
		}
	}
	if err := b.ask(sources, 0, len(fields), false); err != nil {
		return nil, nil, err
	}
	if err := b.settle(); err != nil {
		return nil, nil, err
	}
	return b.values, b.present, nil
}

// A binding is the state of one Bind.
type binding struct {
	request  *http.Request
	fields   []Field
	values   []any
	present  []bool   // a field that is refused counts as present, and is looked up no further
	refusals []*Error // by field; nil as long as there are none
	body     content  // what the body holds, nil for an empty one
	bodyRead bool     // body is known
}

// ask looks up the fields from one place to another that are not present, either those with sources of their own or the others.
// A source is not opened without need.
func (b *binding) ask(sources []Source, from, to int, own bool) error {
	for _, source := range sources {
		var lookup Lookup
		opened := false
		for i := from; i < to; i++ {
			if b.present[i] || (b.fields[i].sources() != nil) != own {
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
			if err := b.look(i, lookup); err != nil {
				return err
			}
		}
	}
	return nil
}

// look looks one field up.
func (b *binding) look(i int, lookup Lookup) error {
	field := &b.fields[i]
	value, ok, err := lookup(field.Name)
	if refusal, is := err.(*Error); is && refusal.Status == http.StatusBadRequest {
		b.refuse(i, *refusal)
		return nil
	}
	if err != nil || !ok {
		return err
	}
	b.values[i], b.present[i] = value, true
	if fault := field.fault(value); fault != "" {
		b.refuse(i, *refuse(field.Name, field.label()+" "+fault))
	}
	return nil
}

func (b *binding) refuse(i int, e Error) {
	if b.refusals == nil {
		b.refusals = make([]*Error, len(b.fields))
	}
	e.Field = b.fields[i].Name
	b.refusals[i], b.present[i] = &e, true
}

// settle gives fields that are absent their defaults, and returns what is wrong with all.
func (b *binding) settle() error {
	for i := range b.fields {
		field := &b.fields[i]
		switch {
		case b.present[i]:
		case field.rules != nil && field.rules.fallback != nil:
			b.values[i], b.present[i] = *field.rules.fallback, true
		case !field.optional:
			b.refuse(i, *refuse(field.Name, missing+field.label()))
		}
	}
	return together(slices.DeleteFunc(b.refusals, func(e *Error) bool { return e == nil }))
}

// open opens a source. Those of the body share what it was read as.
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
