package pq_test

import (
	"database/sql"
	"database/sql/driver"
	"testing"

	libpq "github.com/lib/pq"

	"github.com/moresql/moresql/drivers/pq"
	"github.com/moresql/moresql/internal/pgtest"
)

// BenchmarkCall measures a call with an argument through one connection, with statements that stay
// prepared and without.
func BenchmarkCall(b *testing.B) {
	base, err := libpq.NewConnector(pgtest.URI(b))
	if err != nil {
		b.Fatal(err)
	}
	for name, connector := range map[string]driver.Connector{
		"lib/pq": base,
		"kept":   pq.Wrap(base),
	} {
		b.Run(name, func(b *testing.B) {
			db := sql.OpenDB(connector)
			defer db.Close()
			db.SetMaxOpenConns(1)
			b.ReportAllocs()
			for b.Loop() {
				var n int
				if err := db.QueryRow("SELECT $1::int + 1", 41).Scan(&n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
