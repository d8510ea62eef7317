package routertest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	fiberrecover "github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/gorilla/handlers"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
)

// servers are the routers, with the middleware that their documentation puts first.
var servers = map[string]server{
	"net/http": func(t *testing.T, path string, h http.Handler) string {
		routes := http.NewServeMux()
		routes.Handle(path, h)
		return listen(t, routes)
	},
	"net/http with middleware that recovers": func(t *testing.T, path string, h http.Handler) string {
		return listen(t, recovering(h))
	},
	"net/http by HTTP2 with middleware that recovers": func(
		t *testing.T, path string, h http.Handler,
	) string {
		s := httptest.NewUnstartedServer(recovering(h))
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		s.EnableHTTP2 = true
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.URL
	},
	"http.TimeoutHandler": func(t *testing.T, path string, h http.Handler) string {
		return listen(t, http.TimeoutHandler(h, time.Minute, "too slow"))
	},
	"gorilla": func(t *testing.T, path string, h http.Handler) string {
		routes := mux.NewRouter()
		routes.Handle(path, h)
		quiet := handlers.RecoveryLogger(discard{})
		return listen(t, handlers.RecoveryHandler(quiet)(routes))
	},
	"gorilla with a log and compression": func(t *testing.T, path string, h http.Handler) string {
		routes := mux.NewRouter()
		routes.Handle(path, h)
		routes.Use(handlers.CompressHandler)
		quiet := handlers.RecoveryLogger(discard{})
		logged := handlers.CombinedLoggingHandler(io.Discard, routes)
		return listen(t, handlers.RecoveryHandler(quiet)(logged))
	},
	"chi": func(t *testing.T, path string, h http.Handler) string {
		routes := chi.NewRouter()
		routes.Use(chimiddleware.Recoverer, chimiddleware.Compress(5))
		routes.Method("GET", path, h)
		return listen(t, routes)
	},
	"gin": func(t *testing.T, path string, h http.Handler) string {
		gin.SetMode(gin.ReleaseMode)
		gin.DefaultWriter, gin.DefaultErrorWriter = io.Discard, io.Discard
		routes := gin.Default()
		routes.GET(path, gin.WrapH(h))
		return listen(t, routes)
	},
	"gin with a recovery of the program's": func(t *testing.T, path string, h http.Handler) string {
		gin.SetMode(gin.ReleaseMode)
		routes := gin.New()
		routes.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.Next() }))
		routes.GET(path, gin.WrapH(h))
		return listen(t, routes)
	},
	"echo": func(t *testing.T, path string, h http.Handler) string {
		routes := echo.New()
		routes.Use(echomiddleware.Recover(), echomiddleware.Gzip())
		routes.GET(path, echo.WrapHandler(h))
		return listen(t, routes)
	},
	"fiber": func(t *testing.T, path string, h http.Handler) string {
		return listenFiber(t, path, h)
	},
	"fiber with middleware that recovers": func(t *testing.T, path string, h http.Handler) string {
		return listenFiber(t, path, h, fiberrecover.New())
	},
	"fiber with a context of the program's": func(t *testing.T, path string, h http.Handler) string {
		return listenFiber(t, path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r.WithContext(valued{r.Context()}))
		}))
	},
}

// recovering is what a program writes that wants to survive panics.
func recovering(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { recover() }()
		h.ServeHTTP(w, r)
	})
}

type discard struct{}

func (discard) Println(...any) {}

// listenFiber serves a handler by fasthttp, whose process ends with a panic that nobody recovers
// from.
func listenFiber(t *testing.T, path string, h http.Handler, middleware ...any) string {
	app := fiber.New()
	for _, m := range middleware {
		app.Use(m)
	}
	app.Get(path, adaptor.HTTPHandler(h))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		ended <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
	}()
	t.Cleanup(func() {
		listener.Close() // fasthttp's Shutdown has a data race with the contexts of its requests
		<-ended
	})
	return "http://" + listener.Addr().String()
}

// valued hides what a context is, as context.WithValue does.
type valued struct{ context.Context }
