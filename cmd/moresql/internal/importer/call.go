package importer

import (
	"context"
	"database/sql"
	"regexp"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// call calls the routine with some rows of a chunk.
func (w *writer) call(ctx context.Context, c *chunk, rows []int) error {
	m := moresql.New(w.conn, moresql.CallBy(w.system.caller(w.routine.Kind)))
	name := plain(w.routine.Schema) + "." + plain(w.routine.Name)
	var args []any
	for at, row := range rows {
		args = args[:0]
		for _, p := range w.routine.Params {
			i := indexOf(w.columns, p.Name)
			if i < 0 {
				if p.Mode == catalog.Out {
					args = append(args, sql.Named(p.Name, sql.Out{Dest: new(any)}))
				}
				continue
			}
			var value any
			if text, null := c.value(row, i); !null {
				value = string(text)
				if bind := w.columns[i].bind; bind != nil {
					value = bind(text)
				}
			}
			args = append(args, sql.Named(p.Name, value))
		}
		for _, err := range m.Rows(ctx, name, args...) {
			if err != nil {
				return &atRow{err: err, row: at, sure: true}
			}
		}
	}
	return nil
}

var plainIdent = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// plain quotes a name of a routine where the library needs it, which does so as PostgreSQL does,
// whatever the database.
func plain(name string) string {
	if plainIdent.MatchString(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
