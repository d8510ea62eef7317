package negotiate

import (
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/encoder"
)

// A NotAcceptableError reports that no encoder writes a media type that the request accepts.
type NotAcceptableError struct{ offered []string }

func (e *NotAcceptableError) Error() string {
	return "no representation has a media type that the request accepts"
}

// Problem returns what a response says of the error: 406 with a list of what there is (RFC 9110,
// 15.5.7).
func (e *NotAcceptableError) Problem() (status int, message, hint string) {
	return http.StatusNotAcceptable, e.Error(), "accept one of " + strings.Join(e.offered, ", ")
}

// An Own is an encoder of the only format that a result is made in. Of equal weights it precedes
// the encoders of the handler for a request that names its type, be it by type/*. If All is set it
// is for every request, whatever that accepts.
type Own struct {
	encoder.Encoder
	All bool
}

// A Named encoder is for a request that names it, with all parameters, and not by a wildcard: it is
// another name for what the encoder writes, by which some clients know it.
type Named struct {
	encoder.Encoder
	Name string
}

// Encoder chooses the encoder for a request among those of the handler, at least one, and others
// that it is offered besides. A handler with one encoder uses that for a request that accepts none
// of them. The response varies by the field Accept unless there is only one encoder.
func Encoder(h, response http.Header, encoders, others []encoder.Encoder) (encoder.Encoder, error) {
	if len(encoders)+len(others) == 1 {
		return encoders[0], nil
	}
	for _, e := range others {
		if own, ok := e.(Own); ok && own.All {
			response.Add("Vary", "Accept") // a function may go by it
			return own.Encoder, nil
		}
	}
	accept := h.Values("Accept")
	if len(accept) == 0 || len(accept) == 1 && accept[0] == "*/*" { // what most clients send
		response.Add("Vary", "Accept")
		return encoders[0], nil
	}
	var offered []encoder.Encoder
	var types []string
	offer := func(e encoder.Encoder) {
		name := e.MediaType()
		if named, ok := e.(Named); ok {
			if e, name = named.Encoder, named.Name; !namesWhole(accept, name) {
				return
			}
		}
		if !slices.Contains(types, name) {
			offered, types = append(offered, e), append(types, name)
		}
	}
	isOwn := false
	for _, e := range others {
		own, ok := e.(Own)
		if isOwn = isOwn || ok; ok && names(accept, own.MediaType()) {
			offer(own.Encoder)
		}
	}
	for _, e := range encoders {
		if !isOwn || hasRoom(e) {
			offer(e)
		}
	}
	for _, e := range others {
		if own, ok := e.(Own); ok {
			e = own.Encoder
		}
		offer(e)
	}
	response.Add("Vary", "Accept")
	i, ok := Accept(accept, types)
	if !ok {
		i, ok = acceptLoosely(accept, types)
	}
	switch {
	case ok:
		return offered[i], nil
	case len(encoders) > 1:
		return nil, &NotAcceptableError{types}
	}
	return encoders[0], nil
}

// hasRoom reports whether an encoder takes a result of one column, as one in a format of its own
// has. A picture is not drawn again as a chart for a browser that likes other pictures better.
func hasRoom(e encoder.Encoder) bool {
	c, ok := e.(encoder.ColumnChecker)
	return !ok || c.CheckColumns(1) == nil
}
