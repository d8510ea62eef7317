package contender

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/rest"
)

// secret signs the token. Peers need it to verify the token, so the README has it too.
const secret = "the secret of moresql's benchmark"

// Claims are those of the token.
const Claims = `{"role":"` + dataset.Role + `","sub":"ann"}`

// Authorization is the header of requests in a session: a JSON Web Token signed with HS256.
func Authorization() string {
	text := base64.RawURLEncoding.EncodeToString
	signed := text([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + text([]byte(Claims))
	return "Authorization: Bearer " + signed + "." + text(signature(signed))
}

func signature(signed string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return mac.Sum(nil)
}

// identify verifies the token of a request. It does what has to be done for each request, and is
// no example of how to treat tokens from elsewhere, which examples/jwt is.
func identify(r *http.Request) (id rest.Identity, err error) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	dot := strings.LastIndexByte(token, '.')
	if !found || dot < 0 {
		return id, unauthorized("no token")
	}
	sum, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil || !hmac.Equal(sum, signature(token[:dot])) {
		return id, unauthorized("wrong signature")
	}
	_, payload, _ := strings.Cut(token[:dot], ".")
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return id, err
	}
	var named struct{ Role string }
	if err := json.Unmarshal(claims, &named); err != nil {
		return id, err
	}
	return rest.Identity{Role: named.Role, Claims: json.RawMessage(claims)}, nil
}

func unauthorized(message string) error {
	return &moresql.Error{Status: http.StatusUnauthorized, Message: message, Public: true}
}

// authenticated verifies the token of each request before an endpoint serves it.
func authenticated(open opener) opener {
	return func(ctx context.Context, p *database.Pools) (Func, error) {
		serve, err := open(ctx, p)
		return func(w http.ResponseWriter, r *http.Request) error {
			if _, err := identify(r); err != nil {
				return err
			}
			return serve(w, r)
		}, err
	}
}
