package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/moresql/moresql"
)

// before returns the option that calls the function before each call. It has to come after all
// other options that decorate a Resource, which may write the statement anew.
func (a *auth) before() ([]moresql.Option, error) {
	if a.preRequest == "" {
		return nil, nil
	}
	s, err := moresql.Function{}.Statement(a.preRequest, nil)
	if err != nil {
		return nil, fmt.Errorf("-pre-request must be the name of a function: %w", err)
	}
	s.Bind = []int{} // none of the values of the call
	return []moresql.Option{moresql.Use(func(r moresql.Resource) moresql.Resource {
		return &preceded{r, s}
	})}, nil
}

// A preceded resource has a statement run before that of each call, in the same transaction.
type preceded struct {
	moresql.Resource
	first moresql.Statement
}

// Unwrap returns the Resource that is decorated.
func (p *preceded) Unwrap() moresql.Resource { return p.Resource }

// Traits returns those of the Resource that is decorated.
func (p *preceded) Traits() (moresql.Traits, bool) {
	if d, ok := p.Resource.(interface{ Traits() (moresql.Traits, bool) }); ok {
		return d.Traits()
	}
	return moresql.Traits{}, true
}

// Validate returns a mistake in the Resource that is decorated.
func (p *preceded) Validate() error {
	if v, ok := p.Resource.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// Match implements moresql.Resource.
func (p *preceded) Match(r *http.Request) (*moresql.Operation, error) {
	found, err := p.Resource.Match(r)
	if err != nil || found == nil || found.Bind == nil {
		return found, err
	}
	operation := *found
	operation.Bind = func(r *http.Request) (*moresql.Call, error) {
		call, err := found.Bind(r)
		if err != nil || call == nil || call.Plan == nil {
			return call, err
		}
		plan := call.Plan
		call.Plan = func(
			ctx context.Context, c *moresql.Call, mediaType string,
		) (*moresql.Plan, error) {
			p0, err := plan(ctx, c, mediaType)
			if err != nil || p0 == nil {
				return p0, err
			}
			after, first := *p0, p.first
			first.Then = &p0.Statement
			after.Statement = first
			return &after, nil
		}
		return call, nil
	}
	return &operation, nil
}
