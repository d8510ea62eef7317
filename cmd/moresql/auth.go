package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/guard"
	"github.com/moresql/moresql/cmd/moresql/internal/token"
	"github.com/moresql/moresql/rest"
)

// An auth says who may call what: a token names the role that runs the call, by PostgREST's
// conventions (its documentation, "Authentication").
type auth struct {
	secret   string // "" for none
	base64   bool
	audience string
	issuer   string
	rolePath string // to the claim that names the role
	cache    int    // tokens whose claims are kept
	anon     string // the role of requests without a token; "" refuses them
	closed   bool   // neither is named, and each request is refused all the same

	preRequest string   // a function that is called before each call, "" for none
	searchPath []string // schemas after the one that is served
	settings   map[string]string
}

// flags adds the flags that say who may call what.
func (a *auth) flags(flags *flag.FlagSet) {
	flags.StringVar(&a.secret, "jwt-secret", "",
		"run each call as the role that a bearer token names, which is verified by the `SECRET`,\n"+
			"JWK or JWKS, by that of a file after @, or by the JWKS at an https:// URL; a file and a\n"+
			"URL may change meanwhile (PostgreSQL)")
	flags.BoolVar(&a.base64, "jwt-secret-is-base64", false, "decode -jwt-secret from base64")
	flags.StringVar(&a.audience, "jwt-aud", "",
		"refuse a token that has an audience (aud) other than `NAME`")
	flags.StringVar(&a.issuer, "jwt-iss", "", "refuse a token whose issuer (iss) is not `NAME`")
	flags.StringVar(&a.rolePath, "jwt-role-claim-key", "$.role",
		"find the role in a token at the `PATH`, such as $.app.roles[0] or\n"+
			"$.roles[?(@ == 'editor')]")
	flags.IntVar(&a.cache, "jwt-cache-max-entries", 1000,
		"keep the claims of `n` tokens that have been verified; 0 verifies each time")
	flags.StringVar(&a.anon, "anon-role", "",
		"run calls without a token as the `ROLE`; without it they are refused if there is a\n"+
			"-jwt-secret")
	flags.StringVar(&a.preRequest, "pre-request", "",
		"with -anon-role or -jwt-secret: call the function `NAME`, as in api.check, before each\n"+
			"call, in its transaction, as its role; what it raises ends the call")
	flags.Func("extra-search-path",
		"with -anon-role or -jwt-secret: set the search_path of calls to the schema that is\n"+
			"served and the schema `NAME`; may be repeated", a.addSearchPath)
	flags.Func("setting",
		"with -anon-role or -jwt-secret: let calls find the setting `NAME=VALUE`, as in\n"+
			"app.settings.key=x; may be repeated", a.addSetting)
}

func (a *auth) addSearchPath(name string) error {
	if name == "" {
		return errors.New("a schema has a name")
	}
	a.searchPath = append(a.searchPath, name)
	return nil
}

func (a *auth) addSetting(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || !strings.Contains(name, ".") {
		return errors.New("a setting is a name with a dot, = and a value")
	}
	if a.settings == nil {
		a.settings = map[string]string{}
	}
	a.settings[name] = value
	return nil
}

// on reports whether calls run as roles.
func (a *auth) on() bool { return a.secret != "" || a.anon != "" || a.closed }

// check reports what makes no sense.
func (a *auth) check() error {
	switch {
	case !a.on() && (a.preRequest != "" || a.searchPath != nil || a.settings != nil):
		return errors.New("-pre-request, -extra-search-path and -setting are for calls that run " +
			"as a role: name one with -anon-role, or give -jwt-secret")
	case a.anon != "" && !token.IsRole(a.anon):
		return errors.New("-anon-role must be the name of a role")
	case a.cache < 0:
		return errors.New("-jwt-cache-max-entries must not be negative")
	}
	return nil
}

// identity returns who has each call run as the role of its request. Tokens that are to be intended
// for this server need an audience. If the server of the keys is away they are those of the last
// identity, nil for none: that is no mistake of the configuration.
func (a *auth) identity(
	schemas []string, intended bool, last *identity, log *slog.Logger,
) (*identity, error) {
	who := &identity{auth: a, schemas: schemas}
	if a.secret == "" {
		return who, nil
	}
	o := token.Options{
		Secret: a.secret, Base64: a.base64, Audience: a.audience, Issuer: a.issuer,
		RolePath: a.rolePath, Cache: a.cache, Intended: intended,
		Failed: func(err error) {
			log.Warn("-jwt-secret cannot be read again: the keys from before stay in force",
				"error", failure.OneLine(failure.Cause(err)))
		},
	}
	var err error
	who.verifier, err = token.New(o)
	switch {
	case err == nil:
	case guard.IsWebURL(a.secret) && last != nil && last.verifier.Is(o):
		o.Failed(err)
		who.verifier = last.verifier
	default:
		return nil, fmt.Errorf("-jwt-secret or -jwt-role-claim-key cannot be used: %w", err)
	}
	return who, nil
}

// An identity finds out who makes a request.
type identity struct {
	*auth
	schemas  []string
	verifier *token.Verifier // nil without a secret
	nobody   token.Claims    // those of requests without a token
}

// settings returns what the call of a request finds set.
func (i *identity) settings(r *http.Request) (moresql.Settings, error) {
	claims, err := i.claims(r)
	if err != nil {
		return moresql.Settings{}, err
	}
	return i.settingsFor(r, claims)
}

// settingsFor returns what a call by somebody with claims finds set.
func (i *identity) settingsFor(
	r *http.Request, claims *token.Claims,
) (s moresql.Settings, err error) {
	s = moresql.Settings{Role: claims.Role, Authenticated: true, Values: map[string]string{}}
	if s.Role == "" {
		s.Role, s.Authenticated = i.anon, false
	}
	if s.Role == "" {
		return s, rest.Challenge(rest.TokenMissing, "")
	}
	maps.Copy(s.Values, i.auth.settings)
	if s.Values["request.jwt.claims"], err = claims.As(s.Role); err != nil {
		return s, err
	}
	if i.searchPath != nil {
		s.Values["search_path"] = i.pathFrom(i.schema(r))
	}
	return s, nil
}

// claims returns those of the token of a request, none if it has no token. Another scheme than
// Bearer is not one of ours. A token that is not valid is an error, so it is never anonymous.
func (i *identity) claims(r *http.Request) (*token.Claims, error) {
	fields := r.Header.Values("Authorization")
	if len(fields) > 1 {
		return nil, rest.Challenge(rest.TokenInvalid, "There are several Authorization headers")
	}
	if len(fields) == 0 {
		return &i.nobody, nil
	}
	scheme, text := fields[0], ""
	if i := strings.IndexAny(scheme, " \t"); i >= 0 {
		scheme, text = scheme[:i], scheme[i:]
	}
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return &i.nobody, nil
	case i.verifier == nil:
		return nil, rest.Challenge(rest.TokenWithNoKey, "")
	}
	claims, err := i.verifier.Verify(r.Context(), strings.TrimSpace(text))
	if err != nil {
		fault := rest.TokenInvalid
		if e := (*token.Error)(nil); errors.As(err, &e) && e.Claims {
			fault = rest.TokenClaims
		}
		return nil, rest.Challenge(fault, err.Error())
	}
	return claims, nil
}

// schema returns the schema that a request chooses (PostgREST's documentation, "Schemas").
func (i *identity) schema(r *http.Request) string {
	field := "Content-Profile"
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		field = "Accept-Profile"
	}
	if name := r.Header.Get(field); slices.Contains(i.schemas, name) {
		return name
	}
	return firstSchema(i.schemas)
}

// firstSchema returns the schema of requests that choose none.
func firstSchema(schemas []string) string {
	if len(schemas) == 0 {
		return "public"
	}
	return schemas[0]
}

// pathFrom returns the search_path of calls of a schema.
func (a *auth) pathFrom(schema string) string {
	return quotedList(append([]string{schema}, a.searchPath...))
}

// quotedList returns names as search_path has them.
func quotedList(names []string) string {
	for i, name := range names {
		names[i] = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return strings.Join(names, ", ")
}
