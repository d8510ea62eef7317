package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

var secret = []byte(strings.Repeat("s", 32))

// sign returns a token with a header and claims. It does not use the library that verifies tokens
// (RFC 7515, appendix A.1).
func sign(header, claims string, newHash func() hash.Hash, key []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(header)) + "." + encode([]byte(claims))
	mac := hmac.New(newHash, key)
	mac.Write([]byte(input))
	return input + "." + encode(mac.Sum(nil))
}

func TestSignReproducesTheExampleOfRFC7515(t *testing.T) {
	key, err := base64.RawURLEncoding.DecodeString("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T" +
		"-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	if err != nil {
		t.Fatal(err)
	}
	const header = "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}"
	const claims = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n" +
		" \"http://example.com/is_root\":true}"
	const signature = ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	if token := sign(header, claims, sha256.New, key); !strings.HasSuffix(token, signature) {
		t.Error(token)
	}
}

func hs256(claims string) string {
	return sign(`{"alg":"HS256","typ":"JWT"}`, claims, sha256.New, secret)
}

// claimsOf returns the claims of a user, which expire in a minute.
func claimsOf(user, role string) string {
	expires := time.Now().Add(time.Minute).Unix()
	return fmt.Sprintf(`{"sub":%q,"role":%q,"exp":%d}`, user, role, expires)
}

// user returns the field Authorization of a user.
func user(name string) string { return "Bearer " + hs256(claimsOf(name, "web_user")) }

// schema installs schema.sql from scratch, with the notes of two users, and returns the URI of the
// program's role.
func schema(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	uri := pgtest.URI(t)
	db, err := sql.Open("postgres", uri)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range []string{
		"DROP SCHEMA IF EXISTS notebook CASCADE",
		"DROP ROLE IF EXISTS authenticator, web_anon, web_user, web_admin",
		string(text),
		"ALTER ROLE authenticator PASSWORD 'test'",
		`INSERT INTO notebook.notes (owner, note)
			VALUES ('ann', 'milk'), ('bob', 'bread'), ('ann', 'eggs')`,
	} {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s\n%v", s, err)
		}
	}
	login, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	login.User = url.UserPassword("authenticator", "test")
	return login.String()
}

// eachDriver runs a test through both drivers, with a single connection, so that each call finds
// what the one before it has left there.
func eachDriver(t *testing.T, test func(t *testing.T, db *sql.DB, server string)) {
	for _, driver := range []string{"postgres", "pgx"} {
		t.Run(driver, func(t *testing.T) {
			db, err := sql.Open(driver, schema(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1)
			s := httptest.NewServer(routes(db, secret))
			defer s.Close()
			test(t, db, s.URL)
		})
	}
}

// send sends a request and returns the response and its body.
func send(
	t *testing.T, method, url string, authorization ...string,
) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"] = authorization
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// The calls share one connection, and none inherits anything from the one before it.
func TestEachCallHasTheRightsAndRowsOfItsToken(t *testing.T) {
	eachDriver(t, func(t *testing.T, db *sql.DB, server string) {
		admin := "Bearer " + hs256(claimsOf("eve", "web_admin"))
		const ann = `[{"id":1,"owner":"ann","note":"milk"},{"id":3,"owner":"ann","note":"eggs"}]`
		const bob = `[{"id":2,"owner":"bob","note":"bread"}]`
		nameless := "Bearer " + hs256(
			strings.Replace(claimsOf("", "web_user"), `"sub":""`, `"sub":null`, 1))
		before := identity(t, db)
		for _, test := range []struct {
			reason, method, path string
			authorization        []string
			status               int
			body                 string
		}{
			{
				reason: "a user", method: "GET", path: "/notes", authorization: []string{user("ann")},
				status: 200, body: ann,
			},
			{reason: "an anonymous client, after her", method: "GET", path: "/notes", status: 401},
			{
				reason: "another user", method: "GET", path: "/notes", authorization: []string{user("bob")},
				status: 200, body: bob,
			},
			{
				reason: "a user whose name has quotes of SQL and JSON", method: "GET", path: "/notes",
				authorization: []string{user(`bob'"\`)}, status: 200, body: `[]`,
			},
			{
				reason: "a user whose name is a pattern", method: "GET", path: "/notes",
				authorization: []string{user("%")}, status: 200, body: `[]`,
			},
			{
				reason: "a user without a name", method: "GET", path: "/notes",
				authorization: []string{nameless}, status: 200, body: `[]`,
			},
			{
				reason: "an anonymous client calls what everybody may", method: "GET", path: "/motto",
				status: 200, body: `"Write it down."`,
			},
			{
				reason: "a user calls what everybody may", method: "GET", path: "/motto",
				authorization: []string{user("ann")}, status: 200, body: `"Write it down."`,
			},
			{reason: "an anonymous client writes", method: "POST", path: "/notes?note=x", status: 401},
			{
				reason: "a user writes her own note", method: "POST", path: "/notes?note=tea",
				authorization: []string{user("cyd")}, status: 201, body: `{"id":4,"owner":"cyd","note":"tea"}`,
			},
			{
				reason: "she sees the note", method: "GET", path: "/notes",
				authorization: []string{user("cyd")}, status: 200,
				body: `[{"id":4,"owner":"cyd","note":"tea"}]`,
			},
			{
				reason: "other users do not see it", method: "GET", path: "/notes",
				authorization: []string{user("ann")}, status: 200, body: ann,
			},
			{
				reason: "a user calls what an admin may", method: "GET", path: "/notes/count",
				authorization: []string{user("ann")}, status: 403,
			},
			{
				reason: "an anonymous client calls what an admin may", method: "GET", path: "/notes/count",
				status: 401,
			},
			{
				reason: "an admin calls it", method: "GET", path: "/notes/count",
				authorization: []string{admin}, status: 200,
				body: `[{"owner":"ann","notes":2},{"owner":"bob","notes":1},{"owner":"cyd","notes":1}]`,
			},
			{
				reason: "an admin calls what a user may", method: "POST", path: "/notes?note=x",
				authorization: []string{admin}, status: 403,
			},
			{
				reason: "a scheme in lower case", method: "GET", path: "/notes",
				authorization: []string{"bearer" + strings.TrimPrefix(user("bob"), "Bearer")}, status: 200,
				body: bob,
			},
		} {
			response, body := send(t, test.method, server+test.path, test.authorization...)
			if response.StatusCode != test.status || test.body != "" && body != test.body {
				t.Errorf("%s: %d %s, want %d %s",
					test.reason, response.StatusCode, body, test.status, test.body)
			}
			if test.status >= 400 && strings.Contains(body, "notebook") {
				t.Errorf("%s: the response shows the database's message: %s", test.reason, body)
			}
			if after := identity(t, db); after != before {
				t.Errorf("%s: the connection is left with %s", test.reason, after)
			}
		}
	})
}

// identity describes the connection and what a call has left on it.
func identity(t *testing.T, db *sql.DB) (text string) {
	t.Helper()
	const query = `SELECT concat_ws(' ', pg_backend_pid(), session_user, current_user,
		nullif(current_setting('request.jwt.claims', true), ''))`
	if err := db.QueryRow(query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// The response is 401 for every route, even for one that needs no token.
func TestInvalidTokensAreRefusedEverywhere(t *testing.T) {
	eachDriver(t, func(t *testing.T, db *sql.DB, server string) {
		valid := claimsOf("ann", "web_user")
		parts := strings.Split(hs256(valid), ".")
		encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
		at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
		bearer := func(claims string) []string { return []string{"Bearer " + hs256(claims)} }
		signed := func(header string, newHash func() hash.Hash, key []byte) []string {
			return []string{"Bearer " + sign(header, valid, newHash, key)}
		}
		changed := func(from, to string) []string {
			return bearer(strings.Replace(valid, from, to, 1))
		}
		for _, test := range []struct {
			reason        string
			authorization []string
		}{
			{"another key", signed(`{"alg":"HS256"}`, sha256.New, []byte("another"))},
			{"an empty key", signed(`{"alg":"HS256"}`, sha256.New, nil)},
			{"other claims with the signature", []string{
				"Bearer " + parts[0] + "." + encode(claimsOf("bob", "web_user")) + "." + parts[2],
			}},
			{"no signature", []string{"Bearer " + parts[0] + "." + parts[1] + "."}},
			{"the algorithm none", []string{
				"Bearer " + encode(`{"alg":"none"}`) + "." + parts[1] + ".",
			}},
			{"the algorithm none in mixed case", []string{
				"Bearer " + encode(`{"alg":"nOnE"}`) + "." + parts[1] + ".",
			}},
			{"the algorithm none with a good signature",
				signed(`{"alg":"none"}`, sha256.New, secret)},
			{"another algorithm with the right key",
				signed(`{"alg":"HS512"}`, sha512.New, secret)},
			{"an algorithm of public keys", signed(`{"alg":"RS256"}`, sha256.New, secret)},
			{"expired", bearer(fmt.Sprintf(
				`{"sub":"ann","role":"web_user","exp":%d}`, at(-time.Minute)))},
			{"without an expiration", bearer(`{"sub":"ann","role":"web_user"}`)},
			{"not yet valid", bearer(fmt.Sprintf(
				`{"sub":"ann","role":"web_user","exp":%d,"nbf":%d}`,
				at(2*time.Minute), at(time.Minute)))},
			{"the role of the program", bearer(claimsOf("ann", "authenticator"))},
			{"the role of the superuser", bearer(claimsOf("ann", "postgres"))},
			{"the role of anonymous clients", bearer(claimsOf("ann", "web_anon"))},
			{"the role none", bearer(claimsOf("ann", "none"))},
			{"an array of roles", changed(`"web_user"`, `["web_user"]`)},
			{"no role", changed("role", "rule")},
			{"another audience", changed(`{`, `{"aud":"https://other.example",`)},
			{"other audiences", changed(`{`, `{"aud":["other","notebooks"],`)},
			{"no audience at all", changed(`{`, `{"aud":[],`)},
			{"an audience of null", changed(`{`, `{"aud":null,`)},
			{"an audience that is no text", changed(`{`, `{"aud":{"notebook":1},`)},
			{"an audience in another case", changed(`{`, `{"aud":"Notebook",`)},
			{"an extension that must be understood", signed(
				`{"alg":"HS256","crit":["exp"],"exp":1}`, sha256.New, secret)},
			{"an unencoded payload", signed(
				`{"alg":"HS256","crit":["b64"],"b64":true}`, sha256.New, secret)},
			{"an empty list of extensions", signed(`{"alg":"HS256","crit":[]}`, sha256.New, secret)},
			{"extensions of null", signed(`{"alg":"HS256","crit":null}`, sha256.New, secret)},
			{"no token", []string{"Bearer"}},
			{"a space instead of a token", []string{"Bearer "}},
			{"an empty field", []string{""}},
			{"not a JWT", []string{"Bearer token"}},
			{"another scheme", []string{"Basic YW5uOmFubg=="}},
			{"two fields", []string{user("ann"), user("bob")}},
		} {
			for _, path := range []string{"/notes", "/motto"} {
				response, body := send(t, "GET", server+path, test.authorization...)
				if response.StatusCode != http.StatusUnauthorized ||
					response.Header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s, %s: %d %v %s",
						test.reason, path, response.StatusCode, response.Header, body)
				}
				if !strings.Contains(body, "the token is not valid") ||
					strings.Contains(body, "sign") || strings.Contains(body, "web_") {
					t.Errorf("%s: the response is %s", test.reason, body)
				}
			}
		}
		for reason, authorization := range map[string][]string{
			"a valid token":               bearer(valid),
			"its audience":                changed(`{`, `{"aud":"notebook",`),
			"one of its audiences":        changed(`{`, `{"aud":["other","notebook"],`),
			"an extension to be ignored":  signed(`{"alg":"HS256","x":1}`, sha256.New, secret),
			"a header that names a token": signed(`{"alg":"HS256","typ":"JWT"}`, sha256.New, secret),
		} {
			if response, _ := send(t, "GET", server+"/motto", authorization...); response.StatusCode != 200 {
				t.Errorf("%s: %s", reason, response.Status)
			}
		}
	})
}
