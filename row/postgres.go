package row

import (
	"database/sql/driver"
	"reflect"
	"strings"
)

// isPostgreSQL reports whether a result comes from PostgreSQL or a server that speaks like it, by the driver: what it writes as numeric
// and JSON is that, and need not be checked again. Behind another driver's wrapper it is not seen and checked as any other's.
func isPostgreSQL(rows driver.Rows) bool {
	t := reflect.TypeOf(rows)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	path := t.PkgPath()
	return path == "github.com/lib/pq" || strings.HasPrefix(path, "github.com/jackc/pgx/") && strings.HasSuffix(path, "/stdlib") ||
		path == "github.com/moresql/moresql/pgxpipe"
}
