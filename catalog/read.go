package catalog

import (
	"context"

	"github.com/moresql/moresql/internal/redact"
	"github.com/moresql/moresql/row"
)

// each runs a statement and calls do with each row, until do returns an error.
func each(
	ctx context.Context, db Querier, do func(row.Row) error, query string, args ...any,
) error {
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

// texts interns texts: thousands of routines share the names of schemas and parameters.
type texts map[string]string

// of returns the text of a value.
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
