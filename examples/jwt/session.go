package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// roles are the roles that a token may name. The program's login may switch to others too, which
// must not be open to everybody who can sign tokens.
var roles = []string{"web_user", "web_admin"}

// audience is the name of this program in the claim aud. A token that is for other programs alone
// is refused (RFC 7519, section 4.1.3); a signer for several programs should name one in each.
const audience = "notebook"

// session returns a function that reports who makes a request. A request without a token is
// anonymous; one with an invalid token is refused with 401, and never treated as anonymous.
func session(secret []byte) func(*http.Request) (rest.Identity, error) {
	parser := jwt.NewParser(
		// Otherwise the token would choose how it is verified (RFC 8725, section 3.1).
		jwt.WithValidMethods([]string{"HS256"}),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(5*time.Second), // for clocks that differ
		jwt.WithJSONNumber(),          // keeps the digits of claims that are numbers
	)
	key := func(token *jwt.Token) (any, error) {
		// Whatever an extension demands would be ignored here, so that the token could mean something
		// else than its author says (RFC 7515, section 4.1.11).
		if _, ok := token.Header["crit"]; ok {
			return nil, errors.New("it has an extension that must be understood")
		}
		return secret, nil
	}
	return func(r *http.Request) (rest.Identity, error) {
		fields := r.Header.Values("Authorization")
		if len(fields) == 0 {
			return rest.Identity{Role: "web_anon"}, nil
		}
		scheme, token, _ := strings.Cut(fields[0], " ")
		if len(fields) > 1 || !strings.EqualFold(scheme, "Bearer") { // RFC 6750, section 2.1
			return rest.Identity{}, refused(errors.New("not one field Authorization: Bearer"))
		}
		claims := jwt.MapClaims{}
		if _, err := parser.ParseWithClaims(token, claims, key); err != nil {
			return rest.Identity{}, refused(err)
		}
		if !isForUs(claims) {
			return rest.Identity{}, refused(errors.New("it is for another audience"))
		}
		role, _ := claims["role"].(string)
		if !slices.Contains(roles, role) {
			return rest.Identity{}, refused(errors.New("its role is not one a token may name"))
		}
		return rest.Identity{Role: role, Claims: claims}, nil
	}
}

// isForUs reports whether a token is for this program: one without the claim aud is for everyone.
func isForUs(claims jwt.MapClaims) bool {
	if _, ok := claims["aud"]; !ok {
		return true
	}
	names, err := claims.GetAudience()
	return err == nil && slices.Contains(names, audience)
}

// refused returns an error that responds with 401, to which moresql adds WWW-Authenticate. The
// client does not see the cause, which is for the log.
func refused(err error) error {
	return &moresql.Error{
		Status:  http.StatusUnauthorized,
		Public:  true,
		Message: "the token is not valid",
		Hint:    "log in again for a new one",
		Err:     err,
	}
}
