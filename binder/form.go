package binder

import (
	"errors"
	"math"
	"mime/multipart"
	"net/http"
	"strings"
)

// openForm reads application/x-www-form-urlencoded.
func openForm(text string) (Lookup, error) {
	values, err := parsePairs("form", text)
	if err != nil {
		return nil, err
	}
	return single(values), nil
}

// formParsed says whether ParseForm has consumed the body. It sets PostForm for every method, and reads for these.
func formParsed(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return r.PostForm != nil
	}
	return false
}

// parsedForm takes the form from ParseForm, which has left rest of the body.
func parsedForm(r *http.Request, rest string) (Lookup, error) {
	if len(r.PostForm) == 0 && rest != "" {
		// ParseForm stops after 10 MB, and FormValue says nothing of it. The rest is no form of its own.
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Message: "the form is too large"}
	}
	return single(r.PostForm), nil
}

// openMultipart reads multipart/form-data (RFC 7578).
func openMultipart(text, boundary string) (Lookup, error) {
	if boundary == "" {
		return nil, malformedMultipart(http.ErrMissingBoundary)
	}
	// All in memory, where it is already: nobody would remove temporary files.
	form, err := multipart.NewReader(strings.NewReader(text), boundary).ReadForm(math.MaxInt64)
	if err != nil {
		return nil, malformedMultipart(err)
	}
	return plainValues(form), nil
}

// parsedMultipart takes the form from ParseMultipartForm.
func parsedMultipart(r *http.Request) (Lookup, error) {
	// With the form there, this parses nothing, and fails only if MultipartReader has handed the body out.
	if err := r.ParseMultipartForm(0); err != nil {
		return nil, errConsumed
	}
	return plainValues(r.MultipartForm), nil
}

// multipartFailed says whether rest, what there is left of the body, was left by a ParseMultipartForm that failed, which
// FormValue doesn't tell. ParseForm alone sets PostForm too, but leaves the body from its first boundary on. The later
// parts must not be taken for the whole form.
func multipartFailed(r *http.Request, rest, boundary string) bool {
	return r.PostForm != nil && r.ContentLength != 0 && !strings.HasPrefix(rest, "--"+boundary)
}

// plainValues looks up the parts that are not files.
func plainValues(form *multipart.Form) Lookup {
	values := single(form.Value)
	return func(name string) (any, bool, error) {
		if len(form.File[name]) > 0 {
			return nil, false, &Error{
				Status:  http.StatusBadRequest,
				Field:   name,
				Message: name + " takes no file upload",
				Hint:    "Send it as a plain form field, without a file name.",
			}
		}
		return values(name)
	}
}

func malformedMultipart(cause error) error {
	if errors.Is(cause, multipart.ErrMessageTooLarge) {
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: "the multipart form has too many parts", Err: cause}
	}
	return &Error{Status: http.StatusBadRequest, Message: "malformed multipart form", Err: cause}
}
