package call

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Atomic calls a routine once for each line that next returns, up to io.EOF, in one transaction,
// and writes the results as Each does. They arrive while the calls run, before the transaction is
// committed. An error says which effects there are, and names the line at fault, or the last one of
// which there is a result where a server does not say more.
func (t *Target) Atomic(
	ctx context.Context, out *Output, name string, next func() (*Line, error),
) error {
	body, w := io.Pipe()
	calls := &callWriter{w: w, name: string(quote(name))}
	written := make(chan struct{})
	go func() {
		defer close(written)
		w.CloseWithError(calls.write(next))
	}()
	results, err := t.results(ctx, out, body)
	body.CloseWithError(errCut) // so that nothing more is read
	<-written
	flushed := out.w.Flush()
	if err == nil && flushed != nil {
		return fmt.Errorf("%w; all calls have had their effects", flushed)
	}
	var failed *Error
	// What a server gets no end of it does not commit, nor what it responds to with an error.
	none := errors.As(err, &failed) || !calls.sent
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrSets):
		return fmt.Errorf("the results are not whole: %w; all calls have had their effects", err)
	case ctx.Err() != nil:
		err = ErrInterrupted
	case calls.failed != nil:
		err = calls.failed
	case failed != nil && failed.Call != nil:
		err = fmt.Errorf("line %d: %w", calls.lineOf(failed.Call.Index), err)
	case results > 0:
		err = fmt.Errorf("after line %d: %w", calls.lineOf(results-1), err)
	}
	if none {
		return fmt.Errorf("%w; no call has had an effect", err)
	}
	return fmt.Errorf("%w; either all calls have had their effects or none, which is not known", err)
}

// results sends the calls and writes their results, which it counts.
func (t *Target) results(ctx context.Context, out *Output, body io.Reader) (n int, err error) {
	r, err := t.request(ctx, http.MethodPost, "", nil)
	if err != nil {
		return 0, err
	}
	r.URL.RawQuery = t.Query // which the server refuses: results of a batch have no parts
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(body), -1, nil
	r.Header.Set("Content-Type", ndjson)
	r.Header.Set("Accept", ndjson)
	if t.Schema != "" {
		r.Header.Set("Content-Profile", t.Schema)
	}
	response, err := t.do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	for in := bufio.NewReader(out.shown(response.Body)); ; {
		text, err := in.ReadSlice('\n')
		if _, failed := out.w.Write(text); failed != nil {
			return n, failed
		}
		switch err {
		case nil:
			n++
		case bufio.ErrBufferFull:
		case io.EOF:
			return n, nil
		default:
			return n, err
		}
	}
}

const ndjson = "application/x-ndjson"

// A callWriter writes calls of one routine.
type callWriter struct {
	w    *io.PipeWriter
	name string // as JSON

	// Once write has returned:
	failed error // of a line that is no call
	sent   bool  // all calls

	mu    sync.Mutex
	calls int
	steps []step
}

// A step says by how much the lines are ahead of the calls, from one call on.
type step struct{ call, more int }

// write writes calls up to the end of the lines, or to one that is no call.
func (c *callWriter) write(next func() (*Line, error)) error {
	for {
		line, err := next()
		switch {
		case err == io.EOF:
			c.sent = true
			return nil
		case err != nil:
			c.failed = err
			return err
		}
		args, err := []byte(nil), line.Err
		if err == nil {
			args, err = line.Args.json()
		}
		if err != nil {
			c.failed = fmt.Errorf("line %d: %w", line.Number, err)
			return err
		}
		c.note(line.Number)
		if _, err := fmt.Fprintf(c.w, `{"call":%s,"args":%s}`+"\n", c.name, args); err != nil {
			return err
		}
	}
}

// note remembers the line of the next call.
func (c *callWriter) note(line int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	more := line - c.calls
	if n := len(c.steps); n == 0 || c.steps[n-1].more != more {
		c.steps = append(c.steps, step{c.calls, more})
	}
	c.calls++
}

// lineOf returns the line of a call, counted from 0.
func (c *callWriter) lineOf(call int) (line int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.steps {
		if s.call <= call {
			line = call + s.more
		}
	}
	return line
}
