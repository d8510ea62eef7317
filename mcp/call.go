package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// call calls a tool: a POST for its routine that stays in this process. The arguments are passed on
// as the client has written them, so that no digit is lost.
func (s *Server) call(
	ctx context.Context, t *tool, arguments json.RawMessage,
) (*sdk.CallToolResult, error) {
	body, query, err := t.split(arguments, s.options.MaxRows)
	if err != nil {
		return failedTool(err.Error()), nil
	}
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {t.contentType}}
	if t.schema != "" {
		header.Set("Content-Profile", t.schema)
	}
	target := "/" + rest.Segment(t.routine)
	if query != nil {
		target += "?" + query.Encode()
	}
	got := run(ctx, s.routines, http.MethodPost, target, header, body)
	if got.status >= 300 {
		return failedTool(got.body.String()), nil
	}
	text := got.body.Bytes()
	if err := s.count(ctx, len(text)); err != nil {
		return failedTool(err.Error()), nil
	}
	switch {
	case len(text) == 0: // it returns nothing
		text = []byte("{}")
	case !bytes.HasPrefix(text, []byte(`{"result":`)) || !json.Valid(text):
		text = marshal(map[string]string{"result": strings.ToValidUTF8(string(text), "\ufffd")})
	case bytes.HasSuffix(text, []byte(cutEnd)):
		text = t.explainCut(text, query, s.options.MaxRows)
	}
	return &sdk.CallToolResult{
		Content:           []sdk.Content{&sdk.TextContent{Text: string(text)}},
		StructuredContent: json.RawMessage(text),
	}, nil
}

// count counts the bytes of a result over HTTP, where those of one request wait in memory for each
// other.
func (s *Server) count(ctx context.Context, size int) error {
	taken, ok := ctx.Value(sizeKey{}).(*atomic.Int64)
	if most := s.options.MaxBytes; ok && taken.Add(int64(size)) > most {
		return fmt.Errorf("the results of the request exceed the limit of %d bytes", most)
	}
	return nil
}

// explainCut adds to a result that was cut how to get the rest.
func (t *tool) explainCut(text []byte, query url.Values, rows int) []byte {
	note := "the rest is left out: narrow the arguments"
	next := ""
	switch {
	case t.pages:
		offset, _ := strconv.ParseInt(query.Get("offset"), 10, 64) // split has read it
		next = strconv.FormatInt(offset+int64(rows), 10)
		note = "there are more rows: call again with offset " + next
	case !t.readOnly:
		note = "the rest is left out; calling again would run it once more"
	}
	text = append(bytes.TrimSuffix(text, []byte("}")), `,"note":`...)
	text = append(text, marshal(note)...)
	if next != "" {
		text = append(text, `,"next_offset":`+next...)
	}
	return append(text, '}')
}

// failedTool returns the result of a call that failed, which the model reads. An error of the
// database is as rest writes it: with message, code, details and hint, as far as they are public.
func failedTool(text string) *sdk.CallToolResult {
	return &sdk.CallToolResult{
		IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: text}},
	}
}

// A reply is the response to a request in this process. It is small: its rows are limited.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *reply) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *reply) WriteHeader(status int) {
	if r.status == 0 && status >= 200 { // 1xx are informational: a final status follows
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *reply) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// writeTo sends a response that is not one of the protocol.
func (r *reply) writeTo(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	w.Write(r.body.Bytes()) // fails if the client has left
}

// failure returns the response to a fault of the program.
func failure(err error) *reply {
	r := &reply{header: http.Header{}}
	rest.Fail(r, &http.Request{Header: http.Header{"Accept": {"application/json"}}},
		&moresql.Error{Status: http.StatusInternalServerError, Message: err.Error(), Public: true})
	return r
}

// endKey is that of a *moresql.Error in the context of a request.
type endKey struct{}

// noteEnd notes the error of a request for run.
func noteEnd(r *http.Request, _ *moresql.Call, err error) {
	if end, ok := r.Context().Value(endKey{}).(**moresql.Error); ok {
		errors.As(err, end)
	}
}

// run runs a request in this process. Its header has what the client's says of the client, such as
// a token, and for the rest that which is given. It ends when the client leaves.
func run(
	ctx context.Context, h http.Handler, method, target string, header http.Header, body []byte,
) (got *reply) {
	var end *moresql.Error
	ctx, cancel := context.WithCancel(context.WithValue(ctx, endKey{}, &end))
	defer cancel()
	from, ok := ctx.Value(requestKey{}).(*http.Request)
	if ok {
		defer context.AfterFunc(from.Context(), cancel)()
	} else {
		from = &http.Request{Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	}
	r, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return failure(err)
	}
	r.Header = headerOf(from.Header)
	for name, values := range header {
		r.Header[name] = values
	}
	r.Host, r.RemoteAddr, r.TLS, r.RequestURI = from.Host, from.RemoteAddr, from.TLS, target
	got = &reply{header: http.Header{}}
	defer func() {
		switch p := recover(); {
		case p == http.ErrAbortHandler && end != nil: // what had come before the error is no result
			got = &reply{header: http.Header{}}
			rest.Fail(got, r, end)
		case p != nil:
			panic(p)
		}
	}()
	h.ServeHTTP(got, r)
	return got
}

// ofMessage matches the names of fields that are about the message itself.
var ofMessage = regexp.MustCompile(`^(Accept.*|Content-.*|If-.*|Mcp-.*|Connection|Expect|` +
	`Last-Event-Id|Prefer|Range|Te|Trailer|Transfer-Encoding|Upgrade)$`)

// headerOf returns what the header of a client says of the client.
func headerOf(client http.Header) http.Header {
	header := client.Clone()
	maps.DeleteFunc(header, func(name string, _ []string) bool { return ofMessage.MatchString(name) })
	return header
}
