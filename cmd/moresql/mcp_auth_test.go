package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// With -mcp-auth-server a client that has no token learns where to get one, and no token will do
// that was issued for somebody else, or for nobody.
func TestCommandNamesTheAuthorizationServer(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE ROLE "clerk{}" NOLOGIN;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "clerk{}" TO "authenticator{}"; GRANT USAGE ON SCHEMA api TO "clerk{}";
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`)
	t.Cleanup(func() {
		connect(t, uri).Exec(strings.ReplaceAll(
			`DROP OWNED BY "clerk{}"; DROP ROLE "authenticator{}", "clerk{}"`, "{}", suffix))
	})
	const key, issuer = "reallyreallyreallyreallyverysafe", "https://auth.example/realms/films"
	for _, test := range []struct {
		reason, server, resource, metadata string // in which {} is the URL of the command
	}{
		{
			reason: "on this machine", resource: "{}/mcp",
			metadata: "{}/.well-known/oauth-protected-resource/mcp",
		}, {
			reason: "after a proxy", server: "https://example.com/v1/",
			resource: "https://example.com/v1/mcp",
			metadata: "https://example.com/.well-known/oauth-protected-resource/v1/mcp",
		},
	} {
		args := []string{"-addr", "localhost:0", "-schema", "api", "-mcp", "-mcp-auth-server", issuer,
			"-jwt-aud", "https://example.com/mcp"}
		if test.server != "" {
			args = append(args, "-openapi-server", test.server)
		}
		c := launchIn(t, append(environ(), "MORESQL_DATABASE_URI="+login+"?sslmode=disable",
			"MORESQL_JWT_SECRET="+key), args...)
		c.await(c.stdout, "listening on ")
		here := func(text string) string { return strings.ReplaceAll(text, "{}", c.url()) }

		const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
		for claims, want := range map[string]int{
			``: 401, `{"role":"clerk%s"}`: 401, `{"role":"clerk%s","aud":"https://other.example"}`: 401,
			`{"role":"clerk%s","aud":["https://example.com/mcp"]}`: 200,
		} {
			r := c.newRequest("POST", "/mcp", list)
			r.Header.Set("Content-Type", jsonType)
			r.Header.Set("Accept", "application/json, text/event-stream")
			if claims != "" {
				r.Header.Set("Authorization", bearer(key, fmt.Sprintf(claims, suffix)))
			}
			status, header, body := c.do(r)
			if status != want {
				t.Errorf("%s: %s: %d %s", test.reason, claims, status, body)
			}
			challenges, err := oauthex.ParseWWWAuthenticate(header.Values("WWW-Authenticate"))
			if want == 401 && (err != nil || len(challenges) != 1 ||
				challenges[0].Params["resource_metadata"] != here(test.metadata)) {
				t.Errorf("%s: %s: %v %v", test.reason, claims, header, err)
			}
		}
		_, path, _ := strings.Cut(here(test.metadata), "/.well-known")
		status, _, body := c.get("/.well-known" + path)
		want := here(`{"resource":"` + test.resource + `","authorization_servers":["` + issuer + `"],`)
		if status != 200 || !strings.HasPrefix(body, want) {
			t.Errorf("%s: %d %s, want %s", test.reason, status, body, want)
		}
		c.stop()
	}
}
