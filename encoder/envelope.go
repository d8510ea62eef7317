package encoder

import (
	"io"
	"strconv"

	"github.com/moresql/moresql/row"
)

// Envelope returns an encoder that puts what JSON writes into an object, under a name, and the
// number of rows after it:
//
//	{"cars":[{"name":"Käfer"},{"name":"2CV"}],"count":2}
//
// One row is an object there and a scalar a bare value, and their count is 1; of several result
// sets the count is that of the rows of all. The count comes last because it is known last. It is
// safe for concurrent use.
func Envelope(name string) Encoder {
	return envelopeEncoder{string(append(appendString([]byte{'{'}, []byte(name)), ':'))}
}

type envelopeEncoder struct{ before string }

func (envelopeEncoder) MediaType() string { return jsonMediaType }

func (e envelopeEncoder) Encode(w io.Writer, rows *row.Rows) error {
	m := memories.Get().(*memory)
	defer memories.Put(m)
	l := m.layout(w, nil)
	l.buf = append(l.buf, e.before...)
	if err := l.shaped(rows); err != nil {
		return err
	}
	l.buf = append(strconv.AppendInt(append(l.buf, `,"count":`...), int64(rows.Passed()), 10), '}')
	return l.flush()
}
