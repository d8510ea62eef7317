package moresql

import (
	"database/sql"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/row"
)

// An answer is what is about to be asked of the database for a request.
type answer struct {
	Statement
	values  []any
	asked   *asked         // of its result, nil for all of it
	inner   *dialect.Inner // the statement as one that can be asked of, nil when it cannot
	dialect Dialect
}

// answer runs a statement and sends what it returns.
func (x *exchange) answer(a answer) error {
	selected, err := x.selected(&a)
	if err != nil {
		return err
	}
	columns := len(selected.Names) // as far as they are known before the call
	if columns == 0 && a.inner != nil {
		columns = len(a.inner.Columns)
	}
	if err := x.fits(columns); err != nil {
		return err
	}
	var last *trailer
	if x.httpSettings && selected.Meta == 0 {
		last = x.askLast()
	}
	return x.run(a.Statement, a.values, described(selected), last, func(rows *row.Rows) error {
		x.guard(rows)
		for _, f := range x.each {
			rows.Each(f)
		}
		if x.maxPage > 0 && a.asked == nil && !x.single() {
			rows.Each(atMost(x.maxPage))
		}
		if err := x.front(rows, a.asked); err != nil {
			return err
		}
		if len(rows.Columns()) > 0 {
			if err := x.shaped(rows); err != nil {
				return err
			}
		}
		if x.redirect != "" {
			return x.sendAway(rows)
		}
		return x.send(rows)
	})
}

// atMost leaves out the rows behind the first n: of a result that cannot be a subquery, nobody else does.
func atMost(n int64) func(*row.Row) error {
	return func(*row.Row) error {
		if n--; n < 0 {
			return row.ErrSkip
		}
		return nil
	}
}

// fits refuses several columns where the request has chosen a bare value, before the call is run: afterwards the encoder would.
func (x *exchange) fits(columns int) error {
	mediaType := x.encoder.MediaType()
	if columns < 2 || len(x.encoders) < 2 || x.encoder != encoder.Raw(mediaType) {
		return nil
	}
	return &Error{
		Status: http.StatusNotAcceptable, Code: "PGRST107", Public: true,
		Message: fmt.Sprintf("%s holds a single column, and the result has %d", mediaType, columns), Hint: "select one, or accept another media type",
	}
}

// selected writes the statement anew when a part of its result is asked for, or more besides it.
func (x *exchange) selected(a *answer) (selected dialect.Selected, err error) {
	head := dialect.Meta{Settings: x.httpSettings && a.inner != nil}
	switch {
	case a.asked == nil && !head.Settings:
		return selected, nil
	case a.inner == nil:
		return selected, &Error{
			Status: http.StatusBadRequest, Code: "PGRST100", Public: true, Message: "no part of the result can be asked for",
			Hint: "leave everything but the procedure's own parameters out of the query",
		}
	}
	var q filter.Query // for all of it
	if a.asked != nil {
		q, head.Count, x.partly = *a.asked.Query, a.asked.count, true
	}
	selected, err = a.dialect.rules().Select(*a.inner, &q, head)
	if err != nil {
		return selected, err
	}
	a.Statement = Statement{Query: selected.Query, Bind: selected.Bind}
	a.values = append(a.values[:a.inner.Values:a.inner.Values], selected.Extra...)
	return selected, nil
}

// described returns how the rows of a statement that Select has written are read.
func described(selected dialect.Selected) row.Options {
	o := row.Options{Meta: selected.Meta, Batches: true}
	for _, name := range selected.Names {
		o.Columns = append(o.Columns, row.Column{Name: name})
	}
	for _, i := range selected.JSON {
		o.Columns[i].Kind = row.JSON
	}
	return o
}

// front takes what stands in front of the columns: the number of rows, and what the function says of its answer.
func (x *exchange) front(rows *row.Rows, asked *asked) error {
	values, err := rows.Meta()
	if err != nil {
		return err
	}
	if asked != nil {
		x.reply.Page = asked.page()
		if asked.count && len(values) > 0 {
			if err := x.counted(values[0].Int()); err != nil {
				return err
			}
			values = values[1:]
		}
	}
	if x.httpSettings && len(values) > 2 {
		var err error
		x.reply.Status, x.reply.Header, err = response.ParseSettings(values[0].String(), values[1].String())
		return err
	}
	return nil
}

// counted takes the number of all rows. An offset behind them is refused, as PostgREST does.
func (x *exchange) counted(total int64) error {
	x.reply.Page.Total = total
	if x.reply.Page.Offset <= total {
		return nil
	}
	x.w.Header().Set("Content-Range", fmt.Sprintf("*/%d", total)) // RFC 9110, 15.5.17
	return &Error{
		Status: http.StatusRequestedRangeNotSatisfiable, Code: "PGRST103", Public: true,
		Message: "the offset is behind the last row", Detail: fmt.Sprintf("There are %d rows.", total),
	}
}

// send answers with the rows.
func (x *exchange) send(rows *row.Rows) error {
	x.reply.Encoder, x.reply.WriteTimeout, x.reply.MaxBytes = x.encoder, x.writeTimeout, x.maxBytes
	if x.reply.Status == 0 {
		x.reply.Status = x.status
	}
	if x.download != "" {
		if x.reply.Header == nil {
			x.reply.Header = http.Header{}
		}
		if x.reply.Header.Get("Content-Disposition") == "" {
			x.reply.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": x.download}))
		}
	}
	return x.reply.Send(x.w, x.r, rows)
}

// sendAway answers with where to go next.
func (x *exchange) sendAway(rows *row.Rows) error {
	var first row.Row
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		first = r.Clone()
		break
	}
	to, err := location(x.redirect, first)
	if err != nil {
		return err
	}
	x.reply.Status, x.reply.Header = http.StatusSeeOther, http.Header{"Location": {to}}
	return x.reply.SendEmpty(x.w, rows)
}

// location fills the columns of a row into a URL. Their values stay in the places that the template gives them: none begins a scheme, and
// a segment of the path that becomes empty, . or .. is an error, since a client would take the URL for another one.
func location(template string, r row.Row) (string, error) {
	path := template
	if i := strings.IndexAny(template, "?#"); i >= 0 {
		path = template[:i]
	}
	var b strings.Builder
	for i, segment := range strings.Split(path, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		filled, err := fill(segment, r, func(text string) string { return strings.ReplaceAll(url.PathEscape(text), ":", "%3A") })
		if err != nil {
			return "", err
		}
		if filled != segment && strings.Trim(filled, ".") == "" && len(filled) < 3 {
			return "", fmt.Errorf("Redirect has the segment %s, which the row makes empty or dots", segment)
		}
		b.WriteString(filled)
	}
	query, err := fill(template[len(path):], r, url.QueryEscape)
	return b.String() + query, err
}

// fill puts values into the places of a template.
func fill(template string, r row.Row, escape func(string) string) (string, error) {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(template, "{")
		b.WriteString(text)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		v, ok := r.Lookup(name)
		switch {
		case !closed:
			return "", errors.New("Redirect has a { without its }")
		case r.Len() == 0:
			return "", sql.ErrNoRows
		case !ok:
			return "", fmt.Errorf("Redirect has {%s}, and the result has no column of that name", name)
		}
		b.WriteString(escape(v.String()))
		template = after
	}
}
