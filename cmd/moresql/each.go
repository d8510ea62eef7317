package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/moresql/moresql/cmd/moresql/internal/call"
)

// checkEach reports flags of call that do not go together.
func (o *callOptions) checkEach(name string, words []string) error {
	switch {
	case o.each == "" && (o.atOnce != 1 || o.failures != ""):
		return errors.New("-j and -failures are for the calls of -each")
	case o.each == "":
		return nil
	case name == "" || len(words) > 0:
		return errors.New("-each takes the name of a routine, and the arguments from its file")
	case o.atOnce < 1:
		return errors.New("-j must be at least 1")
	case o.format != "" && o.format != "ndjson":
		return errors.New("the results of -each are lines of JSON: leave -o out")
	}
	o.connections = max(o.connections, o.atOnce)
	return nil
}

// callEach calls a routine for each line of a file.
func (p process) callEach(
	ctx context.Context, o callOptions, target *call.Target, out *call.Output, name string,
) error {
	in := p.stdin
	if o.each != "-" {
		file, err := os.Open(o.each)
		if err != nil {
			return fmt.Errorf("the file of -each cannot be read: %s: %w", o.each, cause(err))
		}
		defer file.Close()
		in = file
	}
	failed := func(f call.Failure) error {
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
	next, err := call.Lines(in)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", o.each, err)
	}
	tally, err := target.Each(ctx, out, name, next, o.atOnce, failed)
	switch calls := tally.Done + tally.Failed; {
	case err != nil:
		return fmt.Errorf("%w, after %d calls, of which %d failed", err, calls, tally.Failed)
	case tally.Failed > 0:
		return fmt.Errorf("%d of %d calls failed", tally.Failed, calls)
	}
	return nil
}

// lines returns what writes each failure as a line of JSON.
func lines(w io.Writer) func(call.Failure) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return func(f call.Failure) error { return encoder.Encode(f) }
}
