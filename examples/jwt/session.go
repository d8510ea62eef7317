package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/moresql/moresql"
)

// roles are those that a token may name: not every role that the program can take is for everybody who can sign tokens.
var roles = []string{"web_user", "web_admin"}

// session returns what says who makes a request. One without a token is anonymous; a token that is not valid is never that, but a 401.
func session(secret []byte) func(*http.Request) (moresql.Settings, error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"HS256"}), // else the token would choose how it is verified (RFC 8725, 3.1)
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(5*time.Second), // of the clocks
		jwt.WithJSONNumber(),          // claims reach the database with the digits that they have
	)
	key := func(*jwt.Token) (any, error) { return secret, nil }
	return func(r *http.Request) (moresql.Settings, error) {
		fields := r.Header.Values("Authorization")
		if len(fields) == 0 {
			return moresql.Settings{Role: "web_anon"}, nil
		}
		scheme, token, _ := strings.Cut(fields[0], " ")
		if len(fields) > 1 || !strings.EqualFold(scheme, "Bearer") { // RFC 6750, 2.1
			return moresql.Settings{}, refused(errors.New("it is not one field Authorization: Bearer"))
		}
		claims := jwt.MapClaims{}
		if _, err := parser.ParseWithClaims(token, claims, key); err != nil {
			return moresql.Settings{}, refused(err)
		}
		role, _ := claims["role"].(string)
		if !slices.Contains(roles, role) {
			return moresql.Settings{}, refused(errors.New("its role is none of those that a token may name"))
		}
		return moresql.Settings{Role: role, Claims: claims}, nil
	}
}

// refused answers 401, for which moresql adds WWW-Authenticate. What is wrong with the token is for the log.
func refused(err error) error {
	return &moresql.Error{
		Status: http.StatusUnauthorized, Public: true, Err: err,
		Message: "the token is not valid", Hint: "log in again for a new one",
	}
}
