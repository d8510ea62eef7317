package logs

import (
	"bytes"
	"log/slog"
	"testing"
	"time"
)

// The bytes of a line are those that slog's own handlers write.
func TestLinesAboutRequestsAreThoseOfSlog(t *testing.T) {
	zone := time.FixedZone("", -(3*3600 + 1800))
	times := []time.Time{
		time.Date(2026, 11, 28, 22, 50, 38, 0, time.UTC), time.Unix(1_800_000_000, 999_999_999).UTC(),
		time.Date(2026, 1, 2, 3, 4, 5, 6, zone), time.Unix(1, 120_000_000).In(zone), time.Now(),
	}
	texts := []string{
		"GET", "/rpc/films", "", " ", "a b", "a=b", `a"b`, `a\b`, "a\nb", "a\tb", "\x00", "\x7f",
		"é", "\u2028", "\ufffd", "\xff", "<&>'", "{}", "[1,2]", "null", "true", "1", "%20", "😀",
	}
	for c := range 256 {
		texts = append(texts, "a"+string([]byte{byte(c)}))
	}
	for i, text := range texts {
		at := times[i%len(times)]
		attrs := []slog.Attr{
			slog.String("path", text), slog.Int("status", 200-i), slog.Int64("bytes", int64(i)<<40),
			slog.Duration("duration", time.Duration(i*i*i)*time.Millisecond+time.Duration(i)),
			slog.Bool("aborted", i%2 == 0), slog.String("code", "22P02"),
		}
		for _, format := range []string{"text", "json"} {
			var got, want bytes.Buffer
			l := &Logging{format: format}
			l.RequestLog(&got).add(at, attrs)
			record := slog.NewRecord(at, slog.LevelInfo, "request", 0)
			record.AddAttrs(attrs...)
			l.Logger(&want).Handler().Handle(t.Context(), record)
			if got.String() != want.String() {
				t.Errorf("%q as %s:\n%swant\n%s", text, format, &got, &want)
			}
		}
	}
}
