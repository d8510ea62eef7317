package main

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// echoRouter passes the parameters of echo on.
func echoRouter(a api) http.Handler {
	e := echo.New()
	e.Use(middleware.Recover())
	e.GET("/cars", echoHandler(a.list))
	e.GET("/cars/:id", echoHandler(a.get))
	e.POST("/cars/:id", echoHandler(a.create))
	return e
}

// echoHandler is echo.WrapHandler that keeps the values of the path. They are still escaped where
// the path has an escape that it needs, such as %2F.
func echoHandler(h http.Handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		values := c.ParamValues()
		for i, name := range c.ParamNames() {
			value := values[i]
			if c.Request().URL.RawPath != "" { // what echo has matched
				var err error
				if value, err = url.PathUnescape(value); err != nil {
					return echo.ErrBadRequest
				}
			}
			c.Request().SetPathValue(name, value)
		}
		h.ServeHTTP(c.Response(), c.Request())
		return nil
	}
}
