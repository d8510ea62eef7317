package rest

import (
	"context"
	"net/http"

	"github.com/moresql/moresql"
)

// bindInner has the Resource read the arguments. A view below a decorator that hides it finds this
// one in the context of the request: one statement does what both are for.
func (q *viewing) bindInner(r *http.Request) (*moresql.Call, error) {
	if !q.opaque {
		return q.inner.Bind(r)
	}
	inner := r.WithContext(context.WithValue(r.Context(), viewKey{}, q))
	c, err := q.inner.Bind(inner)
	r.Body = inner.Body // Bind has read it and put it back
	return c, err
}

type viewKey struct{}

// with returns a view that is for what v and other are for.
func (v *view) with(other *view) *view {
	both := *v
	both.query, both.settings = v.query || other.query, v.settings || other.settings
	both.aggregates = v.aggregates || other.aggregates
	both.filtered = v.filtered || other.filtered
	both.txEnd = max(v.txEnd, other.txEnd)
	both.counts = v.counts || other.counts
	both.maxPage = stricter(v.maxPage, other.maxPage)
	both.maxCalls = stricter(v.maxCalls, other.maxCalls)
	return &both
}

// stricter returns the lower of two limits, 0 for none.
func stricter[N int | int64](a, b N) N {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}
