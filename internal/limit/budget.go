package limit

import (
	"io"
	"net/http"
	"sync/atomic"
)

// A Budget is how many bytes requests may hold at once: those of their bodies, and as many of their
// rows again. A slow reader of a large row leaves the bodies of others theirs. It is safe for
// concurrent use.
type Budget struct{ bodies, rows pool }

// NewBudget returns a Budget of n bytes, nil if that is not positive: nothing is counted then.
func NewBudget(n int64) *Budget {
	if n <= 0 {
		return nil
	}
	return &Budget{pool{size: n}, pool{size: n}}
}

// Or returns a new Budget of n bytes, none if that is negative, and b if it is 0.
func (b *Budget) Or(n int64) *Budget {
	if n == 0 {
		return b
	}
	return NewBudget(n)
}

// A pool is a number of bytes that can be taken.
type pool struct {
	size  int64
	taken atomic.Int64
}

// take takes n bytes, or none and returns a *[BusyError]. Nobody waits for what others give back:
// requests that hold a part of what they need could wait for each other.
func (p *pool) take(n int64) error {
	for {
		taken := p.taken.Load()
		if taken+n > p.size {
			return &BusyError{reason: "the bodies of all requests take too much memory"}
		}
		if p.taken.CompareAndSwap(taken, taken+n) {
			return nil
		}
	}
}

// A Share is what one request holds of a Budget. A nil Share holds nothing of none. It is for the
// goroutine that serves the request.
type Share struct {
	budget    *Budget
	body, row int64
	ended     bool
}

// Share returns an empty share. End must be called.
func (b *Budget) Share() *Share {
	if b == nil {
		return nil
	}
	return &Share{budget: b}
}

// largeRow is the size in bytes from which a row counts.
const largeRow = 64 << 10

// Row holds a row of n bytes instead of the one before. Small rows do not count. The error is a
// *[BusyError].
func (s *Share) Row(n int64) error {
	if s == nil || n < largeRow && s.row == 0 {
		return nil
	}
	if n < largeRow {
		n = 0
	}
	s.budget.rows.taken.Add(-s.row)
	if s.row = 0; n == 0 {
		return nil
	}
	if s.budget.rows.take(n) != nil {
		return &BusyError{reason: "the large rows of all responses take too much memory", ran: true}
	}
	s.row = n
	return nil
}

// Most returns how large a row can be at all.
func (s *Share) Most() int64 { return s.budget.rows.size }

// End gives everything back.
func (s *Share) End() {
	if s == nil {
		return
	}
	s.budget.bodies.taken.Add(-s.body)
	s.budget.rows.taken.Add(-s.row)
	s.body, s.row, s.ended = 0, 0, true
}

// A countedBody takes what has arrived of a body from the Budget, not what its header announces. It
// fails when there is no more to take.
type countedBody struct {
	io.ReadCloser
	share *Share
	err   error
}

func (b *countedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.ReadCloser.Read(p)
	if n > 0 && !b.share.ended { // the program may read on afterwards
		if size := b.share.budget.bodies.size; b.share.body+int64(n) > size { // whatever others hold
			b.err = &http.MaxBytesError{Limit: size}
			return 0, b.err
		}
		if b.err = b.share.budget.bodies.take(int64(n)); b.err != nil {
			return 0, b.err
		}
		b.share.body += int64(n)
	}
	return n, err
}

// Keep gives back all but n bytes, which is what whoever reads the body still holds of it.
func (b *countedBody) Keep(n int64) {
	if rest := b.share.body - n; rest > 0 && !b.share.ended {
		b.share.budget.bodies.taken.Add(-rest)
		b.share.body = n
	}
}
