package pgx_test

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	morepgx "github.com/moresql/moresql/drivers/pgx"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/row"
)

// everySetting are the settings of a session that change what it sends.
var everySetting = []string{
	"", "SET DateStyle = 'SQL, DMY'", "SET bytea_output = escape", "SET extra_float_digits = 0",
	"SET TimeZone = 'Asia/Tokyo'", "SET TimeZone = '<+02>-02'", "SET IntervalStyle = iso_8601",
}

// TestRawValuesAreThoseOfStdlib reads every sample of every type once from the rows of stdlib, and
// once from the bytes of a bare call and of a pipeline, also as each kind that a program may
// declare.
func TestRawValuesAreThoseOfStdlib(t *testing.T) {
	list := func(values []string) string {
		return "SELECT " + strings.Join(values, " AS v, ") + " AS v"
	}
	var scalars []string
	statements := []string{"SELECT " + expressions, "SELECT 1 WHERE false", "SELECT"}
	for typ := range pgtest.Samples {
		alone, arrays := pgtest.Expressions(typ)
		scalars = append(scalars, alone...)
		statements = append(statements, list(append(arrays, "NULL")))
	}
	all, total := list(scalars), 0
	for _, setting := range everySetting {
		raw(t, setting, func(c driver.Conn) {
			for kind := row.Null; kind <= row.Void; kind++ {
				total += sameValues(t, c, all, row.Options{Kinds: map[string]row.Kind{"v": kind}})
			}
			total += sameValues(t, c, all, row.Options{})
		})
	}
	raw(t, "", func(c driver.Conn) {
		for _, s := range statements {
			total += sameValues(t, c, s, row.Options{})
		}
	})
	if total < 10_000 {
		t.Errorf("%d values", total)
	}
}

// TestRawNumbersAndTimesAreThoseOfStdlib reads random ones, in batches.
func TestRawNumbersAndTimesAreThoseOfStdlib(t *testing.T) {
	for _, zone := range []string{"UTC", "America/St_Johns", "Africa/Monrovia"} {
		raw(t, "SET TimeZone = '"+zone+"'", func(c driver.Conn) {
			exec(t, c, `CREATE TEMP TABLE random AS SELECT (random() - 0.5) * 10 ^ (g % 300) AS f8,
				((random() - 0.5) * 10 ^ (g % 37))::float4 AS f4, (random() * 10 ^ (g % 18))::int8 - g AS i8,
				((random() - 0.5) * 4e9)::int4 AS i4, ((random() - 0.5) * 6e4)::int2 AS i2,
				date '2000-01-01' + ((random() - 0.5) * 10 ^ (g % 7))::int4 AS d,
				timestamp '2000-01-01' + (random() - 0.5) * 10 ^ (g % 11) * interval '1 s' AS ts,
				timestamptz '2000-01-01' + (random() - 0.5) * 10 ^ (g % 11) * interval '1 s' AS tz,
				(random() * 10 ^ (g % 9))::int4::oid AS o, g % 2 = 0 AS b, CASE g % 3 WHEN 0 THEN g END AS n,
				repeat('x', g % 300) AS t, decode(repeat('0a', g % 300), 'hex') AS y
				FROM generate_series(1, 4000) g`)
			n := sameValues(t, c, "SELECT * FROM random", row.Options{Batches: true})
			if n < 50_000 {
				t.Errorf("%d values", n)
			}
		})
	}
}

// A result in the text format depends on settings, and is left to pgx to decode.
func TestModesWithoutBinaryResultsHaveRowsOfStdlib(t *testing.T) {
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeCacheDescribe,
		pgx.QueryExecModeDescribeExec,
	} {
		db, _ := open(t, mode)
		connection, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		connection.Raw(func(c any) error {
			rows, err := c.(morepgx.RawQueryer).QueryRaw(t.Context(), "SELECT "+expressions, nil)
			if err != nil {
				t.Fatal(mode, err)
			}
			_, isRaw := rows.(row.RawRows)
			rows.Close()
			describes := mode == pgx.QueryExecModeCacheDescribe || mode == pgx.QueryExecModeDescribeExec
			if isRaw != describes {
				t.Errorf("%v: rows that can be read raw: %v", mode, isRaw)
			}
			return nil
		})
		connection.Close()
	}
}

// raw runs a test on a connection of the driver with a setting.
func raw(t *testing.T, setting string, test func(driver.Conn)) {
	t.Helper()
	db, _ := open(t, pgx.QueryExecModeCacheDescribe) // which keeps no statement of these
	setUp(t, db, setting)
	connection, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.Raw(func(c any) error {
		test(c.(driver.Conn))
		return nil
	})
}

func exec(t *testing.T, c driver.Conn, text string) {
	t.Helper()
	if _, err := c.(driver.ExecerContext).ExecContext(t.Context(), text, nil); err != nil {
		t.Fatal(err)
	}
}

// sameValues compares the Values of a statement in all ways with those of stdlib, and returns how
// many these are.
func sameValues(t *testing.T, c driver.Conn, text string, o row.Options) (n int) {
	t.Helper()
	rows, err := c.(driver.QueryerContext).QueryContext(t.Context(), text, nil)
	if err != nil {
		t.Fatal(text, err)
	}
	want := valuesOf(t, rows, o)
	rows, err = c.(morepgx.RawQueryer).QueryRaw(t.Context(), text, nil)
	if err != nil {
		t.Fatal(text, err)
	}
	differ(t, text, valuesOf(t, rows.(row.RawRows).(driver.Rows), o), want)
	err = inPipeline(t.Context(), c.(morepgx.Pipeliner), text, nil, func(rows driver.Rows) {
		differ(t, text, valuesOf(t, rows.(row.RawRows).(driver.Rows), o), want)
	})
	if err != nil {
		t.Fatal(text, err)
	}
	return len(want)
}

// valuesOf returns all that can be known of the columns and values of a result.
func valuesOf(t *testing.T, rows driver.Rows, o row.Options) (list []string) {
	t.Helper()
	result, err := o.ScanDriver(t.Context(), rows, func(f func() error) error { return f() })
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	for _, c := range result.Columns() {
		list = append(list, fmt.Sprint(c.Name, c.DatabaseType, c.Kind, c.Elem))
	}
	for r, err := range result.All() {
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Len() {
			v := r.Value(i)
			elem, delim := v.Elem()
			at, ok := v.Time()
			list = append(list, fmt.Sprintf("%v %v %c %v %q %q %v %T %[8]v", v.Kind(), elem, delim,
				v.Checked(), v.Raw(), v.String(), at.Format(time.RFC3339Nano), v.Any())+fmt.Sprint(ok))
		}
	}
	return list
}

func differ(t *testing.T, text string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%.100s: %d values, want %d", text, len(got), len(want))
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%.100s\n got %s\nwant %s", text, got[i], want[i])
			return
		}
	}
}
