package pgx_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5"

	morepgx "github.com/moresql/moresql/drivers/pgx"
)

// expressions have values of all kinds, with their extremes.
const expressions = `true, false, 1::int2, -2::int4, 9223372036854775807::int8,
	1.5::float4, 0.1::float8, 'NaN'::float8, '-Infinity'::float4, 1234567.8901::float4,
	12345678901234567890.1200::numeric, 'NaN'::numeric, 1e400::numeric,
	'text'::text, ''::text, 'v'::varchar(3), 'c'::bpchar, 'c'::"char", 'n'::name,
	'\x00ff'::bytea, ''::bytea,
	'{"b": 1.0, "a": [null]}'::json, '{"b": 1.0}'::jsonb, 'null'::jsonb, '<a/>'::xml,
	'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid,
	date '2024-02-29', date 'infinity', date '0044-03-15 BC',
	timestamp '2024-01-02 03:04:05.678901', timestamp '-infinity',
	timestamptz '2024-07-02 03:04:05.6+05', timestamptz 'infinity',
	timestamptz '0044-03-15 01:02:03+00 BC',
	time '24:00:00', timetz '01:02:03+04', interval '1 mon 2 days -3.5 s',
	'{1,NULL,3}'::int[], '{"a b",NULL,"NULL"}'::text[], '{}'::int[], '{2024-01-02}'::date[],
	int4range(1, 5), inet '10.0.0.1/8', cidr '10.0.0.0/8', macaddr '08:00:2b:01:02:03',
	'(1,2)'::point, '101'::bit(3), 'a b'::tsvector, 42::oid, '42'::xid, '42'::cid,
	'pg_class'::regclass, 12.5::money, ROW(1, 'a'),
	NULL, NULL::int, NULL::timestamptz, NULL::json`

func TestValuesAreThoseOfStdlibWhateverTheSettings(t *testing.T) {
	statement := "SELECT " + expressions + ", $1::int + 1, $2::text, $3::bytea, $4::timestamptz::text"
	args := []driver.NamedValue{
		{Ordinal: 1, Value: "41"}, {Ordinal: 2, Value: nil},
		{Ordinal: 3, Value: []byte{0, 255}}, {Ordinal: 4, Value: "2024-01-02"},
	}
	for _, settings := range []string{
		"", "SET DateStyle = 'SQL, DMY'", "SET bytea_output = escape", "SET extra_float_digits = 0",
		"SET TimeZone = 'Asia/Tokyo'", "SET IntervalStyle = iso_8601",
	} {
		db, _ := open(t, pgx.QueryExecModeCacheStatement)
		setUp(t, db, settings)
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		err = conn.Raw(func(c any) error {
			std, err := c.(driver.QueryerContext).QueryContext(t.Context(), statement, args)
			if err != nil {
				return err
			}
			want := onlyRow(t, std)
			for range 2 {
				err := inPipeline(t.Context(), c.(morepgx.Pipeliner), statement, args,
					func(rows driver.Rows) { compare(t, settings, onlyRow(t, rows), want) })
				if err != nil {
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

// inPipeline calls use with the rows of a statement that is sent after BEGIN and another one.
func inPipeline(
	ctx context.Context, p morepgx.Pipeliner, statement string, args []driver.NamedValue,
	use func(driver.Rows),
) error {
	texts := []string{"SELECT 1", statement}
	tx, rows, err := p.BeginQuery(ctx, false, 0, texts, [][]driver.NamedValue{nil, args})
	if err != nil {
		return err
	}
	use(rows)
	return tx.Rollback()
}

// A result is a row with the names and types of its columns.
type result struct {
	values       []driver.Value
	names, types []string
}

func compare(t *testing.T, settings string, got, want result) {
	t.Helper()
	if !reflect.DeepEqual(got.names, want.names) || !reflect.DeepEqual(got.types, want.types) {
		t.Errorf("%s: columns %v %v, want %v %v",
			settings, got.names, got.types, want.names, want.types)
	}
	for i := range want.values {
		a := fmt.Sprintf("%T %[1]v", got.values[i])
		b := fmt.Sprintf("%T %[1]v", want.values[i])
		if a != b {
			t.Errorf("%s: column %d of type %s is %s, want %s", settings, i, want.types[i], a, b)
		}
	}
}

// onlyRow returns the only row of a result.
func onlyRow(t *testing.T, rows driver.Rows) (r result) {
	t.Helper()
	r.names = rows.Columns()
	types := rows.(driver.RowsColumnTypeDatabaseTypeName)
	for i := range r.names {
		r.types = append(r.types, types.ColumnTypeDatabaseTypeName(i))
	}
	r.values = make([]driver.Value, len(r.names))
	if err := rows.Next(r.values); err != nil {
		t.Fatal(err)
	}
	if err := rows.Next(make([]driver.Value, len(r.names))); err != io.EOF {
		t.Fatal(err)
	}
	return r
}
