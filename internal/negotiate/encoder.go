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

// Encoder chooses the encoder for a request among those of the handler, at least one, and others
// that it is offered besides. A handler with one encoder uses that for a request that accepts none
// of them. The response varies by the field Accept unless there is only one encoder in all.
func Encoder(h, response http.Header, encoders, others []encoder.Encoder) (encoder.Encoder, error) {
	offered, types := encoders, make([]string, 0, len(encoders)+len(others))
	for _, e := range encoders {
		types = append(types, e.MediaType())
	}
	for _, e := range others {
		if !slices.Contains(types, e.MediaType()) {
			offered, types = append(slices.Clip(offered), e), append(types, e.MediaType())
		}
	}
	if len(offered) == 1 {
		return offered[0], nil
	}
	response.Add("Vary", "Accept")
	i, ok := Accept(h.Values("Accept"), types)
	if !ok && len(encoders) > 1 {
		return nil, &NotAcceptableError{types}
	}
	return offered[i], nil // the first if the request accepts none
}
