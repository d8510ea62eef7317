package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/call"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/importer"
)

// checkEach reports flags of call that do not go together.
func (o *callOptions) checkEach(name string, words []string) error {
	switch {
	case o.each == "" && (o.atOnce != 1 || o.failures != "" || o.atomic):
		return errors.New("-j, -failures and -atomic are for the calls of -each")
	case o.each == "":
		return nil
	case name == "" || len(words) > 0:
		return errors.New("-each takes the name of a routine, and the arguments from its file")
	case o.atomic && (o.atOnce != 1 || o.failures != ""):
		return errors.New("calls that are -atomic run one after the other and fail together: " +
			"leave -j and -failures out")
	case o.atOnce < 1:
		return errors.New("-j must be at least 1")
	case o.format != "" && o.format != "ndjson":
		return errors.New("the results of -each are lines of JSON: leave -o out")
	}
	o.connections = max(o.connections, o.atOnce)
	return nil
}

// callEach calls a routine, whose overloads are nil if they are not known, for each line of a file.
func (p process) callEach(
	ctx context.Context, o callOptions, target *call.Target, out *call.Output, name string,
	overloads []catalog.Routine,
) error {
	in, size := p.stdin, int64(-1)
	if o.each != "-" {
		file, err := os.Open(o.each)
		if err != nil {
			return fmt.Errorf("the file of -each cannot be read: %s: %w", o.each, failure.Cause(err))
		}
		defer file.Close()
		in = file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
	}
	progress := newProgress(p.stderr, "calls")
	if out.Terminal {
		progress = nil // the results show it
	}
	failed := func(f call.Failure) error {
		if progress != nil {
			progress.End() // until the next call
		}
		complain(p.stderr, fmt.Errorf("line %d: %s", f.Line, f.Reason))
		return nil
	}
	if o.failures != "" {
		file, err := os.Create(o.failures)
		if err != nil {
			return fmt.Errorf("the file of -failures cannot be written: %w", err)
		}
		defer file.Close()
		failed = lines(file)
	}
	counted := &counter{Reader: &interruptible{ctx: ctx, in: in}}
	next, err := call.Lines(counted)
	if ctx.Err() != nil {
		return call.ErrInterrupted
	}
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", o.each, err)
	}
	next = checkingArguments(next, overloads)
	if progress != nil {
		progress.Begin(name, size)
		defer progress.End()
		next = counting(next, counted, progress)
	}
	if o.atomic {
		return target.Atomic(ctx, out, name, next)
	}
	tally, err := target.Each(ctx, out, name, next, o.atOnce, failed)
	switch calls := tally.Done + tally.Failed; {
	case err != nil:
		return fmt.Errorf("%w, after %d calls, of which %d failed", err, calls, tally.Failed)
	case tally.Failed > 0:
		return fmt.Errorf("%d of %d calls failed", tally.Failed, calls)
	case tally.Parts > 0:
		return fmt.Errorf("the results of %d of %d calls are not whole: %w", tally.Parts, calls,
			call.ErrSets)
	}
	return nil
}

// checkingArguments checks the arguments of each line.
func checkingArguments(
	next func() (*call.Line, error), overloads []catalog.Routine,
) func() (*call.Line, error) {
	return func() (*call.Line, error) {
		line, err := next()
		if err == nil && line.Err == nil {
			line.Err = line.Args.Check(overloads)
		}
		return line, err
	}
}

// A counter counts the bytes that are read.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// counting has the progress show the calls that have begun.
func counting(
	next func() (*call.Line, error), read *counter, progress importer.Progress,
) func() (*call.Line, error) {
	calls := int64(0)
	return func() (*call.Line, error) {
		progress.At(read.n, calls)
		calls++
		return next()
	}
}

// lines returns what writes each failure as a line of JSON.
func lines(w io.Writer) func(call.Failure) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return func(f call.Failure) error { return encoder.Encode(f) }
}

// explain is a hook that has the error of a call known where its response is cut off, and what a
// response does not have.
func explain(r *http.Request, c *moresql.Call, err error) {
	var failed *moresql.Error
	if err == nil && c.Skipped > 0 {
		call.Lacks(r, call.ErrSets)
	}
	if !errors.As(err, &failed) {
		return
	}
	why := &call.Error{Status: failed.Status, Code: failed.Code, Message: failed.Message,
		Hint: failed.Hint}
	if failed.Place > 0 {
		why.Call = &call.Place{Index: failed.Place - 1}
	}
	call.Explain(r, why)
}
