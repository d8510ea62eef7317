package encoder

import "github.com/moresql/moresql/row"

// Object returns an encoder whose document is always a single object, or a scalar's value. Its
// media type is the one by which PostgREST's clients ask for that, and it is a Shaper: a result of
// no rows or of several is an error. Otherwise it is JSON.
func Object() Encoder { return objectEncoder{} }

type objectEncoder struct{ jsonEncoder }

func (objectEncoder) MediaType() string { return "application/vnd.pgrst.object+json; charset=utf-8" }

func (objectEncoder) Shape(s row.Shape) row.Shape {
	if s == row.Scalar {
		return s
	}
	return row.One
}
