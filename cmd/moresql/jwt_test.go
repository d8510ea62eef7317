package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/check"
)

// newUsers returns the URI of a login whose tokens may name the role user and its suffix, which may
// call two functions.
func newUsers(t *testing.T) (login, suffix string) {
	t.Helper()
	return roles(t, newPostgreSQL(t), `
		CREATE SCHEMA api; CREATE ROLE "user{}"; GRANT USAGE ON SCHEMA api TO "user{}";
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.three() RETURNS SETOF int LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, 3)';
		CREATE FUNCTION api.known() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
			RETURN length(current_setting('request.jwt.claims')); END $$;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "user{}" TO "authenticator{}"`)
}

// A token has to be as the flags say each time that it comes, whether its claims are kept or not.
func TestCommandVerifiesTokensAsTheFlagsSay(t *testing.T) {
	login, suffix := newUsers(t)
	const key = "reallyreallyreallyreallyverysafe"
	file := write(t, "key", base64.StdEncoding.EncodeToString([]byte(key))+"\n")
	for _, kept := range []string{"0", "1", "1000"} {
		c := launchBare(t, []string{"MORESQL_DATABASE_URI=" + login + "?sslmode=disable"},
			"-addr", "localhost:0", "-schema", "api", "-jwt-secret", "@"+file, "-jwt-secret-is-base64",
			"-jwt-iss", "https://auth.example", "-jwt-aud", "films", "-jwt-cache-max-entries", kept)
		c.await(c.stdout, "listening on ")
		for claims, want := range map[string]int{
			`{"role":"user{}","iss":"https://auth.example"}`:                     200,
			`{"role":"user{}","iss":"https://auth.example","aud":["a","films"]}`: 200,
			`{"role":"user{}","iss":"https://auth.example","aud":"a"}`:           401,
			`{"role":"user{}","iss":"https://auth.example","exp":1}`:             401,
			`{"role":"user{}","iss":"https://other.example"}`:                    401,
			`{"role":"user{}"}`: 401,
			`{"role":"user{}","iss":"https://auth.example","exp":"2100-01-01"}`:     401,
			`{"role":"user{}","iss":"https://auth.example","nbf":9007199254740993}`: 401,
		} {
			token := bearer(key, strings.ReplaceAll(claims, "{}", suffix))
			for range 2 {
				if status, _, body := c.get("/rpc/one", "Authorization", token); status != want {
					t.Errorf("%s kept, %s: %d %s", kept, claims, status, body)
				}
			}
		}
		c.stop()
	}
}

// What keeps all requests out is a mistake of who runs the server, which a client gets to see as if
// it were its own. check finds the same.
func TestCommandWarnsOfWhatKeepsRequestsOut(t *testing.T) {
	login, suffix := newUsers(t)
	uri, user := login+"?sslmode=disable", "user"+suffix
	for _, test := range []struct{ role, preRequest, want string }{
		{role: user},
		{role: user, preRequest: "api.one"},
		{role: user, preRequest: "api.known"}, // fails where no request is
		{role: "nobody", want: "the role nobody: there is no such role: "},
		{role: "pg_monitor", want: "the role pg_monitor: the login authenticator" + suffix},
		{
			role: user, preRequest: "api.none", want: "the function api.none: no request can call it, so " +
				"that all of them fail: ERROR: function api.none() does not exist",
		},
		{
			role: user, preRequest: "pg_catalog.pg_reload_conf", want: "the function " +
				"pg_catalog.pg_reload_conf: no request can call it, so that all of them fail: ",
		},
	} {
		args := []string{"-schema", "api", "-anon-role", test.role}
		if test.preRequest != "" {
			args = append(args, "-pre-request", test.preRequest)
		}
		c := launchBare(t, []string{"MORESQL_DATABASE_URI=" + uri},
			append(args, "-addr", "localhost:0")...)
		status, _, body := c.get("/rpc/one")
		if (status == 200) != (test.want == "") {
			t.Errorf("%q: %d %s", args, status, body)
		}
		if test.want != "" {
			c.await(c.stderr, `level=WARN msg="`+test.want)
		}
		c.stop()
		if test.want == "" && strings.Contains(c.stderr.String(), "WARN") {
			t.Errorf("%q: %s", args, c.stderr)
		}
		report, _ := checked(t, uri, args...)
		found := slices.ContainsFunc(report.Findings, func(f check.Finding) bool {
			return f.Check == check.Served && strings.HasPrefix(f.Object+": "+f.Problem+": ", test.want)
		})
		if found != (test.want != "") {
			t.Errorf("check %q: %v, want %s", args, report.Findings, test.want)
		}
	}
}

// An authorization server shows its public key without the lines of PEM. As a secret all would know
// it.
func TestCommandRefusesAPublicKeyAsSecret(t *testing.T) {
	login, _ := newUsers(t)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	shown := base64.StdEncoding.EncodeToString(der)
	uri := login + "?sslmode=disable"
	const want = "it is a public key, and would be a secret that is known to all"
	for _, environ := range [][]string{
		{"MORESQL_JWT_SECRET=" + shown}, {"MORESQL_JWT_SECRET=@" + write(t, "key", shown)},
		{"PGRST_JWT_SECRET=" + shown},
	} {
		launchIn(t, append(environ, "MORESQL_DATABASE_URI="+uri),
			"-addr", "localhost:0", "-schema", "api").refused(want)
	}
}

// A file of keys that is damaged while it is served must not lock everybody out, nor go unnoticed.
func TestCommandReportsKeysThatCannotBeRead(t *testing.T) {
	login, suffix := newUsers(t)
	const key = "reallyreallyreallyreallyverysafe"
	file := write(t, "key", key)
	c := launchBare(t, []string{"MORESQL_DATABASE_URI=" + login + "?sslmode=disable"},
		"-addr", "localhost:0", "-schema", "api", "-jwt-secret", "@"+file)
	if err := os.WriteFile(file, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	token := bearer(key, `{"role":"user`+suffix+`"}`)
	const warning = "-jwt-secret cannot be read again: the keys from before stay in force"
	for range 100_000 { // the file is read again after a second
		if status, _, body := c.get("/rpc/one", "Authorization", token); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		if strings.Contains(c.stderr.String(), warning) {
			break
		}
	}
	c.await(c.stderr, warning)
	c.stop()
}

// A server of keys that is away for a moment is no mistake of the configuration, whose reload goes
// on with the keys that there are.
func TestReloadWithoutTheServerOfKeys(t *testing.T) {
	login, suffix := newUsers(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	var away atomic.Bool
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprintf(w, `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"%s"}]}`, encode(public))
	}))
	defer keys.Close()
	text := encode([]byte(`{"alg":"EdDSA"}`)) + "." + encode([]byte(`{"role":"user`+suffix+`"}`))
	token := "Bearer " + text + "." + encode(ed25519.Sign(private, []byte(text)))

	lines := func(rows, url string) []string {
		return []string{"addr = localhost:0", "schema = api", "max-rows = " + rows, "jwt-secret = " + url}
	}
	file := write(t, "moresql.conf", strings.Join(lines("1", keys.URL), "\n"))
	c := launchBare(t, []string{"MORESQL_DATABASE_URI=" + login + "?sslmode=disable"},
		"-config", file)
	for _, step := range []struct {
		reason, rows, url string
		away              bool
		log, want         string
	}{
		{"at first", "1", keys.URL, false, "up to date", "[1]"},
		{"the server is away", "2", keys.URL, true, "the keys from before stay in force", "[1,2]"},
		{"another, which never was there", "3", keys.URL + "/other", true, "stay as they were", "[1,2]"},
		{"it is there again", "3", keys.URL, false, "up to date", "[1,2,3]"},
	} {
		away.Store(step.away)
		log := c.hangUp(file, lines(step.rows, step.url)...)
		status, _, body := c.get("/rpc/three", "Authorization", token)
		if status != 200 || body != step.want || !strings.Contains(log, step.log) {
			t.Errorf("%s: %d %s\n%s", step.reason, status, body, log)
		}
	}
	c.stop()
}
