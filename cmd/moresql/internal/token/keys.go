// Package token verifies the bearer tokens of requests: JSON Web Tokens (RFC 7519) that are signed
// by a secret or a private key, and from which PostgREST's conventions take a role.
package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/MicahParks/jwkset"
)

// minSecret is the least number of bytes of a secret, the size of the hash of HS256 (RFC 7518,
// 3.2), as in PostgREST.
const minSecret = 32

// minModulus is the least number of bits of an RSA key (RFC 7518, 3.3).
const minModulus = 2048

// A key verifies the signatures of some algorithms. A public key is never one for HS256, for which
// whoever knows it could sign.
type key struct {
	id         string
	algorithms []string
	material   any // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// parseKeys returns the keys in a text: a JWK, a JWKS (RFC 7517), a public key in PEM, or else a
// secret. Of a set those that cannot verify a token are left out. No error quotes the text.
func parseKeys(text string) ([]key, error) {
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "{"):
		return parseJWKS(trimmed)
	case strings.Contains(trimmed, pemBegin): // what stands before it is no part of it (RFC 7468, 5.2)
		return parsePEM(trimmed)
	case isPublic(trimmed):
		return nil, errors.New("it is a public key, and would be a secret that is known to all: " +
			"write it in UTF-8 as PEM, from BEGIN PUBLIC KEY to END, or as a JWK or a JWKS")
	}
	return wrap("", "", []byte(text))
}

const pemBegin = "-----BEGIN "

// ssh is the base64 of a key of SSH, which begins with the length of its type (RFC 4253, 6.6), and
// that with ssh-, ecdsa or sk-.
var ssh = regexp.MustCompile(`AAAA(?:[A-Z]3NzaC|[A-Z]2VjZHNh|[A-Z]nNrL)`)

// described matches what tools write around a key in forms of their own, such as openssl and .NET.
var described = regexp.MustCompile(`(?i)public[ -]?key|modulus`)

// isPublic reports whether a text is a public key in a form that is not read, in which somebody may
// have copied it from elsewhere: no form may make it a secret.
func isPublic(text string) bool {
	plain := strings.ReplaceAll(text, "\x00", "") // as UTF-16 has zeros
	if strings.Contains(plain, pemBegin) || strings.Contains(plain, `"kty"`) ||
		ssh.MatchString(text) || described.MatchString(plain) || isDER(text) {
		return true
	}
	for _, decode := range []func(string) (string, error){decodeBase64, decodeHex} {
		decoded, err := decode(strings.Join(strings.Fields(text), ""))
		if err == nil && (isDER(decoded) || strings.Contains(decoded, pemBegin) ||
			strings.Contains(decoded, `"kty"`)) {
			return true
		}
	}
	return false
}

// decodeHex returns the bytes that hexadecimal digits stand for, which tools write with colons
// between them or a mark of bytes before.
func decodeHex(text string) (string, error) {
	digits := strings.ReplaceAll(text, ":", "")
	for _, mark := range []string{"0x", "0X", `\x`} {
		digits = strings.TrimPrefix(digits, mark)
	}
	decoded, err := hex.DecodeString(digits)
	return string(decoded), err
}

func isDER(text string) bool {
	_, pkix := x509.ParsePKIXPublicKey([]byte(text))
	_, pkcs1 := x509.ParsePKCS1PublicKey([]byte(text))
	_, certificate := x509.ParseCertificate([]byte(text))
	return pkix == nil || pkcs1 == nil || certificate == nil
}

// decodeBase64 returns the bytes of a secret in either alphabet of base64, with or without padding.
func decodeBase64(text string) (string, error) {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/", ".", "=").Replace(text), "=")
	secret, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return "", errors.New("the secret is not base64") // err would quote a part of it
	}
	return string(secret), nil
}

func parseJWKS(text string) ([]key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return nil, errors.New("the JWK is not valid JSON")
	}
	if set.Keys == nil {
		return parseJWK([]byte(text))
	}
	var list []key
	var err error
	for _, one := range set.Keys {
		keys, e := parseJWK(one)
		if e != nil {
			err = e
		}
		list = append(list, keys...)
	}
	if len(list) == 0 {
		if err == nil {
			err = errors.New("it is empty")
		}
		return nil, fmt.Errorf("no key of the JWKS can verify a token: %w", err)
	}
	return list, nil
}

func parseJWK(text []byte) ([]key, error) {
	var marshal jwkset.JWKMarshal
	if err := json.Unmarshal(text, &marshal); err != nil {
		return nil, errors.New("the JWK is malformed")
	}
	if marshal.USE != "" && marshal.USE != jwkset.UseSig {
		return nil, errors.New("the JWK is not for signatures")
	}
	// What a key may do and a certificate says of it must not keep a public key from being read.
	marshal.X5U, marshal.X5C, marshal.X5T, marshal.X5TS256, marshal.KEYOPS = "", nil, "", "", nil
	options := jwkset.JWKMarshalOptions{Private: true}
	jwk, err := jwkset.NewJWKFromMarshal(marshal, options, jwkset.JWKValidateOptions{})
	if err != nil {
		return nil, errors.New("the JWK is not understood")
	}
	return wrap(marshal.KID, string(marshal.ALG), jwk.Key())
}

func parsePEM(text string) ([]key, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the PEM is malformed")
	}
	var material any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		material, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		material, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, errors.New("the PEM is not that of a public key: BEGIN PUBLIC KEY")
	}
	if err != nil {
		return nil, errors.New("the public key in PEM is not understood")
	}
	return wrap("", "", material)
}

// wrap returns a key for the algorithms that the material is for, or for one of them.
func wrap(id, algorithm string, material any) ([]key, error) {
	if private, ok := material.(interface{ Public() crypto.PublicKey }); ok {
		material = private.Public()
	}
	algorithms, err := algorithmsOf(material)
	if err != nil {
		return nil, err
	}
	if algorithm != "" {
		if !slices.Contains(algorithms, algorithm) {
			return nil, errors.New("the key is not one for the algorithm that the JWK names")
		}
		algorithms = []string{algorithm}
	}
	return []key{{id, algorithms, material}}, nil
}

// algorithmsOf returns the algorithms that a key is for (RFC 7518, 3.1, and RFC 8037, 3.1).
func algorithmsOf(material any) ([]string, error) {
	switch k := material.(type) {
	case []byte:
		switch {
		case len(k) < minSecret:
			return nil, fmt.Errorf("the secret must have at least %d characters", minSecret)
		case len(k) < 48: // 3.2: no shorter than the hash
			return []string{"HS256"}, nil
		case len(k) < 64:
			return []string{"HS256", "HS384"}, nil
		}
		return []string{"HS256", "HS384", "HS512"}, nil
	case *rsa.PublicKey:
		if k.N.BitLen() < minModulus {
			return nil, fmt.Errorf("the RSA key must have at least %d bits", minModulus)
		}
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, nil
	case *ecdsa.PublicKey:
		algorithm, ok := map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[k.Params().BitSize]
		if !ok {
			return nil, errors.New("the curve of the key is not P-256, P-384 or P-521")
		}
		return []string{algorithm}, nil
	case ed25519.PublicKey:
		return []string{"EdDSA"}, nil
	}
	return nil, errors.New("the key is not for signatures")
}
