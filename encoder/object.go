package encoder

import "github.com/moresql/moresql/row"

// Object returns an encoder whose document is a single object, or a scalar's value. It is a Shaper
// that makes the shape One unless it is Scalar, so that a result without exactly one row is an
// error. Its media type, application/vnd.pgrst.object+json, is the one by which PostgREST's clients
// request that. Otherwise it is as JSON. It is safe for concurrent use.
func Object() Encoder { return objectEncoder{} }

type objectEncoder struct{ jsonEncoder }

func (objectEncoder) MediaType() string {
	return "application/vnd.pgrst.object+json; charset=utf-8"
}

func (objectEncoder) Shape(s row.Shape) row.Shape {
	if s == row.Scalar {
		return s
	}
	return row.One
}
