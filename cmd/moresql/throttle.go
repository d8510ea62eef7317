package main

import (
	"errors"
	"flag"
	"math"
	"net/http"
	"strconv"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/throttle"
	"github.com/moresql/moresql/rest"
)

// A pace is how fast each client may make requests. It is off unless a flag sets it: where a proxy
// is in front all clients have one address, and would share one limit.
type pace struct {
	perSecond float64 // 0 for no limit
	burst     int     // 0 for as many as a second has
	field     string  // the header field in which a proxy names the client, "" for none
}

// rememberedClients bounds the memory for clients, to some megabytes.
const rememberedClients = 20_000

func (p *pace) flags(flags *flag.FlagSet) {
	flags.Float64Var(&p.perSecond, "rate-limit", 0,
		"let each client make `n` requests a second, which may be a fraction; others get 429 with\n"+
			"Retry-After; a client is the subject of a valid token, or else an address; 0 is no limit")
	flags.IntVar(&p.burst, "rate-burst", 0,
		"with -rate-limit: let a client make `n` requests at once; 0 is as many as in a second")
	flags.StringVar(&p.field, "rate-header", "",
		"with -rate-limit: find the address of a client at the end of the header `FIELD`, such as\n"+
			"X-Forwarded-For, which a proxy has to set for each request")
}

// check returns an error that says what makes no sense.
func (p *pace) check() error {
	switch {
	case !(p.perSecond >= 0 && p.perSecond <= math.MaxInt32) || p.burst < 0: // NaN is neither
		return errors.New("-rate-limit and -rate-burst must be numbers of requests, or 0")
	case p.perSecond == 0 && (p.burst > 0 || p.field != ""):
		return errors.New("-rate-burst and -rate-header are for -rate-limit: set it as well")
	}
	return nil
}

// limiter returns what counts the requests of each client, nil without a limit. It is that of the
// last generation if the limit is the same, since no client should get a new burst by a reload.
func (p *pace) limiter(last *generation) *throttle.Limiter {
	switch {
	case p.perSecond == 0:
		return nil
	case last != nil && last.pace == *p:
		return last.limiter
	}
	burst := p.burst
	if burst == 0 {
		burst = int(max(1, math.Ceil(p.perSecond)))
	}
	return throttle.New(p.perSecond, burst, rememberedClients)
}

// throttled refuses requests of clients that make too many. Those for the health of the server are
// not counted, nor are those that browsers send first by themselves. field is the header field in
// which a proxy names the client, "" for none. who knows the subjects of tokens, and is nil without
// tokens: a text that nobody has verified would be a new client each time.
func throttled(
	limiter *throttle.Limiter, field string, who *identity, next http.Handler,
) http.Handler {
	if limiter == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" || r.URL.Path == "/ready" || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		client := "address " + throttle.Address(r, field)
		if subject := who.subject(r); subject != "" {
			client = "subject " + subject
		}
		wait := limiter.Take(client)
		if wait <= 0 {
			next.ServeHTTP(w, r)
			return
		}
		seconds := strconv.FormatFloat(math.Ceil(wait.Seconds()), 'f', 0, 64)
		rest.Fail(w, r, &moresql.Error{
			Status: http.StatusTooManyRequests, Public: true,
			Message: "there are too many requests of this client", Hint: "try again in " + seconds + " s",
			Header: http.Header{"Retry-After": {seconds}},
		})
	})
}

// subject returns that of the valid token of a request, "" if it has none.
func (i *identity) subject(r *http.Request) string {
	if i == nil || i.verifier == nil {
		return ""
	}
	claims, err := i.claims(r)
	if err != nil {
		return ""
	}
	return claims.Subject()
}
