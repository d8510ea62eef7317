package token

import (
	"encoding/json"
	"math"
	"time"
)

// leeway is what the clocks of two machines may differ by, as in PostgREST.
const leeway = 30 * time.Second

// Subject returns the claim sub, "" if the token has none.
func (c *Claims) Subject() string {
	subject, _ := c.values["sub"].(string)
	return subject
}

// claimsAs are claims with a role.
type claimsAs struct{ role, json string }

// As returns the claims as a JSON object whose role is the one in force, as PostgREST has them.
// Those of one role are kept, since the requests of a token mostly run as the same.
func (c *Claims) As(role string) (string, error) {
	if last := c.last.Load(); last != nil && last.role == role {
		return last.json, nil
	}
	all := map[string]json.RawMessage{}
	if c.JSON != nil {
		if err := json.Unmarshal(c.JSON, &all); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(role)
	if err != nil {
		return "", err
	}
	all["role"] = text
	if text, err = json.Marshal(all); err != nil {
		return "", err
	}
	c.last.Store(&claimsAs{role, string(text)})
	return string(text), nil
}

// check checks the claims of RFC 7519, 4.1, at the present time. A claim that is there and not
// understood is a reason to refuse the token.
func (v *Verifier) check(c *Claims) error {
	now, margin := float64(v.Now().UnixMilli())/1000, leeway.Seconds()
	for _, t := range []struct {
		name    string
		refuses func(at float64) bool
		text    string
	}{
		{"exp", func(at float64) bool { return now >= at+margin }, "JWT expired"},
		{"nbf", func(at float64) bool { return now < at-margin }, "JWT not yet valid"},
		{"iat", func(at float64) bool { return now < at-margin }, "JWT issued at future"},
	} {
		value, ok := c.values[t.name]
		if !ok || value == nil {
			continue
		}
		number, ok := value.(json.Number)
		at, err := number.Float64()
		if !ok || err != nil || math.IsInf(at, 0) {
			return wrong("The JWT '%s' claim must be a number", t.name)
		}
		if t.refuses(at) {
			return wrong("%s", t.text)
		}
	}
	if v.Issuer != "" && c.values["iss"] != v.Issuer {
		return wrong("JWT not from the issuer")
	}
	return v.checkAudience(c.values["aud"])
}

// checkAudience accepts a token that has no audience, as PostgREST does, unless it must have one.
func (v *Verifier) checkAudience(aud any) error {
	var list []any
	switch aud := aud.(type) {
	case nil:
	case string:
		list = []any{aud}
	case []any:
		list = aud
	default:
		return wrong("The JWT 'aud' claim must be a string or an array of strings")
	}
	found := v.Audience == "" || len(list) == 0 && !v.Intended
	for _, one := range list {
		text, ok := one.(string)
		if !ok {
			return wrong("The JWT 'aud' claim must be a string or an array of strings")
		}
		found = found || text == v.Audience
	}
	if !found {
		return wrong("JWT not in audience")
	}
	return nil
}
