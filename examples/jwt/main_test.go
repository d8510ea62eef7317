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

// sign makes a token of a header and claims without the library that verifies it (RFC 7515, appendix A.1).
func sign(header, claims string, newHash func() hash.Hash, key []byte) string {
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(newHash, key)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// TestSign holds sign against the example of RFC 7515, appendix A.1.
func TestSign(t *testing.T) {
	key, err := base64.RawURLEncoding.DecodeString("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	if err != nil {
		t.Fatal(err)
	}
	const header, claims = "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
	if token := sign(header, claims, sha256.New, key); !strings.HasSuffix(token, ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") {
		t.Error(token)
	}
}

func hs256(claims string) string {
	return sign(`{"alg":"HS256","typ":"JWT"}`, claims, sha256.New, secret)
}

// claimsOf returns those of a user, for a minute.
func claimsOf(user, role string) string {
	return fmt.Sprintf(`{"sub":%q,"role":%q,"exp":%d}`, user, role, time.Now().Add(time.Minute).Unix())
}

func user(name string) string { return "Bearer " + hs256(claimsOf(name, "web_user")) }

// schema runs schema.sql anew, with the notes of two users, and returns the URI of the role that the program has.
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
		"DROP SCHEMA IF EXISTS notebook CASCADE", "DROP ROLE IF EXISTS authenticator, web_anon, web_user, web_admin", string(text),
		"ALTER ROLE authenticator PASSWORD 'test'", "INSERT INTO notebook.notes (owner, note) VALUES ('ann', 'milk'), ('bob', 'bread'), ('ann', 'eggs')",
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

// eachDriver runs a test through both drivers, with one connection, on which each call follows the one before.
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

// send makes a request and returns the answer, whose body has been read.
func send(t *testing.T, method, url string, authorization ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"] = authorization
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// Each call has the rights and rows of its own token, whoever has called before it.
func TestRows(t *testing.T) {
	eachDriver(t, func(t *testing.T, db *sql.DB, server string) {
		admin := "Bearer " + hs256(claimsOf("eve", "web_admin"))
		const ann, bob = `[{"id":1,"owner":"ann","note":"milk"},{"id":3,"owner":"ann","note":"eggs"}]`, `[{"id":2,"owner":"bob","note":"bread"}]`
		before := identity(t, db)
		for _, test := range []struct {
			reason, method, path string
			authorization        []string
			status               int
			body                 string
		}{
			{"a user", "GET", "/notes", []string{user("ann")}, 200, ann},
			{"nobody, after her", "GET", "/notes", nil, 401, ""},
			{"another user", "GET", "/notes", []string{user("bob")}, 200, bob},
			{"whose name is no SQL and no JSON", "GET", "/notes", []string{user(`bob'"\`)}, 200, `[]`},
			{"nor a pattern", "GET", "/notes", []string{user("%")}, 200, `[]`},
			{"a user without a name", "GET", "/notes", []string{"Bearer " + hs256(strings.Replace(claimsOf("", "web_user"), `"sub":""`, `"sub":null`, 1))}, 200, `[]`},
			{"what anybody may", "GET", "/motto", nil, 200, `"Write it down."`},
			{"a user may too", "GET", "/motto", []string{user("ann")}, 200, `"Write it down."`},
			{"nobody writes", "POST", "/notes?note=x", nil, 401, ""},
			{"a user writes what is hers", "POST", "/notes?note=tea", []string{user("cyd")}, 201, `{"id":4,"owner":"cyd","note":"tea"}`},
			{"and sees it", "GET", "/notes", []string{user("cyd")}, 200, `[{"id":4,"owner":"cyd","note":"tea"}]`},
			{"which others do not", "GET", "/notes", []string{user("ann")}, 200, ann},
			{"a user may not everything", "GET", "/notes/count", []string{user("ann")}, 403, ""},
			{"nor may nobody", "GET", "/notes/count", nil, 401, ""},
			{"an admin may", "GET", "/notes/count", []string{admin}, 200, `[{"owner":"ann","notes":2},{"owner":"bob","notes":1},{"owner":"cyd","notes":1}]`},
			{"and may not what users may", "POST", "/notes?note=x", []string{admin}, 403, ""},
			{"a scheme in other letters", "GET", "/notes", []string{"bearer" + strings.TrimPrefix(user("bob"), "Bearer")}, 200, bob},
		} {
			answer, body := send(t, test.method, server+test.path, test.authorization...)
			if answer.StatusCode != test.status || test.body != "" && body != test.body {
				t.Errorf("%s: %d %s, want %d %s", test.reason, answer.StatusCode, body, test.status, test.body)
			}
			if test.status >= 400 && strings.Contains(body, "notebook") {
				t.Errorf("%s: the answer shows what the database says: %s", test.reason, body)
			}
			if after := identity(t, db); after != before {
				t.Errorf("%s leaves on the connection %s", test.reason, after)
			}
		}
	})
}

// identity says which connection it is, and what is left there of a call.
func identity(t *testing.T, db *sql.DB) (text string) {
	t.Helper()
	const query = "SELECT concat_ws(' ', pg_backend_pid(), session_user, current_user, nullif(current_setting('request.jwt.claims', true), ''))"
	if err := db.QueryRow(query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// A token that is not valid is a 401 everywhere, also where none is needed.
func TestTokens(t *testing.T) {
	eachDriver(t, func(t *testing.T, db *sql.DB, server string) {
		valid := claimsOf("ann", "web_user")
		parts := strings.Split(hs256(valid), ".")
		payload := func(claims string) string { return base64.RawURLEncoding.EncodeToString([]byte(claims)) }
		at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
		for _, test := range []struct {
			reason        string
			authorization []string
		}{
			{"another key", []string{"Bearer " + sign(`{"alg":"HS256"}`, valid, sha256.New, []byte("another"))}},
			{"no key", []string{"Bearer " + sign(`{"alg":"HS256"}`, valid, sha256.New, nil)}},
			{"other claims under the signature", []string{"Bearer " + parts[0] + "." + payload(claimsOf("bob", "web_user")) + "." + parts[2]}},
			{"no signature", []string{"Bearer " + parts[0] + "." + parts[1] + "."}},
			{"the algorithm none", []string{"Bearer " + payload(`{"alg":"none"}`) + "." + parts[1] + "."}},
			{"in other letters", []string{"Bearer " + payload(`{"alg":"nOnE"}`) + "." + parts[1] + "."}},
			{"none, and a good signature", []string{"Bearer " + sign(`{"alg":"none"}`, valid, sha256.New, secret)}},
			{"another algorithm with the right key", []string{"Bearer " + sign(`{"alg":"HS512"}`, valid, sha512.New, secret)}},
			{"a public key's algorithm", []string{"Bearer " + sign(`{"alg":"RS256"}`, valid, sha256.New, secret)}},
			{"expired", []string{"Bearer " + hs256(fmt.Sprintf(`{"sub":"ann","role":"web_user","exp":%d}`, at(-time.Minute)))}},
			{"never to expire", []string{"Bearer " + hs256(`{"sub":"ann","role":"web_user"}`)}},
			{"not yet valid", []string{"Bearer " + hs256(fmt.Sprintf(`{"sub":"ann","role":"web_user","exp":%d,"nbf":%d}`, at(2*time.Minute), at(time.Minute)))}},
			{"the role of the program", []string{"Bearer " + hs256(claimsOf("ann", "authenticator"))}},
			{"the superuser's", []string{"Bearer " + hs256(claimsOf("ann", "postgres"))}},
			{"that of who has no token", []string{"Bearer " + hs256(claimsOf("ann", "web_anon"))}},
			{"no role at all", []string{"Bearer " + hs256(claimsOf("ann", "none"))}},
			{"a list of roles", []string{"Bearer " + hs256(strings.Replace(valid, `"web_user"`, `["web_user"]`, 1))}},
			{"no role", []string{"Bearer " + hs256(strings.Replace(valid, "role", "rule", 1))}},
			{"no token", []string{"Bearer"}},
			{"no token but a space", []string{"Bearer "}},
			{"an empty field", []string{""}},
			{"no JWT", []string{"Bearer token"}},
			{"another scheme", []string{"Basic YW5uOmFubg=="}},
			{"a token behind another", []string{user("ann"), user("bob")}},
		} {
			for _, path := range []string{"/notes", "/motto"} {
				answer, body := send(t, "GET", server+path, test.authorization...)
				if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s, %s: %d %v %s", test.reason, path, answer.StatusCode, answer.Header, body)
				}
				if !strings.Contains(body, "the token is not valid") || strings.Contains(body, "sign") || strings.Contains(body, "web_") {
					t.Errorf("%s: the answer tells %s", test.reason, body)
				}
			}
		}
		if answer, _ := send(t, "GET", server+"/motto", "Bearer "+hs256(valid)); answer.StatusCode != 200 {
			t.Error("a good token has", answer.Status)
		}
	})
}
