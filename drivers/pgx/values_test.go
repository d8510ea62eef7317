package pgxpipe_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// pipeliner is what moresql finds in the connection.
type pipeliner interface {
	driver.QueryerContext
	BeginQuery(context.Context, bool, []string, [][]driver.NamedValue) (driver.Tx, driver.Rows, error)
}

// Values are those that pgx's own Rows have, whatever the settings of the connection.
func TestValues(t *testing.T) {
	expressions := []string{
		"true", "false", "1::int2", "-2::int4", "9223372036854775807::int8", "1.5::float4", "0.1::float8", "'NaN'::float8", "'-Infinity'::float4", "1234567.8901::float4",
		"12345678901234567890.1200::numeric", "'NaN'::numeric", "1e400::numeric", "'text'::text", "''::text", "'v'::varchar(3)", "'c'::bpchar", "'c'::\"char\"", "'n'::name",
		`'\x00ff'::bytea`, "''::bytea", `'{"b": 1.0, "a": [null]}'::json`, `'{"b": 1.0}'::jsonb`, "'null'::jsonb", "'<a/>'::xml", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
		"date '2024-02-29'", "date 'infinity'", "date '0044-03-15 BC'", "timestamp '2024-01-02 03:04:05.678901'", "timestamp '-infinity'",
		"timestamptz '2024-07-02 03:04:05.6+05'", "timestamptz 'infinity'", "timestamptz '0044-03-15 01:02:03+00 BC'", "time '24:00:00'", "timetz '01:02:03+04'", "interval '1 mon 2 days -3.5 s'",
		"'{1,NULL,3}'::int[]", `'{"a b",NULL,"NULL"}'::text[]`, "'{}'::int[]", "'{2024-01-02}'::date[]", "int4range(1, 5)", "inet '10.0.0.1/8'", "cidr '10.0.0.0/8'", "macaddr '08:00:2b:01:02:03'",
		"'(1,2)'::point", "'101'::bit(3)", "'a b'::tsvector", "42::oid", "'42'::xid", "'42'::cid", "'pg_class'::regclass", "12.5::money", "ROW(1, 'a')", "NULL", "NULL::int", "NULL::timestamptz", "NULL::json",
	}
	statement := "SELECT " + strings.Join(expressions, ", ") + ", $1::int + 1, $2::text, $3::bytea, $4::timestamptz::text"
	args := []driver.NamedValue{{Ordinal: 1, Value: "41"}, {Ordinal: 2, Value: nil}, {Ordinal: 3, Value: []byte{0, 255}}, {Ordinal: 4, Value: "2024-01-02"}}
	for _, settings := range []string{"", "SET DateStyle = 'SQL, DMY'", "SET bytea_output = escape", "SET extra_float_digits = 0", "SET TimeZone = 'Asia/Tokyo'", "SET IntervalStyle = iso_8601"} {
		db, _ := open(t, pgx.QueryExecModeCacheStatement)
		setUp(t, db, settings)
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		err = conn.Raw(func(c any) error {
			p := c.(pipeliner)
			own, err := p.QueryContext(t.Context(), statement, args)
			if err != nil {
				return err
			}
			want, wantNames, wantTypes := all(t, own)
			for range 2 {
				tx, rows, err := p.BeginQuery(t.Context(), false, []string{"SELECT 1", statement}, [][]driver.NamedValue{nil, args})
				if err != nil {
					return err
				}
				got, names, types := all(t, rows)
				if !reflect.DeepEqual(names, wantNames) || !reflect.DeepEqual(types, wantTypes) {
					t.Errorf("%s: columns %v %v, want %v %v", settings, names, types, wantNames, wantTypes)
				}
				for i := range want {
					if a, b := fmt.Sprintf("%T %v", got[i], got[i]), fmt.Sprintf("%T %v", want[i], want[i]); a != b {
						t.Errorf("%s: column %d of type %s is %s, want %s", settings, i, types[i], a, b)
					}
				}
				if err := tx.Rollback(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// all returns the only row of a result, and its names and types.
func all(t *testing.T, rows driver.Rows) (values []driver.Value, names, types []string) {
	t.Helper()
	names = rows.Columns()
	for i := range names {
		types = append(types, rows.(driver.RowsColumnTypeDatabaseTypeName).ColumnTypeDatabaseTypeName(i))
	}
	values = make([]driver.Value, len(names))
	if err := rows.Next(values); err != nil {
		t.Fatal(err)
	}
	if err := rows.Next(make([]driver.Value, len(names))); err != io.EOF {
		t.Fatal(err)
	}
	return values, names, types
}
