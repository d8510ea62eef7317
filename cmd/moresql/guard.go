package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/rs/cors"
)

// guarded has clients take an answer for what it says that it is, and keep none: whose it is may depend on a password in the query or the
// body, which no cache knows, and nothing tells a cache when it is out of date. What a function says of caching goes before.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// shared lets pages of the origins read the answers (fetch.spec.whatwg.org, CORS protocol): by any method that there is and with any field,
// as PostgREST's clients send several of their own. Credentials that a browser adds by itself, cookies, are left out.
func shared(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{"Content-Range", "Link", "Location", "Retry-After", "X-Request-Id"},
		MaxAge:         3600,
	}).Handler(next)
}

// isOrigin reports whether a text is an origin as browsers send it (RFC 6454, 6.2): no path, no user, and above all no password.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && text == u.Scheme+"://"+u.Host
}

// checkUser refuses a user of the database who may do everything: a mistake in one procedure would then give away all there is.
func (db *database) checkUser(ctx context.Context) error {
	if db.system.superuser == "" {
		return nil
	}
	var super bool
	if err := db.QueryRowContext(ctx, db.system.superuser).Scan(&super); err != nil {
		return db.explain(err)
	}
	if super {
		return fmt.Errorf("the user in %s is a superuser of %s: name one that may do no more than the procedures need, or allow it with -superuser",
			db.variable, db.server)
	}
	return nil
}
