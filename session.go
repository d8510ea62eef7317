package moresql

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/row"
)

// Settings are what one call finds set in its transaction, and nobody else.
type Settings struct {
	// Role is who runs the call, as by SET LOCAL ROLE: row-level security goes by it. "" is the role that is connected.
	Role string

	// Claims are what is known of who makes the request, for current_setting('request.jwt.claims', true), as JSON: anything that
	// encoding/json marshals. A request without them is not authenticated: what it may not do is answered with 401 and not with 403.
	Claims any

	// Values are other settings by their names, such as app.tenant.
	Values map[string]string
}

// Session runs each call in a transaction that has the settings of its request, for authentication and row-level security of every kind. An
// error of f is that of the call: an *Error says how it is answered. The settings are bound, never text of a statement. It is for PostgreSQL,
// and sends three statements more: BEGIN, SELECT set_config(…) and COMMIT, before the end of the answer is sent; through the driver of the
// package pgxpipe that is one round trip more. Where there is a role the call begins with a comment that differs from role to role, so that
// none is run by the plan of another. In a *sql.Tx of your own the settings last until it ends. f must be safe for concurrent use.
func Session(f func(*http.Request) (Settings, error)) Option {
	return option(func(c *call) { c.session = f })
}

// HTTPSettings lets functions speak HTTP, as under PostgREST: current_setting has request.method, request.path, request.headers and
// request.cookies, the last two JSON objects, header names in lower case; and what the function sets by set_config of response.status and
// response.headers, a JSON array such as [{"Cache-Control": "no-store"}], is that of the answer. Set them before the function returns its
// first row. It runs calls as Session does, which adds role and claims.
func HTTPSettings() Option { return option(func(c *call) { c.httpSettings = true }) }

// inSession reports whether a call runs in a transaction that has settings.
func (c *call) inSession() bool { return c.session != nil || c.httpSettings }

// askLast has the answer wait for what a procedure has set of it, which is asked before the transaction ends.
func (x *exchange) askLast() *trailer {
	var status int
	var header http.Header
	x.reply.Late = func() (int, http.Header, error) { return status, header, nil }
	return &trailer{exec.Statement{Text: dialect.PostgreSQL.Settings().Response}, func(values []row.Value) (err error) {
		if values != nil {
			status, header, err = response.ParseSettings(values[0].String(), values[1].String())
		}
		return err
	}}
}

// authenticate asks the program, once, what a request may find set.
func (x *exchange) authenticate() (err error) {
	if x.session != nil {
		x.own, err = x.session(x.r)
		x.authenticated = x.own.Claims != nil
	}
	return err
}

// settings returns the statement that sets what the call finds, the role last, which may not be allowed to set the others.
func (x *exchange) settings() (exec.Statement, error) {
	var list settings
	if x.httpSettings {
		list.request(x.r)
	}
	if x.own.Claims != nil {
		if err := list.json("request.jwt.claims", x.own.Claims); err != nil {
			return exec.Statement{}, fmt.Errorf("the claims of Session: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.own.Values)) {
		list.add(name, x.own.Values[name])
	}
	if x.own.Role != "" {
		list.add("role", x.own.Role)
	}
	return exec.Statement{Text: dialect.PostgreSQL.Settings().Set(len(list) / 2), Args: list}, nil
}

// settings are names and values in turns.
type settings []any

func (s *settings) add(name, value string) { *s = append(*s, name, value) }

func (s *settings) json(name string, value any) error {
	text, err := json.Marshal(value)
	s.add(name, string(text))
	return err
}

// request adds what functions know of the request.
func (s *settings) request(r *http.Request) {
	path := r.URL.Path // http.StripPrefix may have changed it
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		path = u.Path
	}
	headers, cookies := map[string]string{"host": r.Host}, map[string]string{}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	for _, c := range r.Cookies() {
		cookies[c.Name] = c.Value
	}
	s.add("request.method", r.Method)
	s.add("request.path", path)
	s.json("request.headers", headers) // strings marshal
	s.json("request.cookies", cookies)
}
