package response

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"github.com/moresql/moresql/internal/sqlstate"
)

// A Log logs failed calls. It is safe for concurrent use.
type Log struct {
	*slog.Logger
	missing sync.Map // names of procedures that have been reported missing
}

// NewLog returns a Log that writes to a logger, or to slog.Default() for nil.
func NewLog(logger *slog.Logger) *Log { return &Log{Logger: cmp.Or(logger, slog.Default())} }

// A Failure is a call that has failed.
type Failure struct {
	Proc      string
	Status    int    // of the response
	Code      string // SQLSTATE
	Aborted   bool   // the response had begun
	RequestID string
	Err       error
}

// Failed logs a failure: as an error if it is the server's and the client is there to suffer it,
// else as the client's mistake, at the level Debug; a client whose response is aborted cannot see
// the mistake, and so that is a warning. The database's text of it may have a value of the request,
// and is for the level Debug; the code says what is wrong.
//
// A procedure that does not exist is the program's mistake, although 404 looks like the client's.
// It is a warning, once for each, since every request would repeat it.
func (l *Log) Failed(r *http.Request, f Failure) {
	level, isThere := slog.LevelDebug, !errors.Is(r.Context().Err(), context.Canceled)
	switch {
	case f.Status < 500 && sqlstate.Undefined(f.Code):
		if _, known := l.missing.LoadOrStore(f.Proc, true); !known {
			level = slog.LevelWarn
		}
	case f.Status >= 500 && isThere:
		level = slog.LevelError
	case f.Aborted && isThere:
		level = slog.LevelWarn
		if f.Code != "" && !l.Enabled(r.Context(), slog.LevelDebug) {
			f.Err = errors.New("see the code")
		}
	}
	if f.RequestID == "" && r.Header.Get("X-Request-Id") != "" {
		f.RequestID = RequestID(r)
	}
	l.Log(r.Context(), level, "moresql: the call failed",
		"method", r.Method, "path", r.URL.Path, "procedure", f.Proc, "status", f.Status,
		"code", f.Code, "aborted", f.Aborted, "request_id", f.RequestID, "error", f.Err)
}
