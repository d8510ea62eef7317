package token

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"
)

// A file and a URL may have other keys than when the verifier was made.
func TestKeysRotate(t *testing.T) {
	old, next := pairs(t)[0], pairs(t)[0]
	next.jwk = strings.Replace(next.jwk, `"kid":"r"`, `"kid":"s"`, 1)
	set := func(p pair) string { return `{"keys":[` + p.jwk + `]}` }
	var served atomic.Value
	served.Store(set(old))
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Write([]byte(served.Load().(string)))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "jwks")
	put := func(text string) {
		served.Store(text)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, secret := range []string{"@" + file, server.URL} {
		put(set(old))
		now := present
		v := verifier(t, Options{Secret: secret, Cache: 9, Now: func() time.Time { return now }})
		first := sign(t, "RS256", old.private, `{"role":"ann"}`, "kid", "r")
		second := sign(t, "RS256", next.private, `{"role":"bob"}`, "kid", "s")
		verify := func(token string, ok bool, when string) {
			t.Helper()
			if _, err := v.Verify(t.Context(), token); (err == nil) != ok {
				t.Errorf("%s, %s: %v", secret, when, err)
			}
		}
		verify(first, true, "before")
		verify(second, false, "before")
		put(set(next))
		now = now.Add(11 * time.Second)
		verify(second, true, "a key that is not known is loaded")
		verify(first, false, "a key that has gone")
		put("{")
		now = now.Add(time.Hour)
		verify(second, true, "what cannot be read changes nothing")
	}
	before := requests
	v := verifier(t, Options{Secret: func() string { put(set(old)); return server.URL }()})
	for range 50 {
		v.Verify(t.Context(), sign(t, "RS256", next.private, `{}`, "kid", "x"))
	}
	if n := requests - before; n > 2 {
		t.Errorf("tokens with unknown keys made %d requests to the URL", n)
	}
}

// While one request loads the keys, the others whose key is not known yet wait for them: their
// tokens are valid.
func TestTokensOfAKeyThatIsBeingLoadedWait(t *testing.T) {
	old, next := pairs(t)[0], pairs(t)[0]
	next.jwk = strings.Replace(next.jwk, `"kid":"r"`, `"kid":"s"`, 1)
	loads := make(chan string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, <-loads)
	}))
	defer server.Close()
	go func() { loads <- old.jwk }()
	var now atomic.Int64
	v := verifier(t, Options{
		Secret: server.URL, Now: func() time.Time { return present.Add(time.Duration(now.Load())) },
	})
	now.Store(int64(urlPeriod))
	first := sign(t, "RS256", old.private, `{}`, "kid", "r")
	second := sign(t, "RS256", next.private, `{}`, "kid", "s")
	results := make(chan error)
	for range 5 {
		go func() {
			_, err := v.Verify(t.Context(), second)
			results <- err
		}()
	}
	if _, err := v.Verify(t.Context(), first); err != nil {
		t.Errorf("a token whose key is known: %v", err)
	}
	select {
	case loads <- next.jwk:
	case err := <-results:
		t.Fatalf("before the keys were loaded: %v", err)
	}
	for range 5 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// A request may hold keys that others have found exchanged before it has verified its token.
func TestTokenOfAKeyThatHasGoneIsNotKept(t *testing.T) {
	const next = passphrase + "2"
	file := filepath.Join(t.TempDir(), "secret")
	now := present
	put := func(secret string) {
		if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(passphrase)
	v := verifier(t, Options{Secret: "@" + file, Cache: 9, Now: func() time.Time { return now }})
	gone := sign(t, "HS256", []byte(passphrase), `{"role":"ann"}`)
	keys, version := v.keys.current(t.Context(), false)
	put(next)
	now = now.Add(2 * time.Second)
	valid := sign(t, "HS256", []byte(next), `{"role":"bob"}`)
	if _, err := v.Verify(t.Context(), valid); err != nil {
		t.Fatal(err)
	}
	if _, err := v.decode(t.Context(), gone, keys, version); err != nil {
		t.Fatal(err) // it came in time
	}
	if c, err := v.Verify(t.Context(), gone); err == nil {
		t.Errorf("a key that has gone verifies %s", c.JSON)
	}
}

// What cannot be loaded leaves the old keys in force, which whoever exchanged them has to know.
func TestFailureToLoadKeysIsReportedOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	put := func(secret string) {
		if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(passphrase)
	now, reports := present, []string(nil)
	v := verifier(t, Options{
		Secret: "@" + file, Now: func() time.Time { return now },
		Failed: func(err error) { reports = append(reports, err.Error()) },
	})
	token := sign(t, "HS256", []byte(passphrase), `{"role":"ann"}`)
	for i, step := range []struct {
		secret string
		want   int // reports so far
	}{
		{passphrase, 0}, {"short", 1}, {"short", 1}, {passphrase, 1}, {"{", 2},
	} {
		put(step.secret)
		for range 2 {
			now = now.Add(2 * time.Second)
			if _, err := v.Verify(t.Context(), token); err != nil || len(reports) != step.want {
				t.Errorf("step %d: %v, %q", i, err, reports)
			}
		}
	}
}

func TestKeysAreRefusedAtTheStart(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(passphrase))
	}))
	defer secret.Close()
	for _, test := range []struct {
		secret, want string
		base64       bool
	}{
		{secret: "short", want: "at least 32 characters"},
		{secret: "c2hvcnQ", want: "at least 32 characters", base64: true},
		{secret: passphrase + "!", want: "not base64", base64: true},
		{secret: `{"kty":"oct","k":"c2hvcnQ"}`, want: "at least 32 characters"},
		{secret: `{"kty":"RSA","n":"AQAB","e":"AQAB"}`, want: "at least 2048 bits"},
		{secret: `{"keys":[]}`, want: "it is empty"},
		{secret: `{"keys":`, want: "not valid JSON"},
		{secret: `{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}`, want: "not understood"},
		{secret: "-----BEGIN PRIVATE KEY-----", want: "malformed"},
		{secret: "http://example.com/jwks", want: "must begin with https://"},
		{secret: secret.URL, want: "does not serve a JWKS"},
		{secret: "@/none", want: "no such file"},
	} {
		_, err := New(Options{Secret: test.secret, Base64: test.base64, RolePath: "$.role"})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.secret, err)
		}
	}
}

// Whatever form a public key is in, nobody can sign by HS256 with the text, which all may know.
func TestPublicKeysAreNoSecrets(t *testing.T) {
	list := pairs(t)
	private := list[0].private.(*rsa.PrivateKey)
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate, err := x509.CreateCertificate(
		rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "\ufeff"
	const sshText = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJUqP0jXgYxE3tAzpEuJcNqEYv0vSeQ5x"
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	encoded := base64.StdEncoding.EncodeToString
	colons := strings.TrimSuffix(regexp.MustCompile("..").
		ReplaceAllString(hex.EncodeToString(der), "$0:"), ":")
	inLines := func(text string) string {
		return regexp.MustCompile(".{1,60}").ReplaceAllString(text, "$0\n")
	}
	wide := func(text string) string { // UTF-16, as PowerShell writes files
		b := []byte{0xff, 0xfe}
		for _, r := range utf16.Encode([]rune(text)) {
			b = binary.LittleEndian.AppendUint16(b, r)
		}
		return string(b)
	}
	for _, test := range []struct {
		reason, secret string
		base64, works  bool
	}{
		{reason: "PEM", secret: text, works: true},
		{reason: "JWK", secret: list[0].jwk, works: true},
		{reason: "PEM after a byte order mark", secret: mark + text, works: true},
		{reason: "a JWK after a byte order mark", secret: mark + list[0].jwk, works: true},
		{
			reason: "PEM after what openssl pkcs12 writes", works: true,
			secret: "Bag Attributes\n    localKeyID: 01\n" + text,
		},
		{reason: "PEM in base64", secret: encoded([]byte(text)), base64: true, works: true},
		{reason: "PEM in base64 that is not decoded", secret: encoded([]byte(text))},
		{reason: "PEM in UTF-16", secret: wide(text)},
		{reason: "a JWK in UTF-16", secret: wide(list[0].jwk)},
		{reason: "a JWK in base64 that is not decoded", secret: encoded([]byte(list[0].jwk))},
		{reason: "an array of JWKs", secret: "[" + list[0].jwk + "]"},
		{reason: "PEM without its lines BEGIN and END", secret: encoded(der)},
		{reason: "and in lines", secret: regexp.MustCompile("---.*---").ReplaceAllString(text, "")},
		{reason: "and decoded", secret: encoded(der), base64: true},
		{reason: "DER", secret: string(der)},
		{reason: "DER of RSA", secret: encoded(x509.MarshalPKCS1PublicKey(&private.PublicKey))},
		{reason: "a certificate", secret: encoded(certificate)},
		{reason: "hexadecimal digits", secret: hex.EncodeToString(der)},
		{reason: "in capital letters, as xxd -u has them", secret: fmt.Sprintf("%X", der)},
		{reason: "in lines, as xxd -p has them", secret: inLines(hex.EncodeToString(der))},
		{reason: "with colons, as openssl has them", secret: colons},
		{reason: "as PostgreSQL shows bytes", secret: `\x` + hex.EncodeToString(der)},
		{reason: "of PEM", secret: hex.EncodeToString([]byte(text))},
		{reason: "openssl -modulus", secret: fmt.Sprintf("Modulus=%X", private.N)},
		{
			reason: "openssl -text",
			secret: "Public-Key: (2048 bit)\nModulus:\n    00:" + colons + "\nExponent: 65537",
		},
		{
			reason: "XML of .NET", secret: "<RSAKeyValue><Modulus>" + encoded(private.N.Bytes()) +
				"</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>",
		},
		{reason: "a line of SSH", secret: sshText},
		{reason: "after options, as sshd(8) has it", secret: `from="10.0.0.0/8" ` + sshText},
		{reason: "its base64 alone", secret: strings.TrimPrefix(sshText, "ssh-ed25519 ")},
		{reason: "SSH of ECDSA", secret: "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDn285t5"},
		{
			reason: "SSH as RFC 4716 has it",
			secret: "---- BEGIN SSH2 PUBLIC KEY ----\n" + sshText[len("ssh-ed25519 "):],
		},
	} {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(test.secret), 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := New(Options{Secret: "@" + file, Base64: test.base64, RolePath: "$.role",
			Now: func() time.Time { return present }})
		if err != nil {
			if test.works {
				t.Errorf("%s: %v", test.reason, err)
			}
			continue
		}
		token := sign(t, "RS256", private, `{"role":"ann"}`)
		if _, err := v.Verify(t.Context(), token); (err == nil) != test.works {
			t.Errorf("%s: a token by the private key: %v", test.reason, err)
		}
		token = sign(t, "HS256", []byte(strings.TrimRight(test.secret, "\r\n")), `{"role":"ann"}`)
		if _, err := v.Verify(t.Context(), token); err == nil {
			t.Errorf("%s: a token signed with the text is accepted", test.reason)
		}
	}
}

// PostgREST's documentation, "JWT Role Extraction", and that of version 14 for the form without $.
func TestRolePaths(t *testing.T) {
	const letters = `{"r":["a","b","c","d","e","f","g"]}`
	for _, test := range []struct{ path, claims, want string }{
		{"$.role", `{"role":"a"}`, "a"},
		{".role", `{"role":"a"}`, "a"},
		{"$.role", `{}`, ""},
		{"$.postgrest.roles[1]", `{"postgrest":{"roles":["other","author"]}}`, "author"},
		{".postgrest.roles[2]", `{"postgrest":{"roles":["other","author"]}}`, ""},
		{"$['https://www.example.com/role'].key",
			`{"https://www.example.com/role":{"key":"author"}}`, "author"},
		{`."https://www.example.com/role".key`,
			`{"https://www.example.com/role":{"key":"author"}}`, "author"},
		{"$.roles[?(@ == 'author')]", `{"roles":["other","author"]}`, "author"},
		{`.roles[?(@ != "other")]`, `{"roles":["other","author"]}`, "author"},
		{`.roles[?(@ ^== "au")]`, `{"roles":["other","author"]}`, "author"},
		{`.roles[?(@ ==^ "or")]`, `{"roles":["other","author"]}`, "author"},
		{`.roles[?(@ *== "tho")]`, `{"roles":["other","author"]}`, "author"},
		{`.roles[?(@ == "x")]`, `{"roles":["other","author"]}`, ""},
		{"$.postgrest.roles[?search(@, '^au')]", `{"postgrest":{"roles":["other","author"]}}`, "author"},
		{`$.roles[?(search( @ , "th.r$"))]`, `{"roles":["author!","author"]}`, "author"},
		{"$.roles[?search(@, 'x')]", `{"roles":["other",{"x":"x"}]}`, ""},
		{"$.a.b", `{"a":"text"}`, ""},
		// RFC 9535, tables 6 and 9, and of several values the first, as PostgREST has it.
		{"$[1]", `{"1":"b"}`, ""},
		{"$.r[-2]", `{"r":["a","b"]}`, "a"},
		{"$.r[-3]", `{"r":["a","b"]}`, ""},
		{"$.r[1:3]", letters, "b"},
		{"$.r[5:]", letters, "f"},
		{"$.r[1:5:2]", letters, "b"},
		{"$.r[5:1:-2]", letters, "f"},
		{"$.r[::-1]", letters, "g"},
		// Its section 2.3.4.2 on bounds outside of the array, and a step of 0.
		{"$.r[:]", letters, "a"},
		{"$.r[-2:]", letters, "f"},
		{"$.r[:-6]", letters, "a"},
		{"$.r[:-7]", letters, ""},
		{"$.r[-9:9]", letters, "a"},
		{"$.r[9:-9:-1]", letters, "g"},
		{"$.r[7:]", letters, ""},
		{"$.r[3:1]", letters, ""},
		{"$.r[1:3:-1]", letters, ""},
		{"$.r[1:3:0]", letters, ""},
		{"$.r[ 1 : 3 : 1 ]", letters, "b"},
		{"$.r[0][1:]", `{"r":["/a"]}`, ""}, // a text has no elements
		// Names as PostgREST's parser has them: letters, digits, _, $ and @.
		{".@me.$role.0", `{"@me":{"$role":{"0":"a"}}}`, "a"},
	} {
		p, err := parsePath(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		var claims map[string]any
		if err := json.Unmarshal([]byte(test.claims), &claims); err != nil {
			t.Fatal(err)
		}
		if got, err := p.role(claims); err != nil || got != test.want {
			t.Errorf("%s of %s: %q %v", test.path, test.claims, got, err)
		}
	}
	for _, text := range []string{
		"", "$", "role", "$..role", "$.*", "$.roles[?(@ == 'a')].b", "$.roles[0:1].b", "$.a b", "$.",
		".a[", "$.roles[?search(@, '(')]", "$.roles[?length(@) > 1]", "$.roles[1:2:3:4]", "$.roles[]",
		"$.r[--1]",
		// The form without $ is that of version 14, which has neither.
		".roles[-1]", ".roles[1:]", ".roles[0][1:]", ".roles[?search(@, '^au')]",
		// PostgREST's test/io/fixtures/fixtures.yaml, invalidroleclaimkeys and the deprecated ones.
		"$.my_role;;domain", "@@.role.other", "role.other", ".role##", ".my_role;;domain", ".#$$%&$%/",
		"1234", ".role[?(@ =)]",
	} {
		if p, err := parsePath(text); err == nil {
			t.Errorf("%q is understood as %d steps", text, len(p))
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{
		"$.role", ".a[0]", "$['x'].y", ".r[?(@ ^== 'a')]", "$.", "$.r[-9:9:-2]", "$.r[?search(@, '^a')]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePath(text)
		if (err == nil) != (len(p) > 0) {
			t.Errorf("%q: %d steps, %v", text, len(p), err)
		}
		p.role(map[string]any{"role": "a", "r": []any{"b", "c"}})
	})
}
