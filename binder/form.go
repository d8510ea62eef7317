package binder

import (
	"errors"
	"maps"
	"math"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// formParsed says whether ParseForm has consumed the body. It sets PostForm for every method, and reads for these.
func formParsed(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return r.PostForm != nil
	}
	return false
}

// parsedForm takes the form from ParseForm, which has left rest of the body.
func parsedForm(r *http.Request, rest string) (content, error) {
	if len(r.PostForm) == 0 && rest != "" {
		return nil, formTooLarge()
	}
	return pairs{values: r.PostForm}, nil
}

// openMultipart reads multipart/form-data (RFC 7578).
func openMultipart(text, boundary string) (content, error) {
	if boundary == "" {
		return nil, malformedMultipart(http.ErrMissingBoundary)
	}
	// All in memory, where it is already: nobody would remove temporary files.
	form, err := multipart.NewReader(strings.NewReader(text), boundary).ReadForm(math.MaxInt64)
	if err != nil {
		return nil, malformedMultipart(err)
	}
	return (*parts)(form), nil
}

// parsedMultipart takes the form from ParseMultipartForm.
func parsedMultipart(r *http.Request) (content, error) {
	// With the form there, this parses nothing, and fails only if MultipartReader has handed the body out.
	if err := r.ParseMultipartForm(0); err != nil {
		return nil, errConsumed
	}
	return (*parts)(r.MultipartForm), nil
}

// multipartFailed says whether rest, what there is left of the body, was left by a ParseMultipartForm that failed, which
// FormValue doesn't tell. ParseForm alone sets PostForm too, but leaves the body from its first boundary on. The later
// parts must not be taken for the whole form.
func multipartFailed(r *http.Request, rest, boundary string) bool {
	return r.PostForm != nil && r.ContentLength != 0 && !strings.HasPrefix(rest, "--"+boundary)
}

// formTooLarge says why ParseForm has found no pairs and has left something: it stops after 10 MB, and FormValue says
// nothing of it. What is left is no form of its own.
func formTooLarge() error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Message: "the form is too large"}
}

// formTaken returns an error if the program has parsed a form and rest, what there is left of the body, is not the whole.
func formTaken(r *http.Request, mediaType string, rest []byte, boundary string) error {
	start := string(rest[:min(len(rest), len("--"+boundary))])
	switch {
	case mediaType == typeForm && formParsed(r) && len(r.PostForm) == 0 && start != "":
		return formTooLarge()
	case mediaType == typeForm && formParsed(r) && len(r.PostForm) > 0 && start == "":
		return errConsumed
	case mediaType != typeMultipart || start == "--"+boundary: // not parsed, or put back
		return nil
	case r.MultipartForm != nil:
		return errConsumed
	case multipartFailed(r, start, boundary):
		return malformedMultipart(nil)
	}
	return nil
}

// The parts of a multipart form. Only those that are not files are values.
type parts multipart.Form

func (p *parts) lookup(name string) (any, bool, error) {
	if len(p.File[name]) > 0 {
		return nil, false, fileError(name)
	}
	return pairs{values: p.Value}.lookup(name)
}

func (p *parts) args() ([]Arg, error) {
	if len(p.File) > 0 {
		return nil, fileError(slices.Min(slices.Collect(maps.Keys(p.File))))
	}
	return pairs{values: p.Value}.args()
}

func fileError(name string) error {
	e := refuse(name, name+" takes no file upload")
	e.Hint = "Send it as a plain form field, without a file name."
	return e
}

func malformedMultipart(cause error) error {
	if errors.Is(cause, multipart.ErrMessageTooLarge) {
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: "the multipart form has too many parts", Err: cause}
	}
	return &Error{Status: http.StatusBadRequest, Message: "malformed multipart form", Err: cause}
}
