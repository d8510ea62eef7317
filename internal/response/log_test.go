package response

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

// A client cannot see why its response ends in the midst of a row, so the log says it.
func TestLogSaysWhyAResponseIsAborted(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, test := range []struct {
		reason  string
		ctx     context.Context
		failure Failure
		least   slog.Level
		want    string
		shown   bool
	}{
		{"a mistake of the client", t.Context(), Failure{Status: 400}, slog.LevelDebug, "DEBUG", true},
		{"found late", t.Context(), Failure{Status: 400, Aborted: true}, slog.LevelInfo, "WARN", true},
		{"found late by the database", t.Context(),
			Failure{Status: 400, Aborted: true, Code: "22P02"}, slog.LevelInfo, "code=22P02", false},
		{"for those who look closely", t.Context(),
			Failure{Status: 400, Aborted: true, Code: "22P02"}, slog.LevelDebug, "WARN", true},
		{"found late, when the client has left", gone,
			Failure{Status: 400, Aborted: true}, slog.LevelDebug, "DEBUG", true},
		{"of the server", t.Context(),
			Failure{Status: 500, Aborted: true}, slog.LevelInfo, "ERROR", true},
		{"as the log of requests has it", t.Context(),
			Failure{Status: 400, Aborted: true}, slog.LevelInfo, "request_id=from-the-proxy ", true},
	} {
		var b bytes.Buffer
		handler := slog.NewTextHandler(&b, &slog.HandlerOptions{Level: test.least})
		test.failure.Err = errors.New("the reason")
		r := httptest.NewRequest("GET", "/f", nil).WithContext(test.ctx)
		r.Header.Set("X-Request-Id", "from-the-proxy")
		NewLog(slog.New(handler)).Failed(r, test.failure)
		if text := b.String(); !strings.Contains(text, test.want) ||
			strings.Contains(text, "the reason") != test.shown {
			t.Errorf("%s: %s, want %s", test.reason, text, test.want)
		}
	}
}
