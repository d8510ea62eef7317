// Package load sends requests to an HTTP server over persistent connections, with as little work
// of its own as possible, since it shares the machine with the server and the database.
package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Request is a request as it is sent, and the body of the expected response.
type Request struct{ Bytes, Body []byte }

// New returns a request with a JSON body, or a GET if body is "", and with lines of a header.
func New(target, body string, lines ...string) Request {
	method := http.MethodGet
	var header string
	for _, line := range lines {
		header += line + "\r\n"
	}
	if body != "" {
		method = http.MethodPost
		header += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return Request{Bytes: fmt.Appendf(nil,
		"%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s", method, target, header, body)}
}

// patience is added to the measured time to limit a connection.
const patience = 30 * time.Second

// Run lets clients send requests one after the other for a duration, and returns the rate of
// responses. Every response must have status 200. Before the clock starts, each client receives
// one response, whose body is checked.
func Run(
	ctx context.Context, addr string, clients int, requests []Request, duration time.Duration,
) (perSecond float64, err error) {
	all := make([]*client, clients)
	defer func() {
		for _, c := range all {
			if c != nil {
				err = errors.Join(err, c.conn.Close())
			}
		}
	}()
	for i := range all {
		if all[i], err = dial(ctx, addr, requests, i, duration); err != nil {
			return 0, err
		}
	}
	if err := each(all, (*client).check); err != nil {
		return 0, err
	}
	var stop atomic.Bool
	timer := time.AfterFunc(duration, func() { stop.Store(true) })
	defer timer.Stop()
	defer context.AfterFunc(ctx, func() { stop.Store(true) })()
	start := time.Now()
	err = each(all, func(c *client) error { return c.run(&stop) })
	elapsed := time.Since(start)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return 0, err
	}
	responses := 0
	for _, c := range all {
		responses += c.responses
	}
	return float64(responses) / elapsed.Seconds(), nil
}

// each runs f for all clients concurrently.
func each(all []*client, f func(*client) error) error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, c := range all {
		wg.Go(func() { errs[i] = f(c) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Fetch returns the body of the response to one request.
func Fetch(ctx context.Context, addr string, r Request) ([]byte, error) {
	c, err := dial(ctx, addr, []Request{r}, 0, 0)
	if err != nil {
		return nil, err
	}
	body, err := c.do(r)
	return bytes.Clone(body), errors.Join(err, c.conn.Close())
}

// A client has its own connection and cycles through the requests, beginning with next.
type client struct {
	conn      net.Conn
	reader    *bufio.Reader
	body      []byte
	requests  []Request
	next      int
	responses int
}

// dial connects a client that begins with the request at next and ends after the duration.
func dial(
	ctx context.Context, addr string, requests []Request, next int, duration time.Duration,
) (*client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(duration + patience)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &client{
		conn:     conn,
		reader:   bufio.NewReader(conn),
		requests: requests,
		next:     next % len(requests),
	}, nil
}

// do sends a request and returns the body of the response, which is valid until the next call.
func (c *client) do(r Request) ([]byte, error) {
	if _, err := c.conn.Write(r.Bytes); err != nil {
		return nil, err
	}
	status, body, err := readResponse(c.reader, c.body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		c.body = body
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", status, body)
	}
	return body, nil
}

// take returns the next request.
func (c *client) take() Request {
	r := c.requests[c.next]
	c.next = (c.next + 1) % len(c.requests)
	return r
}

func (c *client) check() error {
	r := c.take()
	body, err := c.do(r)
	if err == nil && !bytes.Equal(body, r.Body) {
		err = fmt.Errorf("the response is %s, want %s", body, r.Body)
	}
	return err
}

func (c *client) run(stop *atomic.Bool) error {
	for !stop.Load() {
		if _, err := c.do(c.take()); err != nil {
			return err
		}
		c.responses++
	}
	return nil
}
