package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const passphrase = "reallyreallyreallyreallyverysafe" // 32 bytes, as in PostgREST's documentation

// present is the time of these tests.
var present = time.Unix(1_800_000_000, 0)

func verifier(t testing.TB, o Options) *Verifier {
	t.Helper()
	if o.RolePath == "" {
		o.RolePath = "$.role"
	}
	if o.Now == nil {
		o.Now = func() time.Time { return present }
	}
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sign returns a token with claims, signed by a key.
func sign(t testing.TB, algorithm string, private any, claims string, header ...string) string {
	t.Helper()
	var c jwt.MapClaims
	d := json.NewDecoder(strings.NewReader(claims))
	d.UseNumber()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.GetSigningMethod(algorithm), c)
	for i := 0; i < len(header); i += 2 {
		token.Header[header[i]] = header[i+1]
	}
	text, err := token.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Keys for these tests are made when they run.
type pair struct {
	algorithms []string
	private    any
	jwk        string
}

func pairs(t testing.TB) []pair {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long := make([]byte, 64)
	rand.Read(long)
	list := []pair{
		{
			[]string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, r,
			fmt.Sprintf(`{"kty":"RSA","kid":"r","n":"%s","e":"%s"}`,
				b64(r.N.Bytes()), b64(big.NewInt(int64(r.E)).Bytes())),
		},
		{
			[]string{"EdDSA"}, private,
			fmt.Sprintf(`{"kty":"OKP","kid":"d","crv":"Ed25519","x":"%s"}`, b64(public)),
		},
		{
			[]string{"HS256", "HS384", "HS512"}, long,
			fmt.Sprintf(`{"kty":"oct","kid":"h","k":"%s"}`, b64(long)),
		},
	}
	for algorithm, curve := range map[string]elliptic.Curve{
		"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521(),
	} {
		e, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := e.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
		list = append(list, pair{[]string{algorithm}, e, fmt.Sprintf(
			`{"kty":"EC","kid":"%s","crv":"%s","x":"%s","y":"%s"}`,
			algorithm, curve.Params().Name, b64(x), b64(y))})
	}
	return list
}

// Each algorithm is accepted with its key, alone and in a set, and none with that of another.
func TestEachAlgorithmHasItsKeys(t *testing.T) {
	list := pairs(t)
	var all []string
	for _, p := range list {
		all = append(all, p.jwk)
	}
	set := verifier(t, Options{Secret: `{"keys":[` + strings.Join(all, ",") + `]}`})
	for i, p := range list {
		for _, algorithm := range p.algorithms {
			token := sign(t, algorithm, p.private, `{"role":"ann","n":12345678901234567890}`)
			for j, other := range list {
				c, err := verifier(t, Options{Secret: other.jwk}).Verify(t.Context(), token)
				if (err == nil) != (i == j) || err == nil && c.Role != "ann" {
					t.Errorf("%s with %s: %v %v", algorithm, other.jwk, c, err)
				}
			}
			c, err := set.Verify(t.Context(), token)
			if err != nil || string(c.JSON) != `{"n":12345678901234567890,"role":"ann"}` {
				t.Errorf("%s in a set: %s %v", algorithm, c.JSON, err)
			}
		}
	}
}

// The attacks of RFC 8725, section 2, and others that are known.
func TestForgedTokensAreRefused(t *testing.T) {
	list := pairs(t)
	r := list[0].private.(*rsa.PrivateKey)
	der, err := x509.MarshalPKIXPublicKey(r.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	none := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"role": "ann"})
	unsigned, err := none.SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, "HS256", []byte(passphrase), `{"role":"ann"}`)
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	raw := func(header, payload string) string { // signed, whatever it is
		text := encode([]byte(header)) + "." + encode([]byte(payload))
		mac := hmac.New(sha256.New, []byte(passphrase))
		mac.Write([]byte(text))
		return text + "." + encode(mac.Sum(nil))
	}
	for _, test := range []struct{ reason, secret, token, want string }{
		{"no signature", passphrase, unsigned, "not supported"},
		{"NoNe", passphrase, raw(`{"alg":"NoNe"}`, `{"role":"ann"}`), "not supported"},
		{"no algorithm", passphrase, raw(`{}`, `{"role":"ann"}`), "not supported"},
		{"signature cut off", passphrase, parts[0] + "." + parts[1] + ".", "operation failed"},
		{"other claims", passphrase, parts[0] + "." + encode([]byte(`{"role":"bob"}`)) + "." + parts[2],
			"operation failed"},
		{"HS256 by the public key, as PEM", string(public),
			sign(t, "HS256", public, `{"role":"ann"}`), "No suitable key"},
		{"HS256 by the public key, as JWK", list[0].jwk,
			sign(t, "HS256", public, `{"role":"ann"}`), "No suitable key"},
		{"HS256 by the modulus", list[0].jwk,
			sign(t, "HS256", r.N.Bytes(), `{"role":"ann"}`), "No suitable key"},
		{"a weaker hash than the JWK says", strings.Replace(list[0].jwk, `{`, `{"alg":"RS512",`, 1),
			sign(t, "RS256", r, `{"role":"ann"}`), "No suitable key"},
		{"another kid", list[0].jwk, sign(t, "RS256", r, `{"role":"ann"}`, "kid", "x"),
			"No suitable key"},
		{"a kid where the key has none", passphrase,
			sign(t, "HS256", []byte(passphrase), `{"role":"ann"}`, "kid", "x"), "No suitable key"},
		{"an extension", passphrase, raw(`{"alg":"HS256","crit":["b64"],"b64":true}`, `{"role":"ann"}`),
			"critical extensions"},
		{"an empty crit", passphrase, raw(`{"alg":"HS256","crit":[]}`, `{"role":"ann"}`),
			"critical extensions"},
		{"the key in the token", passphrase, sign(t, "RS256", r, `{"role":"ann"}`, "jwk", list[0].jwk),
			"No suitable key"},
		{"trailing bits", passphrase, good[:len(good)-1] + string(good[len(good)-1]+1), "JWT"},
		{"padding", passphrase, good + "=", "JWT"},
		{"no object", passphrase, raw(`{"alg":"HS256"}`, `null`), "JWT"},
		{"no JSON", passphrase, raw(`{"alg":"HS256"}`, `{`), "JWT"},
		{"two objects", passphrase, raw(`{"alg":"HS256"}`, `{"role":"a"}{"role":"b"}`), "understood"},
		{"two parts", passphrase, "a.b", "Expected 3 parts in JWT; got 2"},
		{"encrypted", passphrase, "a.b.c.d.e", "Expected 3 parts in JWT; got 5"},
		{"empty", passphrase, "", "Empty JWT is sent in Authorization header"},
		{"large", passphrase, good + strings.Repeat("a", maxToken), "more than 16384 bytes"},
		{"the role of the login", passphrase, raw(`{"alg":"HS256"}`, `{"role":"none"}`), "role"},
		{"no name of a role", passphrase, raw(`{"alg":"HS256"}`, `{"role":""}`), "role"},
		{"a list of roles", passphrase, raw(`{"alg":"HS256"}`, `{"role":["ann"]}`), "role"},
		{"null", passphrase, raw(`{"alg":"HS256"}`, `{"role":null}`), "role"},
	} {
		v := verifier(t, Options{Secret: test.secret, Cache: 10})
		for range 2 { // the second time the cache could have it
			c, err := v.Verify(t.Context(), test.token)
			if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(e.Error(), test.want) {
				t.Errorf("%s: %+v %v", test.reason, c, err)
			}
		}
	}
	if _, err := verifier(t, Options{Secret: passphrase}).Verify(t.Context(), good); err != nil {
		t.Errorf("the token that was forged: %v", err)
	}
}

func TestClaimsAreCheckedWithLeeway(t *testing.T) {
	for _, test := range []struct {
		claims, want string // "" for accepted
		options      Options
	}{
		{claims: `{"exp": 1800000000}`},
		{claims: `{"exp": 1799999971}`},
		{claims: `{"exp": 1799999970}`, want: "JWT expired"},
		{claims: `{"exp": 1799999970.5}`},
		{claims: `{"exp": "1800000900"}`, want: "The JWT 'exp' claim must be a number"},
		{claims: `{"exp": 1e400}`, want: "The JWT 'exp' claim must be a number"},
		{claims: `{"nbf": 1800000030}`},
		{claims: `{"nbf": 1800000031}`, want: "JWT not yet valid"},
		{claims: `{"iat": 1800000030}`},
		{claims: `{"iat": 1800000031}`, want: "JWT issued at future"},
		{claims: `{"aud": "a"}`},
		{claims: `{"aud": 5}`, want: "must be a string or an array of strings"},
		{claims: `{"aud": "a"}`, options: Options{Audience: "a"}},
		{claims: `{"aud": ["b", "a"]}`, options: Options{Audience: "a"}},
		{claims: `{"aud": "b"}`, options: Options{Audience: "a"}, want: "JWT not in audience"},
		{claims: `{"aud": ["ab"]}`, options: Options{Audience: "a"}, want: "JWT not in audience"},
		{claims: `{"aud": ["a", 5]}`, options: Options{Audience: "a"}, want: "an array of strings"},
		{claims: `{}`, options: Options{Audience: "a"}},
		{claims: `{"aud": null}`, options: Options{Audience: "a"}},
		{claims: `{"aud": []}`, options: Options{Audience: "a"}},
		{claims: `{"iss": "i"}`, options: Options{Issuer: "i"}},
		{claims: `{"iss": "j"}`, options: Options{Issuer: "i"}, want: "JWT not from the issuer"},
		{claims: `{}`, options: Options{Issuer: "i"}, want: "JWT not from the issuer"},
	} {
		test.options.Secret, test.options.Cache = passphrase, 1
		v := verifier(t, test.options)
		// The numbers are signed as they are written.
		header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`))
		text := header + "." + base64.RawURLEncoding.EncodeToString([]byte(test.claims))
		mac := hmac.New(sha256.New, []byte(passphrase))
		mac.Write([]byte(text))
		token := text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
		for range 2 {
			_, err := v.Verify(t.Context(), token)
			e := (*Error)(nil)
			if ok := err == nil; ok != (test.want == "") ||
				!ok && (!errors.As(err, &e) || !e.Claims || !strings.Contains(e.Error(), test.want)) {
				t.Errorf("%s %+v: %v", test.claims, test.options, err)
			}
		}
	}
}

// A token that is kept expires as others do, and no more are kept than may.
func TestCacheIsBoundedAndExpires(t *testing.T) {
	now := present
	v := verifier(t, Options{Secret: passphrase, Cache: 3, Now: func() time.Time { return now }})
	var tokens []string
	for i := range 10 {
		tokens = append(tokens, sign(t, "HS256", []byte(passphrase),
			fmt.Sprintf(`{"role":"r%d","exp":1800000010}`, i)))
		if _, err := v.Verify(t.Context(), tokens[i]); err != nil || len(v.cache) != min(i+1, 3) {
			t.Fatalf("%d kept, %v", len(v.cache), err)
		}
	}
	now = now.Add(41 * time.Second)
	for _, token := range tokens {
		if _, err := v.Verify(t.Context(), token); err == nil || err.Error() != "JWT expired" {
			t.Error(err)
		}
	}
}

// FuzzVerify has no token accepted that has not been signed.
func FuzzVerify(f *testing.F) {
	good := sign(f, "HS256", []byte(passphrase), `{"role":"ann"}`)
	for _, seed := range []string{good, "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", good + "="} {
		f.Add(seed)
	}
	v := verifier(f, Options{Secret: passphrase, Cache: 2})
	f.Fuzz(func(t *testing.T, token string) {
		c, err := v.Verify(t.Context(), token)
		if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
			t.Errorf("%q: %v", token, err)
		}
		if err == nil && token != good {
			t.Errorf("%q is accepted as %s", token, c.Role)
		}
	})
}

// The claims that a call finds name the role in force, whatever ran before. A token's next request
// as the same role takes no memory.
func TestClaimsNameTheRoleInForce(t *testing.T) {
	for _, tt := range []struct {
		why  string
		json string
		as   []string // the roles of requests in a row
		want []string
	}{
		{"no token", "", []string{"anon"}, []string{`{"role":"anon"}`}},
		{"a token without a role", `{"sub":"ada","n":12345678901234567890}`,
			[]string{"anon", "ann", "anon"},
			[]string{`{"n":12345678901234567890,"role":"anon","sub":"ada"}`,
				`{"n":12345678901234567890,"role":"ann","sub":"ada"}`,
				`{"n":12345678901234567890,"role":"anon","sub":"ada"}`}},
		{"a role in another claim, and one that quotes", `{"role":"x","app":{"role":"a\"b"}}`,
			[]string{`a"b`}, []string{`{"app":{"role":"a\"b"},"role":"a\"b"}`}},
	} {
		c := &Claims{}
		if tt.json != "" {
			c.JSON = json.RawMessage(tt.json)
		}
		for i, role := range tt.as {
			if text, err := c.As(role); err != nil || text != tt.want[i] {
				t.Errorf("%s: as %s %s %v, want %s", tt.why, role, text, err, tt.want[i])
			}
		}
		last := tt.as[len(tt.as)-1]
		if n := testing.AllocsPerRun(10, func() { c.As(last) }); n != 0 {
			t.Errorf("%s: %v allocations for the same role", tt.why, n)
		}
	}
}
