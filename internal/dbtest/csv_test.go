package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
)

// csvTexts are texts that a field of CSV must quote, or that a parser may take for something else.
const csvTexts = `'', 'NULL', 'plain', 'a,b', 'say "no"', '"', '""', ' lead', 'trail ', ' ', ` +
	`E'tab\t', '\.', '\N', 'naïve 漢 😀', E'a\nb', E'a\rb', E'a\r\nb', E'\n', '=1+2', '''', ';'`

// TestCSVMatchesCopyTo compares a document with what COPY TO writes for the same query, byte for
// byte except for the ends of lines. It leaves out types that the encoder writes differently, texts
// with spaces at an end, and \. and NULL, which COPY does not quote.
func TestCSVMatchesCopyTo(t *testing.T) {
	const text = `SELECT v AS "a ""b"", c", NULL::text AS nothing, v AS again,
		ARRAY[v, NULL]::text[] AS "array", json_build_object('v', v) AS json,
		convert_to(v, 'UTF8') AS bytes, length(v) AS number, -1.50 AS digits, 1e300::float8 AS float,
		date '2024-02-29' AS date,
		interval '1 day -02:03:04' AS span, uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' AS uuid
		FROM unnest(ARRAY[` + csvTexts +
		`]) v WHERE v NOT IN ('\.', 'NULL') AND
		(v = '' OR v = trim(both E' \t\r\n' from v) AND v NOT LIKE E'%\r\n%')`
	withPgx(t, func(m *moresql.MoreSQL, conn *sql.Conn) {
		var want bytes.Buffer
		raw(t, conn, func(c *stdlib.Conn) error {
			_, err := c.Conn().PgConn().
				CopyTo(t.Context(), &want, "COPY ("+text+") TO STDOUT (FORMAT csv, HEADER)")
			return err
		})
		got := strings.ReplaceAll(streamCSV(t, m, text), "\r\n", "\n")
		if got != want.String() {
			t.Errorf("got\n%s\nCOPY writes\n%s", got, &want)
		}
	})
}

// TestCSVRoundTripsThroughCopyFrom has COPY FROM read the document of a table into a copy of it,
// which must then have the same rows.
func TestCSVRoundTripsThroughCopyFrom(t *testing.T) {
	withPgx(t, func(m *moresql.MoreSQL, conn *sql.Conn) {
		for _, statement := range []string{
			`CREATE TEMP TABLE original AS SELECT n::int4, v AS "text", NULL::text AS nothing,
				nullif(v, 'plain') AS some, ARRAY[v, NULL, '']::text[] AS texts,
				ARRAY[[n, 2], [NULL, 4]]::int8[] AS numbers, n % 2 = 0 AS bool, to_json(v) AS json,
				jsonb_build_object(v, ARRAY[v, NULL]) AS jsonb,
				convert_to(v, 'UTF8') AS bytes, n / 3.0 AS "numeric", n / 3.0::float8 AS float8,
				n / 3.0::float4 AS float4, date '2024-02-29' + n::int4 AS date,
				timestamp '2024-02-29 23:59:59.123456' + n * interval '1 hour' AS "timestamp",
				timestamptz '2024-02-29 23:59:59+05:30' AS timestamptz,
				time '23:59:59.5' AS "time", timetz '23:59:59.5+05:30' AS timetz,
				'-infinity'::timestamp AS never, n * interval '1 day -03:00' AS "interval",
				inet '10.0.0.1/8' AS inet, int4range(1, n::int4 + 2) AS range, (-n)::text::money AS money
				FROM unnest(ARRAY[` + csvTexts + `]) WITH ORDINALITY AS t(v, n)`,
			`CREATE TEMP TABLE copy (LIKE original)`,
		} {
			if _, err := conn.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%s\n%v", statement, err)
			}
		}
		document := streamCSV(t, m, "SELECT * FROM original")
		raw(t, conn, func(c *stdlib.Conn) error {
			_, err := c.Conn().PgConn().
				CopyFrom(t.Context(), strings.NewReader(document), "COPY copy FROM STDIN (FORMAT csv, HEADER)")
			return err
		})
		var rows, lost int
		// Rows are compared by their texts, since json has no equality.
		const compare = `SELECT (SELECT count(*) FROM copy), (SELECT count(*)
			FROM (SELECT o::text FROM original o EXCEPT ALL SELECT c::text FROM copy c) lost)`
		if err := conn.QueryRowContext(t.Context(), compare).Scan(&rows, &lost); err != nil {
			t.Fatal(err)
		}
		if want := strings.Count(csvTexts, "', ") + 1; rows != want || lost > 0 {
			t.Errorf("%d rows came back, want %d; %d differ: %s", rows, want, lost, document)
		}
	})
}

// withPgx runs a test on one connection of pgx, whose COPY the test may use.
func withPgx(t *testing.T, test func(*moresql.MoreSQL, *sql.Conn)) {
	conn, err := openPgx(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	test(moresql.New(conn, moresql.CallBy(query{})), conn)
}

// raw lends the connection of pgx.
func raw(t *testing.T, conn *sql.Conn, use func(*stdlib.Conn) error) {
	t.Helper()
	if err := conn.Raw(func(c any) error { return use(c.(*stdlib.Conn)) }); err != nil {
		t.Fatal(err)
	}
}

// streamCSV returns what a query streams as CSV.
func streamCSV(t *testing.T, m *moresql.MoreSQL, text string) string {
	t.Helper()
	var w bytes.Buffer
	if err := m.Stream(context.Background(), &w, encoder.CSV(), text); err != nil {
		t.Fatal(err)
	}
	return w.String()
}
