package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// ginRouter passes the parameters of gin on. UseRawPath has gin match a path whose values hold a
// slash, and unescape them.
func ginRouter(a api) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.UseRawPath = true
	r.Use(gin.Recovery())
	r.GET("/cars", ginHandler(a.list))
	r.GET("/cars/:id", ginHandler(a.get))
	r.POST("/cars/:id", ginHandler(a.create))
	return r
}

// ginHandler is gin.WrapH that keeps the values of the path.
func ginHandler(h http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		for _, p := range c.Params {
			c.Request.SetPathValue(p.Key, p.Value)
		}
		h.ServeHTTP(c.Writer, c.Request)
	}
}
