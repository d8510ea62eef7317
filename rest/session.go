package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/moresql/moresql"
)

// An Identity is who makes a request, by PostgREST's conventions (its documentation,
// "Authentication").
type Identity struct {
	// Role is who runs the call, as by SET LOCAL ROLE; "" is the role that is connected.
	Role string

	// Claims are what is known of the client, for current_setting('request.jwt.claims', true), as
	// JSON: anything that encoding/json marshals. A request without them is not authenticated: what
	// it may not do is answered with 401, and otherwise with 403. They are the .User of pages by
	// encoder.Template, too.
	Claims any

	// Values are other settings by their names, such as app.tenant.
	Values map[string]string
}

// Session is moresql.Session for an Identity: each call runs as the role of its request and finds
// its claims. An error of f is that of the call. f must be safe for concurrent use.
func Session(f func(*http.Request) (Identity, error)) moresql.Option {
	return moresql.Session(func(r *http.Request) (moresql.Settings, error) {
		id, err := f(r)
		if err != nil {
			return moresql.Settings{}, err
		}
		return id.Settings()
	})
}

// Settings returns what a call finds set for the identity: for MoreSQL.Rows and Stream by
// moresql.Settings.Context. The error is that of encoding/json about Claims.
func (id Identity) Settings() (moresql.Settings, error) {
	s := moresql.Settings{
		Role: id.Role, Values: id.Values, Authenticated: id.Claims != nil, User: id.Claims,
	}
	if id.Claims == nil {
		return s, nil
	}
	claims, err := json.Marshal(id.Claims)
	if err != nil {
		return s, fmt.Errorf("the claims of Session: %w", err)
	}
	s.Values = map[string]string{"request.jwt.claims": string(claims)}
	maps.Copy(s.Values, id.Values)
	return s, nil
}
