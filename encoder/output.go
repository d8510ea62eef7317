package encoder

import (
	"fmt"
	"io"
	"sync"

	"github.com/moresql/moresql/row"
)

const (
	firstBlock = 16 << 10 // how much is gathered before it is written, so that the client soon has something
	blockSize  = 32 << 10 // afterwards, since each write costs
)

// memory is what a response takes over from those before it. What a large row made larger is left
// to the collector.
type memory struct {
	block [blockSize + blockSize/2]byte
	text  [1 << 10]byte // of the names
	names [32][]byte
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// output gathers what is written in one block. Once it failed nothing may follow.
type output struct {
	w    io.Writer
	buf  []byte
	full int // how much of buf is written
}

func (m *memory) output(w io.Writer) output { return output{w: w, buf: m.block[:0], full: firstBlock} }

// flushFull writes the block once it is full.
func (o *output) flushFull() error {
	if len(o.buf) <= o.full {
		return nil
	}
	o.full = blockSize
	return o.flush()
}

func (o *output) flush() error {
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// eachSet calls write for each result set.
func eachSet(rows *row.Rows, write func() error) error {
	for {
		if err := write(); err != nil {
			return err
		}
		if more, err := rows.NextSet(); !more || err != nil {
			return err
		}
	}
}

// refuseSets is the error of a format that has no way of keeping result sets apart.
func refuseSets(rows *row.Rows, format string) error {
	if rows.Shape != row.Sets {
		return nil
	}
	return &UnfitError{fmt.Errorf("%s holds one result set: choose an encoder for several, such as JSON", format)}
}
