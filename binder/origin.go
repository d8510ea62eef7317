package binder

import (
	"fmt"
	"net/http"
	"unicode/utf8"
)

// Header returns a field whose value is that of a header field of the request, as for [InHeader].
func Header(name, header string) Field { return Field{Name: name}.From(InHeader(header)) }

// Cookie returns a field whose value is that of a cookie, as for [InCookie].
func Cookie(name, cookie string) Field { return Field{Name: name}.From(InCookie(cookie)) }

// Value returns a field whose value a function derives from the request, such as the user who has
// signed in. The value may be of any type that the driver takes. An *[Error] of status 400 is
// reported with the problems of other fields; any other error ends [Bind] at once. The function
// must be safe for concurrent use.
func Value(name string, f func(r *http.Request) (any, error)) Field {
	return Field{Name: name}.From(SourceFunc(func(r *http.Request) (Lookup, error) {
		return func(string) (any, bool, error) {
			value, err := f(r)
			return value, err == nil, err
		}, nil
	}))
}

// Const returns a field that has the same value in every call, which no request can change.
func Const(name string, value any) Field {
	return Value(name, func(*http.Request) (any, error) { return value, nil })
}

// BodyText returns a field whose value is the whole body as a string, which must be UTF-8. An empty
// body is absent. The rest is as for [RawBody].
func BodyText(name string) Field {
	return Field{Name: name}.From(wholeBody(func(name string, body []byte) (any, error) {
		if !utf8.Valid(body) {
			return nil, refuse(name, "the body is not valid UTF-8")
		}
		return unsafeString(body), nil
	}))
}

// BodyBytes is [BodyText] for a parameter of type bytea: the value is a []byte, of any bytes.
func BodyBytes(name string) Field {
	take := func(_ string, body []byte) (any, error) { return body, nil }
	return Field{Name: name}.From(wholeBody(take))
}

// A wholeBody is a source that turns the body into the value of every name.
type wholeBody func(name string, body []byte) (any, error)

// Open implements [Source].
func (s wholeBody) Open(r *http.Request) (Lookup, error) {
	body, _, err := RawBody(r)
	if len(body) == 0 || err != nil {
		return nil, err
	}
	return func(name string) (any, bool, error) {
		value, err := s(name, body)
		return value, err == nil, err
	}, nil
}

func (wholeBody) String() string { return "body" }

// InHeader returns a source that has the value of one header field for every name:
// UUID("tenant").From(InHeader("Tenant-Id")). The value is not split at commas. A repeated header
// field has status 400.
func InHeader(header string) Source { return headerSource(http.CanonicalHeaderKey(header)) }

type headerSource string

// Open implements [Source].
func (s headerSource) Open(r *http.Request) (Lookup, error) {
	values := r.Header.Values(string(s))
	if s == "Host" { // net/http keeps it apart
		values = []string{r.Host}
	}
	return single(s.String(), values), nil
}

func (s headerSource) String() string { return "header " + string(s) }

// InCookie returns a source that has the value of one cookie for every name. A repeated cookie has
// status 400: browsers send one for each path that it is set for, and their order is not to be
// relied on (RFC 6265, section 4.2.2).
func InCookie(cookie string) Source { return cookieSource(cookie) }

type cookieSource string

// Open implements [Source].
func (s cookieSource) Open(r *http.Request) (Lookup, error) {
	var values []string
	for _, cookie := range r.CookiesNamed(string(s)) {
		values = append(values, cookie.Value)
	}
	return single(s.String(), values), nil
}

func (s cookieSource) String() string { return "cookie " + string(s) }

// single returns a lookup that has the only value for every name, and refuses several.
func single(place string, values []string) Lookup {
	if len(values) == 0 {
		return nil
	}
	return func(name string) (any, bool, error) {
		if len(values) > 1 {
			message := fmt.Sprintf("%s (%s) is given %d times", name, place, len(values))
			return nil, false, refuse(name, message)
		}
		return values[0], true, nil
	}
}
