package binder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
)

// The media types that Body parses, besides those that end in +json.
const (
	typeJSON      = "application/json"
	typeForm      = "application/x-www-form-urlencoded"
	typeMultipart = "multipart/form-data"

	understood = typeJSON + ", " + typeForm + " and " + typeMultipart + " are understood"
)

// errConsumed is the program's mistake, so it is no Error, which would blame the client.
var errConsumed = errors.New("binder: the program has read the body and not restored it")

// Body returns the source of the values in the body: a JSON object (application/json or any type
// that ends in +json), a form (application/x-www-form-urlencoded) or a multipart form
// (multipart/form-data), in UTF-8 and without Content-Encoding. Any other body has status 415. A
// request without a body has no values, whatever its Content-Type.
//
// JSON is parsed strictly, by RFC 8259 in UTF-8 and without a byte order mark, and keys must be
// unique at every level (I-JSON, RFC 7493, section 2.3). It may be nested up to 10,000 levels, as
// for encoding/json.
//
// A form that the program has parsed before, by [http.Request.ParseForm] and the like, is taken
// from r.PostForm and r.MultipartForm; what these have ignored as malformed is lost. A file is not
// a value: if a field wants one, the status is 400.
//
// The whole body is read into memory, files too, so that no temporary file is left on disk. Limit
// it first, by [http.MaxBytesReader]: status 413 then reports the limit. A body that has not
// arrived when the deadline for it is over, as of ReadTimeout of an [http.Server], has status 408,
// and any other failure to read 400.
func Body() Source { return theBody }

// An interface made of a struct is an allocation, which each request would pay.
var theBody Source = bodySource{look: content.lookup}

// A bodySource looks values up in the content of the body, which [Bind] reads once for all of them.
type bodySource struct {
	look  func(c content, name string) (value any, ok bool, err error)
	place string // the part of the body, in words for the client; "" if that is plain
}

// Open implements [Source].
func (s bodySource) Open(r *http.Request) (Lookup, error) {
	c, err := readBody(r)
	if err != nil {
		return nil, err
	}
	look := s.in(c)
	if look == nil {
		return nil, nil
	}
	return func(name string) (any, bool, error) {
		value, ok, err := look(name)
		return untyped(value), ok, err
	}, nil
}

// in returns the lookup in a content, nil if there is none.
func (s bodySource) in(c content) Lookup {
	if c == nil {
		return nil
	}
	return func(name string) (any, bool, error) { return s.look(c, name) }
}

func (s bodySource) String() string { return s.place }

// A content is the parsed body: single values for Bind, and all of them for BodyArgs.
type content interface {
	lookup(name string) (value any, ok bool, err error)
	args() ([]Arg, error)
}

// readBody returns the content of the body, nil for an empty body.
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
	if err := (remainder{mediaType, params["boundary"], text}).failure(r); err != nil {
		return nil, err
	}
	switch {
	case mediaType == typeForm && (looksLikeJSON(text) || len(r.PostForm) > 0 && hasJSON(r.PostForm)):
		return nil, errNotForm
	case mediaType == typeForm && formParsed(r):
		return pairs{values: r.PostForm}, nil
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

// understoodType returns the media type of a body that Body parses, with its parameters, or an
// Error of status 415.
func understoodType(h http.Header) (mediaType string, params map[string]string, err error) {
	mediaType, params, err = contentType(h, ": "+understood)
	if err != nil {
		return "", nil, err
	}
	switch mediaType {
	case typeJSON, typeForm, typeMultipart:
	default:
		if !strings.HasSuffix(mediaType, "+json") {
			message := "the body's Content-Type is not one of these: " + understood
			return "", nil, unsupported(message, "", nil)
		}
	}
	return mediaType, params, inUTF8(params)
}

// contentType returns the media type of the body, of any kind, with its parameters, or an Error of
// status 415 (RFC 9110, section 15.5.16), whose message ends in expected.
func contentType(
	h http.Header, expected string,
) (mediaType string, params map[string]string, err error) {
	codings := strings.Join(h.Values("Content-Encoding"), ",")
	for coding := range strings.SplitSeq(codings, ",") {
		coding = strings.TrimSpace(coding)
		if coding != "" && !strings.EqualFold(coding, "identity") {
			message := "a body with Content-Encoding is not understood"
			return "", nil, unsupported(message, "Send it as it is.", nil)
		}
	}
	// Two fields joined are not a valid type, as is right: neither could be preferred.
	fields := h.Values("Content-Type")
	header := strings.Join(fields, ", ")
	if header == "" {
		return "", nil, unsupported("the body has no Content-Type"+expected, "", nil)
	}
	mediaType, params, err = mime.ParseMediaType(header)
	if len(fields) == 1 && errors.Is(err, mime.ErrInvalidMediaParameter) {
		err = nil // the type is known, and JSON needs no parameters
	}
	if err != nil {
		return "", nil, unsupported("malformed Content-Type"+expected, "", err)
	}
	return mediaType, params, nil
}

// inUTF8 returns an Error of status 415 if the parameters of a media type name another charset.
func inUTF8(params map[string]string) error {
	charset, ok := params["charset"]
	if ok && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return unsupported("the body's charset is not utf-8", "Send it in UTF-8.", nil)
	}
	return nil
}

func unsupported(message, hint string, cause error) error {
	status := http.StatusUnsupportedMediaType
	return &Error{Status: status, Message: message, Hint: hint, Err: cause}
}

// empty reports whether a request has no body. It reads no more than it must: nothing of a body of
// known length, whose client may still be waiting for 100 Continue.
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
		restore(r, io.MultiReader(bytes.NewReader(first), r.Body))
		return false, nil
	case io.EOF:
		return true, nil
	default:
		return false, unreadable(err)
	}
}

// readAll returns what is left of the body, and restores it.
func readAll(r *http.Request) (string, error) {
	data, err := drain(r)
	return unsafeString(data), err // which nobody changes any more
}

const (
	firstSize = 64 << 10 // bytes allocated for a body of which nothing has arrived yet, at most
	growth    = 4        // times what has arrived are allocated then, at most
)

// drain reads what is left of the body, and restores it: reading the whole again costs nothing.
// Memory is allocated for what has arrived, whatever length the request says, and a body of known
// length ends up in memory of that size. Without an error drain never returns nil.
func drain(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return []byte{}, nil
	}
	if whole, ok := r.Body.(*wholeReader); ok && whole.Len() == len(whole.data) {
		return whole.data, nil
	}
	size := r.ContentLength + 1 // one more to read the end without growing
	if size <= 0 {
		size = bytes.MinRead
	}
	data := make([]byte, 0, min(size, firstSize))
	for {
		n, err := r.Body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF || errors.Is(err, http.ErrBodyReadAfterClose) { // nothing is left then
			break
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if len(data) == cap(data) {
			data = grow(data, r.ContentLength)
		}
	}
	r.Body = &wholeReader{bytes.NewReader(data), r.Body, data}
	return data, nil
}

// grow returns data in larger memory: that for the length of the body if it is known.
func grow(data []byte, length int64) []byte {
	size := 2 * len(data)
	if length+1 > int64(len(data)) {
		size = int(min(growth*int64(len(data)), length+1))
	}
	return append(make([]byte, 0, size), data...)
}

// A wholeReader is a body that is in memory.
type wholeReader struct {
	*bytes.Reader
	io.Closer
	data []byte
}

// Whole returns the whole body, for a response that shows what was sent.
func (r *wholeReader) Whole() []byte { return r.data }

// restore makes body the one to read. A nil body stays nil.
func restore(r *http.Request, body io.Reader) {
	if r.Body != nil {
		r.Body = restored{body, r.Body}
	}
}

// A restored body reads again what has been read, and closes the original body.
type restored struct {
	io.Reader
	io.Closer
}

// BodyError returns the error of a program that reads the body of a request itself as that of the
// request: an *Error with the status 413 for a body that is too long, 408 for one that has not
// arrived in time, and otherwise 400, for one that is cut off or framed wrongly (RFC 9112, 8). nil
// and io.EOF are returned as they are, and so is the error of a limit, which has a status of its
// own.
func BodyError(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return unreadable(err)
}

func unreadable(err error) error {
	if limit := (*http.MaxBytesError)(nil); errors.As(err, &limit) {
		message := fmt.Sprintf("the body is larger than %d bytes", limit.Limit)
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: message, Err: err}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		message := "the body has not arrived in time"
		return &Error{Status: http.StatusRequestTimeout, Message: message, Err: err}
	}
	if errors.As(err, new(interface{ Problem() (int, string, string) })) {
		return err // that of a limit, with a status of its own
	}
	message := "the body could not be read"
	return &Error{Status: http.StatusBadRequest, Message: message, Err: err}
}
