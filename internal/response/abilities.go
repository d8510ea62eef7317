package response

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/moresql/moresql/encoder"
)

// MaxRows returns how many rows an encoder takes at most, 0 for any number.
func MaxRows(e encoder.Encoder) int64 {
	if l, ok := e.(encoder.RowLimiter); ok {
		return l.MaxRows()
	}
	return 0
}

// CheckColumns returns the error of an encoder whose format has no room for n columns; 0 is a
// number that is not known.
func CheckColumns(e encoder.Encoder, n int) error {
	if c, ok := e.(encoder.ColumnChecker); ok {
		return c.CheckColumns(n)
	}
	return nil
}

// Frames reports whether documents of an encoder depend on what is around the rows, besides the
// title, and whether they show the total.
func Frames(e encoder.Encoder) (more, total bool) {
	if f, ok := e.(encoder.Framer); ok {
		return f.Frames()
	}
	return false, false
}

// frame has the document say what is around its rows. What Reply says of a write it says once.
func (out *writer) frame() {
	f, ok := out.o.Encoder.(encoder.Framer)
	if !ok {
		return
	}
	frame := encoder.Frame{Title: out.o.Title, User: out.o.User}
	if out.r.Method == http.MethodGet || out.r.Method == http.MethodHead {
		frame.Page = out.page
	}
	out.o.Encoder = f.Framed(frame)
}

// page returns what the header of the response says, or will say, of the place of the rows.
func (out *writer) page(rows int64) encoder.Page {
	p := encoder.Page{Total: -1}
	_, h, err := out.reply(rows)
	if err != nil { // which ends the response later
		return p
	}
	_, total, _ := strings.Cut(h.Get("Content-Range"), "/")
	if n, err := strconv.ParseInt(total, 10, 64); err == nil {
		p.Total = n
	}
	for _, link := range h.Values("Link") {
		target, rel, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		switch rel {
		case `; rel="prev"`:
			p.Previous = target
		case `; rel="next"`:
			p.Next = target
		}
	}
	return p
}
