package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/sqlstate"
)

// maxCall is how long a call of a batch may be, in bytes.
const maxCall = 16 << 20

// A callReader reads the calls of a batch one by one, from a JSON array or from lines.
type callReader struct {
	in      *bounded
	decoder *json.Decoder
	array   bool // the calls are elements of an array
	began   bool
}

func newCallReader(body io.Reader, lines bool) *callReader {
	in := &bounded{Reader: body}
	decoder := json.NewDecoder(in)
	decoder.UseNumber() // what is no array may be a number of any size
	return &callReader{in: in, decoder: decoder, array: !lines}
}

// next returns the text of the next call, or io.EOF after the last one.
func (c *callReader) next() (string, error) {
	c.in.left = maxCall
	if c.array && !c.began {
		token, err := c.decoder.Token()
		switch {
		case err == io.EOF:
			return "", notArray()
		case err != nil:
			return "", badCall(err)
		case token != json.Delim('['):
			return "", notArray()
		}
		c.began = true
	}
	if c.array && !c.decoder.More() {
		return "", c.end()
	}
	var text json.RawMessage
	if err := c.decoder.Decode(&text); err != nil && (err != io.EOF || c.array) {
		return "", badCall(err)
	} else if err != nil {
		return "", err
	}
	return string(text), nil
}

// end reads the end of the array, after which there must be nothing.
func (c *callReader) end() error {
	if _, err := c.decoder.Token(); err != nil {
		return badCall(err)
	}
	switch _, err := c.decoder.Token(); {
	case err == io.EOF:
		return io.EOF
	case err != nil:
		return badCall(err)
	}
	return notArray()
}

// parseCall returns what a call says; args is JSON, "" for none.
func parseCall(text string) (name, args string, err error) {
	members, err := binder.ObjectArgs(text)
	if err != nil {
		return "", "", err
	}
	for _, m := range members {
		switch m.Name {
		case "call":
			value, err := m.Value()
			if err != nil {
				return "", "", err
			}
			name, _ = value.(string)
			if m.Values[0][0] != '"' {
				name = ""
			}
		case "args":
			args = m.Values[0]
		default:
			return "", "", notCall(m.Name)
		}
	}
	if name == "" {
		return "", "", badRequest(codeBody, "A call has no name",
			`send {"call": "name", "args": {…}}`)
	}
	return name, args, nil
}

// matchCall takes the args of a call by name, or the whole of them, as matchBody takes a body.
func matchCall(overloads []catalog.Routine, text string) (*matched, error) {
	var args []binder.Arg
	var err error
	if text != "" && text != "null" {
		args, err = binder.ObjectArgs(text)
	}
	if text != "" && (err != nil || len(candidates(overloads, args)) == 0) {
		if m, err := matchWhole(overloads, []byte(text), typeArray); m != nil || err != nil {
			return m, err
		}
	}
	if err != nil {
		return nil, err
	}
	return match(overloads, args)
}

// A bounded reader bounds how much is read for one call.
type bounded struct {
	io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, badRequest(codeBody, "A call is longer than 16 MiB", "")
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// A lineWriter writes JSON as a part of a line. Line breaks in it are only white space: those of
// strings are escaped.
type lineWriter struct{ io.Writer }

func (l lineWriter) Write(p []byte) (int, error) {
	if bytes.ContainsAny(p, "\r\n") {
		p = bytes.ReplaceAll(p, []byte("\n"), []byte(" "))
		p = bytes.ReplaceAll(p, []byte("\r"), []byte(" "))
	}
	return l.Writer.Write(p)
}

// badCall returns the error of reading a call. What is wrong with the syntax is the client's fault.
func badCall(err error) error {
	var syntax *json.SyntaxError
	if err != io.ErrUnexpectedEOF && err != io.EOF && !errors.As(err, &syntax) {
		return err
	}
	return badRequest(codeBody, "The call is not valid JSON: "+err.Error(), "")
}

func notArray() error {
	return badRequest(codeBody, "The body is not an array of calls",
		`send [{"call": "name", "args": {…}}, …], or one call a line as application/x-ndjson`)
}

func notCall(member string) error {
	return badRequest(codeBody, fmt.Sprintf("A call has no member %.63s", member),
		`send {"call": "name", "args": {…}}`)
}

func tooManyCalls(limit int) error {
	return &moresql.Error{
		Status: http.StatusRequestEntityTooLarge, Code: codeBody, Public: true,
		Message: fmt.Sprintf("A batch has at most %d calls", limit),
		Hint:    "send several batches, each of which is a transaction of its own",
	}
}

// notCalls refuses a body of a media type that has no calls.
func notCalls(mediaType string) error {
	return &binder.Error{
		Status:  http.StatusUnsupportedMediaType,
		Message: fmt.Sprintf("calls are not read from %.100s", mediaType),
		Hint:    "send application/json or application/x-ndjson",
	}
}

// notChosen refuses a parameter of the query: there is no result to choose a part of.
func notChosen(name string) error {
	return badRequest(codeParse, fmt.Sprintf("A batch has no parameter %.63s", name),
		"its results are whole: call the routine alone for a part of one")
}

// notBatched refuses a format in which results of several shapes have no place.
func notBatched() error {
	return &moresql.Error{
		Status: http.StatusNotAcceptable, Code: codeMediaType, Public: true,
		Message: "The results of a batch are JSON, each in the shape of its call",
		Hint:    "accept application/json or application/x-ndjson",
	}
}

// noFunction refuses a name that no routine has.
func noFunction(snapshot *catalog.Snapshot, name string) error {
	message := fmt.Sprintf("there is no function %.63s", name)
	return notFound(message, closestName(snapshot, name))
}

// explainBatch completes the errors of the calls.
func explainBatch(e *moresql.Error) {
	if e.Place > 0 && e.Proc == batchName { // it has failed before its name was known
		e.Proc = ""
	}
	switch {
	case e.Code == "25001" && !e.Raised && !sqlstate.Within(e.Err):
		needsNoTransaction(e)
	case e.Code == "2D000" && !e.Raised: // a procedure that ends its transaction
		e.Status, e.Public = http.StatusBadRequest, true
		e.Hint = "call the procedure alone: a batch is one transaction"
	}
}
