package rest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

func ExampleChallenge() {
	for _, err := range []error{
		rest.Challenge(rest.TokenMissing, ""),
		rest.Challenge(rest.TokenInvalid, "The JWT is malformed"),
		rest.Challenge(rest.TokenClaims, "JWT expired"),
		rest.Challenge(rest.TokenWithNoKey, ""),
	} {
		e := new(moresql.Error)
		errors.As(err, &e)
		fmt.Println(e.Status, e.Code, e.Message)
		fmt.Println(" ", e.Header.Get("WWW-Authenticate"))
	}
	// Output:
	// 401 PGRST302 Anonymous access is disabled
	//   Bearer
	// 401 PGRST301 The JWT is malformed
	//   Bearer error="invalid_token", error_description="The JWT is malformed"
	// 401 PGRST303 JWT expired
	//   Bearer error="invalid_token", error_description="JWT expired"
	// 500 PGRST300 Server lacks JWT secret
	//
}

// RFC 6750, 3: error_description has no " and no backslash, which would end the text early.
func TestChallengeHasNoQuoteInItsText(t *testing.T) {
	e := new(moresql.Error)
	errors.As(rest.Challenge(rest.TokenInvalid, "a \"b\\\n\u00e9 c"), &e)
	const want = `Bearer error="invalid_token", error_description="a 'b''' c"`
	if got := e.Header.Get("WWW-Authenticate"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
