package rest

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/payload"
)

// readRows reads the rows that a body has. Without a Content-Type it counts as JSON.
func readRows(r *http.Request, o payload.Options) (rows *payload.Rows, err error) {
	typed := typedBody(r)
	defer func() { r.Body = typed.Body }() // it has been read and put back
	body, mediaType, err := binder.RawBody(typed)
	if err != nil {
		return nil, err
	}
	switch {
	case mediaType == "" || isJSON(mediaType):
		rows, err = payload.JSON(string(body), o)
	case mediaType == "application/x-www-form-urlencoded":
		return readForm(typed, o)
	case lineFormat(mediaType) != nil:
		rows, err = lineFormat(mediaType)(bytes.NewReader(body), o).Next(math.MaxInt)
	default:
		return nil, unknownBody(mediaType)
	}
	return rows, badRows(err)
}

// lineFormat returns what reads the lines of a body, nil if it is not one of lines.
func lineFormat(mediaType string) func(io.Reader, payload.Options) *payload.Stream {
	switch mediaType {
	case "text/csv":
		return payload.CSV
	case "application/x-ndjson", "application/ndjson", "application/jsonl":
		return payload.NDJSON
	}
	return nil
}

func readForm(r *http.Request, o payload.Options) (*payload.Rows, error) {
	args, err := binder.BodyArgs(r)
	if err != nil {
		return nil, badBody(err)
	}
	var fields []payload.Pair
	for _, a := range args {
		fields = append(fields, payload.Pair{Name: a.Name, Value: last(a).Values[0]})
	}
	rows, err := payload.Form(fields, o)
	return rows, badRows(err)
}

// badRows makes an error of the body that of the request.
func badRows(err error) error {
	var wrong *payload.Error
	if errors.As(err, &wrong) {
		return badRow(wrong)
	}
	return err
}
