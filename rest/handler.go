package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/routine"
)

// offerHandlers offers the media types of the aggregates that make a document of the rows
// (PostgREST's documentation, "Media Type Handlers"). An aggregate of the relation itself is for
// whole rows. One of any type is for every request of these, but for one that wants a type of
// PostgREST's own.
func (q *viewing) offerHandlers() {
	if _, isTable := q.from.(*tabling); isTable && !isSafe(q.request) {
		return // the rows that a request writes
	}
	for _, r := range q.from.relations() {
		for i := range r.Handlers {
			isWhole := selectsAll(q.request)
			h := &r.Handlers[i]
			mediaType := handledType(h)
			isAny := h.MediaType == "*/*"
			if mediaType == "" || !isWhole && (!h.OfAny || isAny) ||
				slices.Contains(q.handled, mediaType) {
				continue
			}
			own := negotiate.Own{Encoder: encoder.Raw(mediaType), All: isAny && !q.wantsVendor()}
			q.handled = append(q.handled, mediaType)
			q.operation.Encoders = append(slices.Clip(q.operation.Encoders), own)
		}
	}
}

// handledType returns the media type of what an aggregate makes, "" if that is not one.
func handledType(h *catalog.Handler) string {
	switch t := routine.DomainMediaType(h.MediaType); t {
	case "*/*":
		return encoder.Binary().MediaType()
	case "application/json": // another than the handler's own JSON
		return t + "; charset=utf-8"
	default:
		return t
	}
}

// handler returns the aggregate for the media type that has been chosen, nil if it is that of an
// encoder.
func (q *viewing) handler(mediaType string) (*catalog.Handler, error) {
	if !slices.Contains(q.handled, mediaType) {
		return nil, nil
	}
	if _, relation := q.from.base(); relation != nil {
		for i := range relation.Handlers {
			if handledType(&relation.Handlers[i]) == mediaType {
				return &relation.Handlers[i], nil
			}
		}
	}
	return nil, noHandler(mediaType)
}

// wantsVendor reports whether a request accepts one of PostgREST's own types.
func (q *viewing) wantsVendor() bool {
	return slices.ContainsFunc(q.request.Header.Values("Accept"), func(accept string) bool {
		return strings.Contains(accept, vendor)
	})
}

// selectsAll reports whether a request selects whole rows.
func selectsAll(r *http.Request) bool {
	selected := r.URL.Query()["select"]
	return selected == nil || len(selected) == 1 && strings.Trim(selected[0], " *") == ""
}
