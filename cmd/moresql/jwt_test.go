package main

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"
)

// A token has to be as the flags say each time that it comes, whether its claims are kept or not.
func TestCommandVerifiesTokensAsTheFlagsSay(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `
		CREATE SCHEMA api; CREATE ROLE "user{}"; GRANT USAGE ON SCHEMA api TO "user{}";
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "user{}" TO "authenticator{}"`)
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

// A file of keys that is damaged while it is served must not lock everybody out, nor go unnoticed.
func TestCommandReportsKeysThatCannotBeRead(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `
		CREATE SCHEMA api; CREATE ROLE "user{}"; GRANT USAGE ON SCHEMA api TO "user{}";
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "user{}" TO "authenticator{}"`)
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
