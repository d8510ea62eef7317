package token

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxToken is the most bytes that a token may have.
const maxToken = 16 << 10

// Options say what tokens are accepted.
type Options struct {
	Secret   string // a secret, a JWK, a JWKS or PEM, @ and the file of one, or the URL of a JWKS
	Base64   bool   // the secret is base64
	Audience string // that a claim aud must name if a token has one; "" for any
	Intended bool   // a token must have the claim aud
	Issuer   string // that the claim iss must be; "" for any
	RolePath string // to the claim that names the role
	Cache    int    // the number of tokens whose claims are kept; 0 for none

	Now    func() time.Time // nil is time.Now
	Failed func(error)      // nil, or called when keys cannot be loaded again
}

// Claims are what a token says.
type Claims struct {
	Role string          // "" if the token names none
	JSON json.RawMessage // all of them, an object; nil for none

	values map[string]any
	last   atomic.Pointer[claimsAs] // what As returned
}

// An Error says why a token is refused. Its text is for the client.
type Error struct {
	Claims bool // the signature is right, and a claim is not
	text   string
}

func (e *Error) Error() string { return e.text }

func invalid(format string, args ...any) error { return &Error{text: fmt.Sprintf(format, args...)} }

func wrong(format string, args ...any) error {
	return &Error{Claims: true, text: fmt.Sprintf(format, args...)}
}

// A Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	Options
	keys *source
	path path

	mu      sync.Mutex
	cache   map[string]*Claims // of tokens whose signature is right
	version int                // of the keys that the cache is for
}

// New returns a Verifier. It loads the keys.
func New(o Options) (*Verifier, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	v := &Verifier{Options: o, cache: map[string]*Claims{}}
	var err error
	if v.path, err = parsePath(o.RolePath); err != nil {
		return nil, err
	}
	if v.keys, err = newSource(o.Secret, o.Base64, o.Now); err != nil {
		return nil, err
	}
	v.keys.failed = o.Failed
	return v, nil
}

// Is reports whether v is a Verifier by the same options.
func (v *Verifier) Is(o Options) bool {
	return v != nil && v.Secret == o.Secret && v.Base64 == o.Base64 && v.Audience == o.Audience &&
		v.Intended == o.Intended && v.Issuer == o.Issuer && v.RolePath == o.RolePath &&
		v.Cache == o.Cache
}

// Verify returns the claims of a token. The error is an *Error.
func (v *Verifier) Verify(ctx context.Context, token string) (*Claims, error) {
	if token == "" {
		return nil, invalid("Empty JWT is sent in Authorization header")
	}
	if len(token) > maxToken {
		return nil, invalid("The JWT has more than %d bytes", maxToken)
	}
	if n := strings.Count(token, ".") + 1; n != 3 {
		return nil, invalid("Expected 3 parts in JWT; got %d", n)
	}
	keys, version := v.keys.current(ctx, false)
	c := v.cached(token, version)
	if c == nil {
		var err error
		if c, err = v.decode(ctx, token, keys, version); err != nil {
			return nil, err
		}
	}
	return c, v.check(c)
}

// decode verifies the signature of a token by the keys of a version.
func (v *Verifier) decode(
	ctx context.Context, token string, keys []key, version int,
) (*Claims, error) {
	values, err := parse(token, keys)
	if errors.Is(err, errNoKey) { // the keys may have been exchanged
		keys, version = v.keys.current(ctx, true)
		values, err = parse(token, keys)
	}
	if err != nil {
		return nil, err
	}
	c := &Claims{values: values}
	if c.JSON, err = json.Marshal(values); err != nil {
		return nil, invalid("The claims of the JWT are not understood")
	}
	if c.Role, err = v.path.role(values); err != nil {
		return nil, wrong("%v", err)
	}
	v.keep(token, version, c)
	return c, nil
}

// errNoKey is for a token that names a key which is not there, or an algorithm of none.
var errNoKey = invalid("No suitable key or wrong key type")

// algorithms are those that tokens may be signed by; none is not one of them.
var algorithms = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
	"ES256", "ES384", "ES512", "EdDSA",
}

// parse verifies the signature of a token by the keys that are for its algorithm and have its key
// ID, and returns its claims.
func parse(token string, keys []key) (map[string]any, error) {
	var refused error
	parser := jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithStrictDecoding(),
		jwt.WithoutClaimsValidation(), jwt.WithJSONNumber())
	parsed, err := parser.Parse(token, func(t *jwt.Token) (any, error) {
		set, err := suitable(t.Header, keys)
		refused = err
		return set, err
	})
	switch {
	case refused != nil:
		return nil, refused
	case errors.Is(err, jwt.ErrTokenMalformed):
		return nil, invalid("The JWT is malformed")
	case err != nil && parsed != nil && isUnsupported(parsed.Header["alg"]):
		return nil, invalid("The algorithm of the JWT is not supported")
	case err != nil:
		return nil, invalid("JWT cryptographic operation failed")
	}
	return claimsOf(token)
}

func isUnsupported(algorithm any) bool {
	name, _ := algorithm.(string)
	return !slices.Contains(algorithms, name)
}

// claimsOf returns the claims of a token whose signature is right. A number keeps its digits.
func claimsOf(token string) (claims map[string]any, err error) {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(payload))
		d.UseNumber()
		if err = d.Decode(&claims); err == nil {
			_, err = d.Token() // of what follows them, which must be nothing
		}
	}
	if err != io.EOF || claims == nil {
		return nil, invalid("The claims of the JWT are not understood")
	}
	return claims, nil
}

// suitable returns the keys for a header. Extensions that a recipient must understand are not
// understood (RFC 7515, 4.1.11).
func suitable(header map[string]any, keys []key) (jwt.VerificationKeySet, error) {
	var set jwt.VerificationKeySet
	if _, ok := header["crit"]; ok {
		return set, invalid("The JWT has critical extensions, none of which is supported")
	}
	algorithm, _ := header["alg"].(string)
	id, named := header["kid"]
	for _, k := range keys {
		if slices.Contains(k.algorithms, algorithm) && (!named || k.id == id) {
			set.Keys = append(set.Keys, k.material)
		}
	}
	if len(set.Keys) == 0 {
		return set, errNoKey
	}
	return set, nil
}

// cached returns the claims of a token that has been verified by the keys of a version, or nil.
func (v *Verifier) cached(token string, version int) *Claims {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.version != version {
		clear(v.cache)
		v.version = version
	}
	return v.cache[token]
}

// keep keeps the claims of a token. If there are too many another one goes, no matter which.
func (v *Verifier) keep(token string, version int, c *Claims) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.Cache <= 0 || v.version != version {
		return
	}
	for other := range v.cache {
		if len(v.cache) < v.Cache {
			break
		}
		delete(v.cache, other)
	}
	v.cache[strings.Clone(token)] = c
}
