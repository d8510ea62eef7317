package binder

import (
	"fmt"
	"net/http"
	"unicode/utf8"
)

// Header returns a field whose value is that of a header field of the request, as [InHeader] has it.
func Header(name, header string) Field { return Field{Name: name}.From(InHeader(header)) }

// Cookie returns a field whose value is that of a cookie, as [InCookie] has it.
func Cookie(name, cookie string) Field { return Field{Name: name}.From(InCookie(cookie)) }

// Value returns a field whose value a function makes of the request: who has signed in, say. It may be of any type that the
// driver takes. An *[Error] of status 400 is reported with the problems of other fields; any other error ends [Bind] at once.
func Value(name string, f func(r *http.Request) (any, error)) Field {
	return Field{Name: name}.From(SourceFunc(func(r *http.Request) (Lookup, error) {
		return func(string) (any, bool, error) {
			value, err := f(r)
			return value, err == nil, err
		}, nil
	}))
}

// Const returns a field that has the same value for every request, which can't change it.
func Const(name string, value any) Field {
	return Value(name, func(*http.Request) (any, error) { return value, nil })
}

// BodyText returns a field whose value is the whole body as a string, which must be UTF-8. An empty body is absent. What else the
// body must be is said at [RawBody].
func BodyText(name string) Field {
	return Field{Name: name}.From(wholeBody(func(name string, body []byte) (any, error) {
		if !utf8.Valid(body) {
			return nil, refuse(name, "the body is not valid UTF-8")
		}
		return string(body), nil
	}))
}

// BodyBytes is [BodyText] for a parameter of type bytea: the value is a []byte, of any bytes.
func BodyBytes(name string) Field {
	return Field{Name: name}.From(wholeBody(func(_ string, body []byte) (any, error) { return body, nil }))
}

// A wholeBody makes a value of the body.
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

// InHeader returns the source of one header field, whose value is that of every name: UUID("tenant").From(InHeader("Tenant-Id")).
// It is not split at commas. Several of that name have status 400.
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

// InCookie returns the source of one cookie, whose value is that of every name. Several of that name, which a browser sends when
// they are set for different paths, have status 400: their order says little (RFC 6265, 4.2.2).
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

// single looks up the only value that there is.
func single(place string, values []string) Lookup {
	if len(values) == 0 {
		return nil
	}
	return func(name string) (any, bool, error) {
		if len(values) > 1 {
			return nil, false, refuse(name, fmt.Sprintf("%s (%s) is given %d times", name, place, len(values)))
		}
		return values[0], true, nil
	}
}
