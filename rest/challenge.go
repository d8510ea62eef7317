package rest

import (
	"net/http"
	"strings"

	"github.com/moresql/moresql"
)

// A TokenFault is why the bearer token of a request does not let it in.
type TokenFault int

const (
	TokenMissing   TokenFault = iota // there is none, and anonymous requests are not served
	TokenInvalid                     // it cannot be verified
	TokenClaims                      // it is genuine, and one of its claims does not hold
	TokenWithNoKey                   // there is one, and the server cannot verify any
)

// Challenge returns the error of a request whose bearer token does not let it in, for Session: 401
// with a challenge (RFC 6750, 3) and PostgREST's code, or 500 for TokenWithNoKey. The description
// is for the client; it says what is wrong with the token, and "" is what the fault is in general.
func Challenge(fault TokenFault, description string) error {
	e := &moresql.Error{Status: http.StatusUnauthorized, Public: true, Message: description}
	general := "the token cannot be verified"
	switch fault {
	case TokenMissing:
		e.Code, general = codeAnonymous, "Anonymous access is disabled"
	case TokenInvalid:
		e.Code = codeToken
	case TokenClaims:
		e.Code, general = codeClaims, "a claim of the token does not hold"
	case TokenWithNoKey:
		e.Code, e.Status, general = codeSecret, http.StatusInternalServerError,
			"Server lacks JWT secret"
	}
	if e.Message == "" {
		e.Message = general
	}
	switch {
	case e.Status != http.StatusUnauthorized:
	case fault == TokenMissing: // a request without a token is not told of an error (RFC 6750, 3)
		e.Header = http.Header{"Www-Authenticate": {"Bearer"}}
	default:
		text := strings.Map(describable, e.Message)
		e.Header = http.Header{"Www-Authenticate": {
			`Bearer error="invalid_token", error_description="` + text + `"`,
		}}
	}
	return e
}

// describable replaces what an error_description cannot have (RFC 6750, 3).
func describable(c rune) rune {
	if c < ' ' || c > '~' || c == '"' || c == '\\' {
		return '\''
	}
	return c
}
