package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
)

// A Failure is a call that has failed, or a line that is no call.
type Failure struct {
	Line      int             `json:"line"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Reason    string          `json:"reason"`
}

// A Tally counts calls.
type Tally struct {
	Done, Failed int
	Parts        int // of those that are done, whose results are not whole: ErrSets
}

// Each calls a routine once for each line that next returns, up to io.EOF, several at a time, and
// writes the results as JSON, each on a line, in the order of the lines. Those that fail have no
// line: failed gets them, in the same order. The results of the calls that run at a time are held
// in memory. An error ends it early: that of next, of failed, of the output, or the end of ctx. In
// the last case those that have begun are reported, too, as done or failed, so that the lines after
// them are those to go on with.
func (t *Target) Each(
	ctx context.Context, out *Output, name string, next func() (*Line, error), atOnce int,
	failed func(Failure) error,
) (tally Tally, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the calls that still run, after an error
	queue := make(chan chan outcome, max(atOnce, 1)-1)
	var broken error // of next, once queue is closed
	go func() {
		defer close(queue)
		for ctx.Err() == nil {
			line, err := next()
			if err != nil || ctx.Err() != nil {
				broken = err
				return
			}
			one := make(chan outcome, 1)
			select {
			case queue <- one:
				go func() { one <- t.one(ctx, name, line) }()
			case <-ctx.Done():
			}
		}
	}()
	for one := range queue {
		r := <-one
		switch {
		case err != nil: // it waits for the calls that have begun
		case r.failure != nil:
			tally.Failed++
			err = failed(*r.failure)
		default:
			tally.Done++
			if r.isPart {
				tally.Parts++
			}
			_, err = io.Copy(out.w, out.shown(bytes.NewReader(append(r.text, '\n'))))
		}
		if err != nil {
			cancel()
		}
	}
	if flushed := out.w.Flush(); err == nil {
		err = flushed
	}
	switch {
	case err == nil && ctx.Err() != nil:
		err = ErrInterrupted
	case err == nil && broken != io.EOF:
		err = broken
	}
	return tally, err
}

// An outcome is that of one call: JSON on one line, or the failure.
type outcome struct {
	text    []byte
	isPart  bool // there are more result sets
	failure *Failure
}

func (t *Target) one(ctx context.Context, name string, line *Line) outcome {
	text, err := t.text(ctx, name, line)
	if isPart := errors.Is(err, ErrSets); err == nil || isPart {
		return outcome{text: text, isPart: isPart}
	}
	f := &Failure{Line: line.Number, Reason: err.Error()}
	if errors.Is(err, ErrInterrupted) {
		f.Reason += ": it may have had its effect before"
	}
	if line.Args != nil {
		f.Arguments = line.Args.shown()
	}
	return outcome{failure: f}
}

// text returns the result of a call on one line. Nothing at all is null. There is one next to
// ErrSets.
func (t *Target) text(ctx context.Context, name string, line *Line) ([]byte, error) {
	if line.Err != nil {
		return nil, line.Err
	}
	response, err := t.Call(ctx, name, "application/json", line.Args)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil && !errors.Is(err, ErrSets) {
		return nil, err
	}
	if len(body) == 0 {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	if json.Compact(&b, body) != nil {
		return nil, errors.New("the result is not JSON")
	}
	return b.Bytes(), err
}
