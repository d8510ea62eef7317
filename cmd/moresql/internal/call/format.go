package call

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"strings"

	"golang.org/x/term"
)

// A Format is a form of a result.
type Format struct {
	Name   string
	accept string // the media types that a server has it by
	binary bool   // it is not for a terminal
}

// Formats are those of the option -o.
var Formats = []Format{
	{Name: "table", accept: "application/json"},
	{Name: "json", accept: "application/json"},
	{Name: "ndjson", accept: "application/x-ndjson"},
	{Name: "csv", accept: "text/csv"},
	{Name: "arrow", accept: "application/vnd.apache.arrow.stream", binary: true},
	{Name: "msgpack", accept: "application/vnd.msgpack, application/msgpack", binary: true},
	{Name: "chart", accept: "image/svg+xml"},
	{Name: "raw", accept: "text/plain, application/octet-stream;q=0.9, */*;q=0.1", binary: true},
}

// FormatNames lists the names of the formats.
func FormatNames() string {
	var names []string
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// FormatFor returns the format of a name; "" is a table on a terminal and JSON elsewhere.
func FormatFor(name string, out *Output) (Format, error) {
	if name == "" {
		if name = "json"; out.Terminal {
			name = "table"
		}
	}
	for _, f := range Formats {
		if f.Name != name {
			continue
		}
		if f.binary && out.Terminal {
			return f, fmt.Errorf("-o %s may be bytes that no terminal shows: "+
				"write them to a file by > file", name)
		}
		return f, nil
	}
	return Format{}, errors.New("-o is one of " + FormatNames())
}

// isOf reports whether a result of a media type has the format. What may be anything else is of a
// server that goes by no Accept, such as a page in which to log in.
func (f Format) isOf(mediaType string) bool {
	name, _, _ := mime.ParseMediaType(mediaType)
	return mediaType == "" || strings.Contains(f.accept, "*/*") || strings.Contains(f.accept, name)
}

// An Output is where results are written.
type Output struct {
	w        *bufio.Writer
	Terminal bool
	width    int // of the terminal; 0 is any
	colour   bool
}

// NewOutput returns the output to w, which may be a terminal. Without colour values differ by their
// text alone.
func NewOutput(w io.Writer, colour bool) *Output {
	out := &Output{w: bufio.NewWriterSize(w, 32<<10)}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		out.Terminal, out.colour = true, colour
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			out.width = width
		}
	}
	return out
}

// Print calls a routine and writes its result. An error after a part of it has been written says
// that the result is not whole.
func (t *Target) Print(
	ctx context.Context, out *Output, f Format, name string, args *Args,
) error {
	response, err := t.Call(ctx, name, f.accept, args)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if mediaType := response.Header.Get("Content-Type"); !f.isOf(mediaType) {
		return fmt.Errorf("the result is %s, which -o %s is not: -o raw has it as it is",
			mediaType, f.Name)
	}
	if f.Name == "table" {
		err = out.table(response.Body)
	} else {
		err = out.copy(response.Body)
	}
	if flushed := out.w.Flush(); err == nil {
		err = flushed
	}
	if err != nil && ctx.Err() != nil {
		return ErrInterrupted
	}
	return err
}

// copy copies the bytes of a result. A terminal gets a newline after the last line.
func (out *Output) copy(r io.Reader) error {
	last := lastByte('\n')
	_, err := io.Copy(out.w, io.TeeReader(out.shown(r), &last))
	if err == nil && out.Terminal && last != '\n' {
		err = out.w.WriteByte('\n')
	}
	if err != nil {
		return fmt.Errorf("the result is not whole: %w", err)
	}
	return nil
}

// lastByte keeps the last byte that is written.
type lastByte byte

func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		*l = lastByte(p[len(p)-1])
	}
	return len(p), nil
}
