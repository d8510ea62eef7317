package catalog

import (
	"context"

	"github.com/moresql/moresql/internal/redact"
	"github.com/moresql/moresql/row"
)

// each runs a statement and passes its rows on, until there are no more or one of them gives an error.
func each(ctx context.Context, db Querier, do func(row.Row) error, query string, args ...any) error {
	result, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return redact.URI(err)
	}
	rows, err := row.Scan(result)
	if err != nil {
		return err
	}
	defer rows.Close()
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}

// texts keeps one copy of each text: schemas and the names of parameters are the same in thousands of routines.
type texts map[string]string

// of returns a value's text.
func (t texts) of(v row.Value) string {
	raw := v.Raw()
	if text, ok := t[string(raw)]; ok {
		return text
	}
	text := string(raw)
	t[text] = text
	return text
}

// get returns the text of a column.
func (t texts) get(r row.Row, column string) string { return t.of(r.Get(column)) }
