package binder

import (
	"encoding/json"
	"slices"
	"strings"
)

// A Description says what a field takes, for documents and forms.
type Description struct {
	// Schema is a JSON Schema (2020-12) of the value, null apart, such as
	// {"type":"integer","minimum":1}. It is {} for a field that takes anything.
	Schema string

	// In is where the value comes from: path, query, body, header, cookie, file for a part of
	// multipart/form-data, or whole for the whole body; "" for the sources of the call; none if no
	// request chooses the value. Place is the name of the header field or of the cookie. Of several
	// sources they name the first.
	In, Place string

	Required bool // a request has to have it: it has no default, and is not optional
}

// Describe returns what the field takes.
func (f Field) Describe() Description {
	d := Description{Schema: "{}", Required: f.IsInput() && !f.IsOptional()}
	if !f.IsInput() {
		d.In = "none"
	}
	if f.rules == nil {
		return d
	}
	members := slices.Clone(f.rules.schema)
	if f.rules.fallback != nil {
		d.Required = false
		members = append(members, says("default", *f.rules.fallback)...)
	}
	d.Schema = "{" + strings.Join(members, ",") + "}"
	if f.rules.sources != nil {
		d.In = "none"
	}
	if len(f.rules.sources) == 0 {
		return d
	}
	switch s := f.rules.sources[0].(type) {
	case headerSource:
		d.In, d.Place = "header", string(s)
	case cookieSource:
		d.In, d.Place = "cookie", string(s)
	case pathSource:
		d.In = "path"
	case querySource:
		d.In = "query"
	case arraySource:
		d.In = ""
	case bodySource:
		d.In = "body"
		if s.place != "" {
			d.In = "file"
		}
	case wholeBody:
		d.In = "whole"
	}
	return d
}

// A schema is a list of members of a JSON Schema, as JSON has them.
type schema []string

// says returns one member. A value that JSON does not have, such as an infinity, says nothing.
func says(keyword string, value any) schema {
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return schema{`"` + keyword + `":` + string(text)}
}

func formatted(format string) schema {
	return append(says("type", "string"), says("format", format)...)
}

func patterned(pattern string) schema {
	return append(says("type", "string"), says("pattern", pattern)...)
}

// common says what a pattern is if JSON Schema, whose expressions are those of ECMA-262, can have
// it.
func common(expression string) schema {
	for _, other := range []string{"(?", `\A`, `\z`, `\Q`, `\a`, `\C`, "[[:"} {
		if strings.Contains(expression, other) {
			return nil
		}
	}
	return says("pattern", expression)
}
