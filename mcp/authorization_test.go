package mcp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/auth"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/mcp"
)

// issuer returns the URL of an authorization server that has a token for everybody: ann.
func issuer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(
		w http.ResponseWriter, _ *http.Request,
	) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(oauthex.AuthServerMeta{
			Issuer: server.URL, AuthorizationEndpoint: server.URL + "/authorize",
			TokenEndpoint: server.URL + "/token", ResponseTypesSupported: []string{"code"},
			CodeChallengeMethodsSupported: []string{"S256"},
		})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"access_token":"ann","token_type":"Bearer","expires_in":60}`))
	})
	return server.URL
}

// loggingIn returns what has the official client get a token, with a person who agrees at once.
// resource is what the client has named as the one that the token is for.
func loggingIn(t *testing.T, resource *string) auth.OAuthHandler {
	t.Helper()
	h, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		PreregisteredClient: &oauthex.ClientCredentials{ClientID: "test"},
		RedirectURL:         "http://localhost/back",
		AuthorizationCodeFetcher: func(
			_ context.Context, args *auth.AuthorizationArgs,
		) (*auth.AuthorizationResult, error) {
			u, err := url.Parse(args.URL)
			if err != nil {
				return nil, err
			}
			*resource = u.Query().Get("resource")
			return &auth.AuthorizationResult{Code: "1", State: u.Query().Get("state")}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The official client, which knows only the URL of the server, finds where it gets a token, and has
// one that names the server as its audience.
func TestClientsFindTheAuthorizationServer(t *testing.T) {
	m, _ := open(t, nil)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	tools := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{
		URL: server.URL + "/v1/mcp", AuthorizationServers: []string{issuer(t)},
	}, byToken)
	mux.Handle("/v1/mcp", tools)
	mux.Handle(tools.Metadata())
	var resource string
	session := join(t, nil, &sdk.StreamableClientTransport{
		Endpoint: server.URL + "/v1/mcp", OAuthHandler: loggingIn(t, &resource),
		HTTPClient: &http.Client{Transport: oneRequest},
	})
	if tools := toolsOf(t, session); len(tools) != 1 {
		t.Errorf("%d tools", len(tools))
	}
	if resource != server.URL+"/v1/mcp" {
		t.Errorf("the token is for %q", resource)
	}
}

// A challenge keeps what it says of the token, as the client of the official SDK reads it.
func TestChallengesNameTheMetadata(t *testing.T) {
	const metadata = "https://example.com/.well-known/oauth-protected-resource/api/mcp"
	m, _ := open(t, nil)
	server := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{
		URL: "https://example.com/api/mcp", AuthorizationServers: []string{"https://auth.example"},
	}, refusing)
	for token, want := range map[string]map[string]string{
		"":        {"resource_metadata": metadata},
		"expired": {"resource_metadata": metadata, "error": "invalid_token", "error_description": "old"},
	} {
		w := post(t, server, listTools, "Authorization", token)
		got, err := oauthex.ParseWWWAuthenticate(w.Header().Values("WWW-Authenticate"))
		if err != nil || len(got) != 1 || got[0].Scheme != "bearer" {
			t.Fatalf("%q: %v %v", token, w.Header(), err)
		}
		for name, value := range want {
			if got[0].Params[name] != value || len(got[0].Params) != len(want) {
				t.Errorf("%q: %v", token, got[0].Params)
			}
		}
	}
}

// The metadata is for any page, and says no more than where tokens are to be had.
func TestMetadataIsForEverybody(t *testing.T) {
	m, _ := open(t, nil)
	path, h := mcp.New(m, catalog.OfRelations(nil), mcp.Options{
		URL: "https://example.com/mcp", AuthorizationServers: []string{"https://auth.example/a"},
	}, refusing).Metadata()
	if path != "/.well-known/oauth-protected-resource/mcp" { // RFC 9728, section 3.1
		t.Error(path)
	}
	const text = `{"resource":"https://example.com/mcp","authorization_servers":` +
		`["https://auth.example/a"],"bearer_methods_supported":["header"],"resource_name":"moresql"}`
	for method, want := range map[string]struct {
		status int
		body   string
	}{"GET": {200, text}, "OPTIONS": {204, ""}, "POST": {405, "the metadata is only read\n"}} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code != want.status || w.Body.String() != want.body ||
			w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v %s", method, w.Code, w.Header(), w.Body)
		}
	}
}

// A server that would name nothing useful is a mistake of the program's.
func TestMetadataNeedsAURL(t *testing.T) {
	m, _ := open(t, nil)
	cat := catalog.OfRelations(nil)
	for reason, make := range map[string]func(){
		"no URL": func() { mcp.New(m, cat, mcp.Options{AuthorizationServers: []string{"https://a"}}) },
		"a path": func() {
			mcp.New(m, cat, mcp.Options{URL: "/mcp", AuthorizationServers: []string{"https://a"}})
		},
		"no servers": func() { mcp.New(m, cat, mcp.Options{URL: "https://a/mcp"}).Metadata() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", reason)
				}
			}()
			make()
		}()
	}
}
