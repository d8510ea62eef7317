package logs

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"
)

// A RequestLog writes the lines about requests, with the bytes of slog's handlers but less work,
// since each request has one. It leaves to them what has to be quoted.
type RequestLog struct {
	slog.Handler // of the whole log
	w            io.Writer
	json         bool
}

// RequestLog returns the log of requests.
func (l *Logging) RequestLog(w io.Writer) *RequestLog {
	return &RequestLog{l.Logger(w).Handler(), w, l.format == "json"}
}

// lineBuffers are for lines that are written.
var lineBuffers = sync.Pool{New: func() any { return new([]byte) }}

// add writes one line, at the level INFO. Its writer is safe for concurrent use.
func (l *RequestLog) add(at time.Time, attrs []slog.Attr) {
	buffer := lineBuffers.Get().(*[]byte)
	line, ok := appendLine((*buffer)[:0], l.json, at, attrs)
	if ok {
		l.w.Write(line)
	} else {
		// By the handler, since the Logger would look up the line of code, which nobody wants.
		record := slog.NewRecord(at, slog.LevelInfo, request, 0)
		record.AddAttrs(attrs...)
		l.Handle(context.Background(), record)
	}
	if cap(line) <= 4<<10 {
		*buffer = line
		lineBuffers.Put(buffer)
	}
}

const request = "request" // the message of each line

// appendLine appends a line to b, unless a value has to be quoted.
func appendLine(b []byte, json bool, at time.Time, attrs []slog.Attr) ([]byte, bool) {
	if json {
		b = at.AppendFormat(append(b, `{"time":"`...), time.RFC3339Nano)
		b = append(b, `","level":"INFO","msg":"`+request+`"`...)
	} else {
		b = at.AppendFormat(append(b, "time="...), "2006-01-02T15:04:05.000Z07:00")
		b = append(b, " level=INFO msg="+request...)
	}
	for _, a := range attrs {
		if json {
			b = append(append(append(b, `,"`...), a.Key...), `":`...)
		} else {
			b = append(append(append(b, ' '), a.Key...), '=')
		}
		switch v := a.Value; v.Kind() {
		case slog.KindInt64:
			b = strconv.AppendInt(b, v.Int64(), 10)
		case slog.KindBool:
			b = strconv.AppendBool(b, v.Bool())
		case slog.KindDuration:
			if json {
				b = strconv.AppendInt(b, int64(v.Duration()), 10)
			} else {
				b = append(b, v.Duration().String()...)
			}
		default:
			text := v.String()
			switch {
			case v.Kind() != slog.KindString || !isBare(text):
				return b, false
			case json:
				b = append(append(append(b, '"'), text...), '"')
			default:
				b = append(b, text...)
			}
		}
	}
	if json {
		b = append(b, '}')
	}
	return append(b, '\n'), true
}

// isBare reports whether a text is the same with and without quotes, in both formats.
func isBare(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\' {
			return false
		}
	}
	return text != ""
}
