package response

import (
	"database/sql"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strings"

	"github.com/moresql/moresql/row"
)

// attachment returns a Content-Disposition that has browsers save a response under a file name
// (RFC 6266).
func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// Location fills the columns of the first row, {name}, into a URL. Their values stay in the
// places that the template gives them: none begins a scheme, and a segment of the path that
// becomes empty, . or .. is an error, since a client would take the URL for another one. A
// template with a column is sql.ErrNoRows without a row.
func Location(template string, rows *row.Rows) (string, error) {
	var r row.Row
	for first, err := range rows.All() {
		if err != nil {
			return "", err
		}
		r = first.Clone()
		break
	}
	path := template
	if i := strings.IndexAny(template, "?#"); i >= 0 {
		path = template[:i]
	}
	var b strings.Builder
	for i, segment := range strings.Split(path, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		filled, err := fill(segment, r, escapeSegment)
		if err != nil {
			return "", err
		}
		if filled != segment && strings.Trim(filled, ".") == "" && len(filled) < 3 {
			return "", &locationError{segment}
		}
		b.WriteString(filled)
	}
	query, err := fill(template[len(path):], r, url.QueryEscape)
	return b.String() + query, err
}

func escapeSegment(text string) string {
	return strings.ReplaceAll(url.PathEscape(text), ":", "%3A")
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
		if !closed {
			return "", errors.New("a Redirect has a { without its }")
		}
		if r.Len() == 0 {
			return "", sql.ErrNoRows
		}
		v, ok := r.Lookup(name)
		if !ok {
			return "", fmt.Errorf("a Redirect has {%s}, and the result has no such column", name)
		}
		b.WriteString(escape(v.String()))
		template = after
	}
}
