package rest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/moresql/moresql/internal/htmlpage"
	"github.com/moresql/moresql/internal/nearest"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/routine"
)

// bySuffix returns the request for a path without its suffix that accepts what the suffix names, if
// that is served, and else the request itself.
func bySuffix(r *http.Request, serves func(path, mediaType string) bool) *http.Request {
	if path, mediaType, ok := negotiate.CutSuffix(r.URL.Path); ok && serves(path, mediaType) {
		return at(r, path, mediaType)
	}
	return r
}

// at returns a request for another path that accepts one media type.
func at(r *http.Request, path, mediaType string) *http.Request {
	other := new(http.Request)
	*other = *r
	other.URL = new(url.URL)
	*other.URL = *r.URL
	other.URL.Path, other.URL.RawPath = path, ""
	other.Header = r.Header.Clone()
	other.Header.Set("Accept", mediaType)
	if htmlpage.Wanted(r) { // of an error
		other.Header.Add("Accept", "text/html;q=0.1")
	}
	return other
}

// bySuffix is bySuffix for routines, which have media types of their own. A routine whose name has
// the suffix comes first.
func (h *routinesHandler) bySuffix(r *http.Request) *http.Request {
	return bySuffix(r, func(path, mediaType string) bool {
		snapshot := h.resource.catalog.Current()
		whole, _, err := lookup(snapshot, r, strings.TrimPrefix(r.URL.Path, "/"))
		overloads, _, _ := lookup(snapshot, r, strings.TrimPrefix(path, "/"))
		if len(whole) > 0 || len(overloads) == 0 || err != nil {
			return false
		}
		for i := range overloads {
			if routine.MediaType(&overloads[i]) == mediaType {
				return true
			}
		}
		return negotiate.Offers(h.encoders, mediaType)
	})
}

// bySuffix is bySuffix for relations. One whose name has the suffix comes first.
func (h *tablesHandler) bySuffix(r *http.Request) *http.Request {
	return bySuffix(r, func(path, mediaType string) bool {
		snapshot := h.resource.catalog.Current()
		whole, _, _ := h.resource.lookup(snapshot, r)
		relation, _, _ := h.resource.lookup(snapshot, at(r, path, mediaType))
		return whole == nil && relation != nil && negotiate.Offers(h.encoders, mediaType)
	})
}

// isMissing reports whether no relation is served at the path of a request.
func (h *tablesHandler) isMissing(r *http.Request) bool {
	relation, _, _ := h.resource.lookup(h.resource.catalog.Current(), r)
	return relation == nil && h.bySuffix(r) == r
}

// similar returns the index of the one of n names that is nearest to a name, or else to what is
// before the end of it that names a format; -1 if none is similar.
func similar(name string, n int, at func(int) string) int {
	i := nearest.Index(name, n, at)
	if before, _, ok := negotiate.CutSuffix(name); ok && i < 0 {
		return nearest.Index(before, n, at)
	}
	return i
}
