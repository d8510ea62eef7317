package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
)

// fiberApp passes the parameters of fiber on. fiber is not built on net/http: its adaptor holds a
// response in memory, so that big results do not stream.
func fiberApp(a api) *fiber.App {
	app := fiber.New()
	app.Get("/cars", fiberHandler(a.list))
	app.Get("/cars/:id", fiberHandler(a.get))
	app.Post("/cars/:id", fiberHandler(a.create))
	return app
}

// fiberHandler is adaptor.HTTPHandler that keeps the values of the path.
func fiberHandler(h http.Handler) fiber.Handler {
	return func(c fiber.Ctx) error {
		values := map[string]string{}
		for _, name := range c.Route().Params {
			value, err := url.PathUnescape(c.Params(name))
			if err != nil {
				return fiber.ErrBadRequest
			}
			values[name] = strings.Clone(value) // fiber uses the memory again
		}
		return adaptor.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// The context is fasthttp's own, which it uses again after the request. It never learns that
			// the client has left.
			r = r.WithContext(context.WithoutCancel(r.Context()))
			for name, value := range values {
				r.SetPathValue(name, value)
			}
			h.ServeHTTP(w, r)
		}))(c)
	}
}
