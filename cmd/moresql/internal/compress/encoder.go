package compress

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// An encoder compresses what is written to it.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// pools keep encoders by their coding, which take memory to make.
var pools = map[string]*sync.Pool{
	"gzip": {New: func() any {
		e, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // the level is one
		}
		return e
	}},
	"zstd": {New: func() any {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true))
		if err != nil {
			panic(err) // the options are right
		}
		return e
	}},
}

// take returns an encoder that writes to w.
func take(coding string, w io.Writer) encoder {
	e := pools[coding].Get().(encoder)
	e.Reset(w)
	return e
}

// give gives an encoder back. One that was not closed has parts of a response in it, and is left to
// the garbage collector.
func give(coding string, e encoder, closed bool) {
	if closed {
		e.Reset(nil)
		pools[coding].Put(e)
	}
}
