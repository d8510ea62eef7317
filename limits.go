package moresql

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/moresql/moresql/internal/limit"
	"github.com/moresql/moresql/row"
)

// Timeout sets how long a call may take from the request to the last byte of its answer: 504 beyond, or an abort when the answer has begun. The
// query is cancelled then.
func Timeout(d time.Duration) Option { return option(func(c *call) { c.timeout = d }) }

// WriteTimeout sets how long a client may take to take each block of an answer, some 32 KiB. One that is slower is cut off, which frees the
// connection to the database. It needs a ResponseWriter that can set deadlines, as net/http's can, and takes the place of the server's
// WriteTimeout, which is for a whole answer.
func WriteTimeout(d time.Duration) Option { return option(func(c *call) { c.writeTimeout = d }) }

// MaxConcurrent lets so many calls run at once, and so many more wait their turn, each no longer than wait. The others are answered with 503 and
// Retry-After, and never come to the pool of connections. Handlers that are given the same Option share the limit; so do all of a MoreSQL
// whose New is given it.
func MaxConcurrent(running, waiting int, wait time.Duration) Option {
	l := limit.New(running, waiting, wait)
	retry := strconv.Itoa(int(math.Ceil(max(wait, time.Second).Seconds())))
	return option(func(c *call) { c.limit, c.retryAfter = l, retry })
}

// MaxRows refuses a result of more rows, with 500 or by an abort when the answer has begun: it is a guard, where MaxPage cuts.
func MaxRows(n int) Option {
	return option(func(c *call) { c.maxRows = n })
}

// MaxBytes refuses an answer of more bytes, as MaxRows does.
func MaxBytes(n int64) Option { return option(func(c *call) { c.maxBytes = n }) }

// begin gives the request its time. What it returns ends that.
func (x *exchange) begin() (end func()) {
	if x.timeout == 0 {
		return func() {}
	}
	own := x.r
	ctx, cancel := context.WithTimeout(own.Context(), x.timeout)
	x.r = own.WithContext(ctx)
	return func() {
		own.Body = x.r.Body // which has been read and put back
		cancel()
	}
}

// enter waits for room under the limit. What it returns gives the room back.
func (x *exchange) enter() (leave func(), err error) {
	if x.limit == nil {
		return func() {}, nil
	}
	if err := x.limit.Enter(x.r.Context()); err == limit.ErrBusy {
		x.w.Header().Set("Retry-After", x.retryAfter)
		return nil, &Error{Status: http.StatusServiceUnavailable, Message: "there are too many requests at once: try again later", Public: true, Err: err}
	} else if err != nil {
		return nil, err
	}
	return x.limit.Leave, nil
}

// guard has the rows fail when there are too many of them.
func (x *exchange) guard(rows *row.Rows) {
	if x.maxRows == 0 {
		return
	}
	n := 0
	rows.Each(func(*row.Row) error {
		if n++; n > x.maxRows {
			return &Error{
				Status: http.StatusInternalServerError, Public: true,
				Message: fmt.Sprintf("the result has more than the %d rows that are allowed", x.maxRows), Hint: "ask for a part of it",
			}
		}
		return nil
	})
}
