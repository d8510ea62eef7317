package binder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// The media types that Body reads, beside those that end in +json.
const (
	typeJSON      = "application/json"
	typeForm      = "application/x-www-form-urlencoded"
	typeMultipart = "multipart/form-data"

	understood = typeJSON + ", " + typeForm + " and " + typeMultipart + " are understood"
)

// errConsumed is the program's mistake, so it is no Error, which would blame the client.
var errConsumed = errors.New("binder: the body was read before and not put back")

// Body returns the source of the body's values: a JSON object (application/json or any type that ends in +json), a form
// (application/x-www-form-urlencoded) or a multipart form (multipart/form-data), in UTF-8 and without Content-Encoding.
// Any other body has status 415. A request without a body has no values, whatever its Content-Type.
//
// JSON is read strictly, by RFC 8259 in UTF-8 and without a byte order mark, and keys must be unique at every level
// (I-JSON, RFC 7493 section 2.3). Up to 10,000 levels are read, as by encoding/json.
//
// Forms that the program has parsed itself before, by [http.Request.ParseForm] and its like, are taken from r.PostForm
// and r.MultipartForm, without what it made of errors then. A file is no value: where a field asks for it, status 400.
//
// The body is read into memory whole, files too, so that no temporary file is left behind: limit it first, by
// [http.MaxBytesReader]. Status 413 then tells the limit. Any other failure to read is 400.
func Body() Source { return bodySource{look: content.lookup} }

// A bodySource looks up in what the body holds. [Bind] reads it once for all of them.
type bodySource struct {
	look  func(c content, name string) (value any, ok bool, err error)
	place string // what of it, for the client; "" where that goes without saying
}

// Open implements [Source].
func (s bodySource) Open(r *http.Request) (Lookup, error) {
	c, err := readBody(r)
	if err != nil {
		return nil, err
	}
	return s.in(c), nil
}

// in returns the lookup in a content, nil in none.
func (s bodySource) in(c content) Lookup {
	if c == nil {
		return nil
	}
	return func(name string) (any, bool, error) { return s.look(c, name) }
}

func (s bodySource) String() string { return s.place }

// A content is what a body of some type holds: values for Bind to look up, and all of them for BodyArgs.
type content interface {
	lookup(name string) (value any, ok bool, err error)
	args() ([]Arg, error)
}

// readBody returns what the body holds, and nil for an empty one.
func readBody(r *http.Request) (content, error) {
	mediaType, params, refusal := understoodType(r.Header)
	if refusal != nil {
		if none, err := empty(r); none || err != nil {
			return nil, err
		}
		return nil, refusal
	}
	if mediaType == typeMultipart && r.MultipartForm != nil {
		return parsedMultipart(r)
	}
	text, err := readAll(r)
	if err != nil {
		return nil, err
	}
	switch {
	case mediaType == typeForm && formParsed(r):
		return parsedForm(r, text)
	case mediaType == typeMultipart && multipartFailed(r, text, params["boundary"]):
		return nil, malformedMultipart(nil)
	case text == "" && r.ContentLength > 0:
		return nil, errConsumed
	case text == "":
		return nil, nil
	case mediaType == typeForm:
		return parsePairs("form", text)
	case mediaType == typeMultipart:
		return openMultipart(text, params["boundary"])
	default:
		return openJSON(text)
	}
}

// understoodType returns the media type to read a body as, with its parameters, or an Error of status 415.
func understoodType(h http.Header) (mediaType string, params map[string]string, err error) {
	mediaType, params, err = contentType(h, ": "+understood)
	if err != nil {
		return "", nil, err
	}
	if mediaType != typeJSON && mediaType != typeForm && mediaType != typeMultipart && !strings.HasSuffix(mediaType, "+json") {
		return "", nil, unsupported("the body's Content-Type is not one of these: "+understood, "", nil)
	}
	return mediaType, params, inUTF8(params)
}

// contentType returns any media type, with its parameters, or an Error of status 415 (RFC 9110, 15.5.16). Where there is
// none to return, the message ends in what is expected.
func contentType(h http.Header, expected string) (mediaType string, params map[string]string, err error) {
	for coding := range strings.SplitSeq(strings.Join(h.Values("Content-Encoding"), ","), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return "", nil, unsupported("a body with Content-Encoding is not understood", "Send it as it is.", nil)
		}
	}
	// Two header lines make no valid type together, and neither could be preferred.
	header := strings.Join(h.Values("Content-Type"), ", ")
	if header == "" {
		return "", nil, unsupported("the body has no Content-Type"+expected, "", nil)
	}
	mediaType, params, err = mime.ParseMediaType(header)
	if err != nil {
		return "", nil, unsupported("malformed Content-Type"+expected, "", err)
	}
	return mediaType, params, nil
}

// inUTF8 refuses the parameters of a media type that name another charset, with status 415.
func inUTF8(params map[string]string) error {
	charset, ok := params["charset"]
	if ok && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return unsupported("the body's charset is not utf-8", "Send it in UTF-8.", nil)
	}
	return nil
}

func unsupported(message, hint string, cause error) error {
	return &Error{Status: http.StatusUnsupportedMediaType, Message: message, Hint: hint, Err: cause}
}

// empty says whether a request has no body. It reads no more than it must to know: not a byte of one with a length, for
// a client that waits for 100 Continue.
func empty(r *http.Request) (bool, error) {
	switch {
	case r.Body == nil:
		return true, nil
	case r.ContentLength > 0:
		return false, nil
	}
	first := make([]byte, 1)
	switch _, err := io.ReadFull(r.Body, first); err {
	case nil:
		putBack(r, io.MultiReader(bytes.NewReader(first), r.Body))
		return false, nil
	case io.EOF:
		return true, nil
	default:
		return false, unreadable(err)
	}
}

// readAll returns what there is left of the body, and puts it back.
func readAll(r *http.Request) (string, error) {
	data, err := drain(r)
	if err != nil {
		return "", err
	}
	text := string(data)
	putBack(r, strings.NewReader(text))
	return text, nil
}

// drain reads what there is left of the body, and never returns nil without an error.
func drain(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return []byte{}, nil
	}
	data, err := io.ReadAll(r.Body)
	if err != nil && !errors.Is(err, http.ErrBodyReadAfterClose) { // nothing is left of one that was closed
		return nil, unreadable(err)
	}
	return data, nil
}

// putBack makes body the one to read; no body stays none.
func putBack(r *http.Request, body io.Reader) {
	if r.Body != nil {
		r.Body = restored{body, r.Body}
	}
}

// A restored body reads again what has been read, and closes what it has been read from.
type restored struct {
	io.Reader
	io.Closer
}

func unreadable(err error) error {
	if limit := (*http.MaxBytesError)(nil); errors.As(err, &limit) {
		message := fmt.Sprintf("the body is larger than %d bytes", limit.Limit)
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: message, Err: err}
	}
	return &Error{Status: http.StatusBadRequest, Message: "the body could not be read", Err: err}
}
