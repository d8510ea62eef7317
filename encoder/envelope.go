package encoder

import (
	"io"
	"strconv"

	"github.com/moresql/moresql/row"
)

// Envelope returns an encoder that puts what JSON writes into an object, under a name, followed by
// the number of rows:
//
//	{"cars":[{"name":"Käfer"},{"name":"2CV"}],"count":2}
//
// One row is an object there and a scalar a bare value, with a count of 1; for several result sets
// the count is that of all their rows. The count comes last since it is known last. Envelope panics
// if the name is count, since the object would have two members of that name. It is safe for
// concurrent use.
func Envelope(name string) Encoder {
	if name == countName {
		panic(`encoder: Envelope("count"): the number of rows has that name already`)
	}
	return envelopeEncoder{string(append(appendString([]byte{'{'}, []byte(name)), ':'))}
}

const countName = "count"

type envelopeEncoder struct{ before string } // {"name":

func (envelopeEncoder) MediaType() string { return jsonMediaType }

func (e envelopeEncoder) Encode(w io.Writer, rows *row.Rows) error {
	l := newLayout(w, nil)
	defer l.free()
	l.buf = append(l.buf, e.before...)
	if err := l.shaped(rows); err != nil {
		return err
	}
	l.buf = append(l.buf, `,"`+countName+`":`...)
	l.buf = append(strconv.AppendInt(l.buf, int64(rows.Passed()), 10), '}')
	return l.flush()
}
