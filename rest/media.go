package rest

import (
	"strings"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/routine"
)

// clientEncoders are for the media types that only clients of PostgREST accept (its documentation,
// "Resource Representation"), with and without the suffix of JSON.
var clientEncoders = []encoder.Encoder{
	encoder.Object(),
	negotiate.Named{Encoder: encoder.Object(), Name: vendor + "object"},
	negotiate.Named{Encoder: encoder.JSON(), Name: vendor + "array+json"},
	negotiate.Named{Encoder: encoder.JSON(), Name: vendor + "array"},
	encoder.StrippedObject(),
	negotiate.Named{Encoder: encoder.StrippedObject(), Name: vendor + "object;nulls=stripped"},
	encoder.Stripped(),
	negotiate.Named{Encoder: encoder.Stripped(), Name: vendor + "array;nulls=stripped"},
	negotiate.Named{Encoder: encoder.Stripped(), Name: "application/json;nulls=stripped"},
}

const vendor = "application/vnd.pgrst."

// isSingular reports whether a response of a media type has one row, or is an error.
func isSingular(mediaType string) bool { return strings.HasPrefix(mediaType, vendor+"object") }

// offer offers the media types that overloads return. One that returns any type by itself, alone
// under its name, is for every request: it may say by response.headers what it has returned.
func (m *matching) offer() {
	for i := range m.overloads {
		switch t := routine.MediaType(&m.overloads[i]); {
		case t == "*/*" && len(m.overloads) == 1:
			m.offerOwn(negotiate.Own{Encoder: encoder.Binary(), All: true})
		case t != "" && t != "*/*":
			m.offerOwn(negotiate.Own{Encoder: ownEncoder{encoder.Raw(t), m}})
		}
	}
}

func (m *matching) offerOwn(own negotiate.Own) {
	m.operation.Encoders = append(m.operation.Encoders, own)
}

// An ownEncoder writes the media type that a function returns. It has been chosen before it is
// known which of the overloads is called.
type ownEncoder struct {
	encoder.Encoder
	matching *matching
}

var _ encoder.ColumnChecker = ownEncoder{}

// CheckColumns refuses another overload than those that return the type.
func (e ownEncoder) CheckColumns(n int) error {
	if e.matching.matched != nil && routine.MediaType(e.matching.matched.routine) != e.MediaType() {
		return noMediaType(e.matching.matched.routine, e.MediaType())
	}
	return e.Encoder.(encoder.ColumnChecker).CheckColumns(n)
}
