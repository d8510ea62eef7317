package rest

import (
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/routine"
)

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
