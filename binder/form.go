package binder

import (
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// A remainder is what is left of the body of a form. It is the whole body, unless the program has
// called ParseForm, ParseMultipartForm or one of the methods of http.Request that call them.
type remainder struct {
	mediaType string
	boundary  string // of a multipart form
	start     string // at least as much of the remainder as the first boundary has
}

// failure returns why the program's own parsing has failed, which FormValue does not report: what
// it has left must not be taken for the whole form.
func (rest remainder) failure(r *http.Request) error {
	switch {
	case rest.mediaType == typeForm && formParsed(r) && len(r.PostForm) == 0 && rest.start != "":
		// ParseForm reads no more than 10 MB, and parses nothing of a larger form.
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: "the form is too large"}
	case rest.mediaType == typeMultipart && r.PostForm != nil && r.MultipartForm == nil &&
		r.ContentLength != 0 && !rest.isMultipart():
		// ParseForm alone sets PostForm too, but leaves the body from the first boundary on.
		return malformedMultipart(nil)
	}
	return nil
}

// isTaken reports whether the program has parsed the form and has not restored the body.
func (rest remainder) isTaken(r *http.Request) bool {
	switch rest.mediaType {
	case typeForm:
		return formParsed(r) && len(r.PostForm) > 0 && rest.start == ""
	case typeMultipart:
		return r.MultipartForm != nil && !rest.isMultipart()
	}
	return false
}

// errNotForm is for JSON that is sent as a form, as curl -d does unless it is told otherwise. No
// field has such a name: without the error the fields would be missing, or optional ones ignored.
var errNotForm = &Error{
	Status:  http.StatusBadRequest,
	Message: "the body is JSON, but its Content-Type is that of a form",
	Hint:    "Send it with Content-Type: application/json.",
}

// looksLikeJSON reports whether the text of a form is a JSON object or array.
func looksLikeJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[') && json.Valid(unsafeBytes(text))
}

// hasJSON reports whether a form that the program has parsed was JSON, which the parser cuts at &
// and = only: the name of the first pair still begins like an object with a member.
func hasJSON(form url.Values) bool {
	for name := range form {
		inner, isObject := strings.CutPrefix(strings.TrimLeft(name, " \t\r\n"), "{")
		if isObject && strings.HasPrefix(strings.TrimLeft(inner, " \t\r\n"), `"`) {
			return true
		}
	}
	return false
}

// isMultipart reports whether the remainder begins as a multipart form does.
func (rest remainder) isMultipart() bool {
	return strings.HasPrefix(rest.start, "--"+rest.boundary)
}

// formParsed reports whether ParseForm has consumed the body. It sets PostForm for every method,
// and reads the body for these.
func formParsed(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return r.PostForm != nil
	}
	return false
}

func fileError(name string) error {
	e := refuse(name, name+" takes no file upload")
	e.Hint = "Send it as a plain form field, without a file name."
	return e
}

func malformedMultipart(cause error) error {
	if errors.Is(cause, multipart.ErrMessageTooLarge) {
		message := "the multipart form has too many parts"
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: message, Err: cause}
	}
	message := "malformed multipart form"
	return &Error{Status: http.StatusBadRequest, Message: message, Err: cause}
}
