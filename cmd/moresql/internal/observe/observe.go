// Package observe keeps what is known of each request until it is over: for the log, metrics, and
// the response itself.
package observe

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/moresql/moresql"
)

// A Request is what is known of a request. It belongs to the goroutine that serves it.
type Request struct {
	ID      string // also of the response, by X-Request-Id
	Start   time.Time
	Status  int   // of the response; statusLeft if there was nobody to get one
	Bytes   int64 // of its body
	Aborted bool  // the response is not complete

	// Routine is the procedure or relation that the request calls, by a name of the catalog and never
	// a text of the request; "" for none.
	Routine string

	// Code says how the call failed: the SQLSTATE, the code of PostgREST or else the HTTP status. It
	// is "" for a success.
	Code string

	Called time.Time // when the arguments were known; zero if they never were
	Ended  time.Time // when the call was over; zero if there was none

	client context.Context // is done when the client has left
}

// statusLeft is of a response to a client that has left before it began, which is no failure of the
// server. nginx, Caddy and Traefik have it so.
const statusLeft = 499

// left returns statusLeft for the status of a call that has ended with its client, and otherwise
// the status. The context alone does not say who has left: one that ran out of time to send a body
// is done, too, and its client waits for the response.
func (q *Request) left(status int) int {
	if status == http.StatusServiceUnavailable && errors.Is(q.client.Err(), context.Canceled) {
		return statusLeft
	}
	return status
}

type key struct{}

// Of returns the Request of a context, nil if there is none.
func Of(ctx context.Context) *Request {
	r, _ := ctx.Value(key{}).(*Request)
	return r
}

// Handler serves requests by next, and calls ended with each when it is over, also when next
// panics. With timed a response says what took how long, by the header field Server-Timing.
func Handler(next http.Handler, timed bool, ended func(*http.Request, *Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &Request{
			ID: identifier(r), Start: time.Now(), Status: http.StatusOK, Aborted: true,
			client: r.Context(),
		}
		id := []string{q.ID}
		r.Header["X-Request-Id"], w.Header()["X-Request-Id"] = id, id
		r = r.WithContext(context.WithValue(r.Context(), key{}, q))
		// A panic, such as http.ErrAbortHandler, is left to net/http to recover.
		defer func() { ended(r, q) }()
		bodiless := r.Method == http.MethodHead
		next.ServeHTTP(&writer{ResponseWriter: w, q: q, timed: timed, bodiless: bodiless}, r)
		q.Aborted = false
	})
}

// A writer records the status and counts the bytes of the body.
type writer struct {
	http.ResponseWriter
	q        *Request
	timed    bool
	wrote    bool // the status is final
	bodiless bool // what is written is not sent
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeader(status int) {
	if !w.wrote && status >= 200 { // 1xx are informational: a final status follows
		if status = w.q.left(status); status == statusLeft {
			w.bodiless = true
		}
		w.q.Status, w.wrote = status, true
		if w.timed {
			w.Header().Set("Server-Timing", w.q.timing(time.Now()))
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	if !w.bodiless {
		w.q.Bytes += int64(n)
	}
	return n, err
}

// timing says how long the parts of a response have taken so far, in milliseconds (W3C Server
// Timing): wait, until the arguments of the call are known, and call, until the response begins.
func (q *Request) timing(now time.Time) string {
	ms := func(d time.Duration) string {
		return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', -1, 64)
	}
	total := "total;dur=" + ms(now.Sub(q.Start))
	if q.Called.IsZero() {
		return total
	}
	return "wait;dur=" + ms(q.Called.Sub(q.Start)) + ", call;dur=" + ms(now.Sub(q.Called)) +
		", " + total
}

// Hooks returns what completes the Request of each call.
func Hooks() moresql.Hooks {
	var calls sync.Map // the names that calls have had
	return moresql.Hooks{
		Before: func(r *http.Request, c *moresql.Call) error {
			if q := Of(r.Context()); q != nil {
				q.Routine, q.Called = c.Name, time.Now()
				if _, known := calls.Load(c.Name); !known {
					calls.Store(c.Name, true)
				}
			}
			return nil
		},
		After: func(r *http.Request, c *moresql.Call, err error) {
			q := Of(r.Context())
			if q == nil {
				return
			}
			q.Ended = time.Now()
			if e, ok := err.(*moresql.Error); ok {
				if q.Code = e.Code; q.Code == "" {
					q.Code = strconv.Itoa(q.left(e.Status))
				}
			}
			// Before there are arguments the name may be the path of the request.
			if _, known := calls.Load(c.Name); known {
				q.Routine = c.Name
			}
		},
	}
}
