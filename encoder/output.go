package encoder

import (
	"fmt"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/moresql/moresql/row"
)

const (
	firstBlock = 16 << 10 // bytes of the first write, so that the client soon has something
	blockSize  = 32 << 10 // bytes of each later write: each costs a system call
)

// memory is what one response inherits from another. It has a fixed size: what a large row has made
// larger is left to the garbage collector.
type memory struct {
	block [blockSize + blockSize/2]byte
	text  [1 << 10]byte // of the names
	names [32][]byte
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// An output collects what is written into blocks. After an error nothing more may be written.
type output struct {
	w      io.Writer
	buf    []byte
	full   int // length of buf from which it is written
	memory *memory
}

// newOutput returns an output in pooled memory, which the caller gives back by free.
func newOutput(w io.Writer) output {
	m := memories.Get().(*memory)
	return output{w: w, buf: m.block[:0], full: firstBlock, memory: m}
}

func (o *output) free() { memories.Put(o.memory) }

// flushFull writes the block once it is full.
func (o *output) flushFull() error {
	if len(o.buf) <= o.full {
		return nil
	}
	o.full = blockSize
	return o.flush()
}

// flush writes the block.
func (o *output) flush() error {
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// isLarge reports whether a value is written in pieces, by output.pieces.
func isLarge(v row.Value) bool { return len(v.Raw()) > blockSize }

// reserve returns the error of a writer that has no room for n bytes more, before any of them is
// made. Writers without a limit have no method Reserve.
func (o *output) reserve(n int) error {
	if w, ok := o.w.(interface{ Reserve(n int) error }); ok {
		return w.Reserve(n)
	}
	return nil
}

// pieces writes a large value in the pieces that appendPiece makes of it, a block at a time, so
// that it is not in memory a second time. No piece ends within a character.
func (o *output) pieces(value []byte, appendPiece func(b, piece []byte) []byte) error {
	if err := o.reserve(len(value)); err != nil {
		return err
	}
	for len(value) > 0 {
		n := min(len(value), blockSize/2)
		for back := 0; n < len(value) && back < utf8.UTFMax && !utf8.RuneStart(value[n]); back++ {
			n--
		}
		o.buf = appendPiece(o.buf, value[:n])
		value = value[n:]
		if err := o.flushFull(); err != nil {
			return err
		}
	}
	return nil
}

// appendBytes appends s as it is.
func appendBytes(b, s []byte) []byte { return append(b, s...) }

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

// refuseSets returns the error of a format that cannot hold several result sets, if there may be
// some.
func refuseSets(rows *row.Rows, format string) error {
	if rows.Shape != row.Sets {
		return nil
	}
	return &UnsupportedError{fmt.Errorf(
		"%s holds one result set: choose an encoder for several, such as JSON", format)}
}
