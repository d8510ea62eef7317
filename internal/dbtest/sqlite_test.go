package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
)

// sqliteWays are the two ways to SQLite: by the driver's connection, and by a database/sql of the
// program's own.
func sqliteWays(t *testing.T, test func(t *testing.T, db *sql.DB, m *moresql.MoreSQL)) {
	t.Run("connection", func(t *testing.T) {
		db := openSQLite(t)
		test(t, db, moresql.New(db, moresql.CallBy(query{})))
	})
	t.Run("wrapper", func(t *testing.T) {
		db := openSQLite(t)
		test(t, db, moresql.New(&logging{DB: db}, quiet, moresql.CallBy(query{})))
	})
}

// TestSQLiteStorageBeatsDeclaration reads values that are stored in another way than their column
// is declared. What is wanted follows from typeof(v).
func TestSQLiteStorageBeatsDeclaration(t *testing.T) {
	stored := []struct{ value, want string }{
		{"'007'", `"007"`}, {"'0x1p4'", `"0x1p4"`}, {"'inf'", `"inf"`}, {"'NaN'", `"NaN"`},
		{"'1e3'", `"1e3"`}, {"'1_000'", `"1_000"`}, {"'t'", `"t"`}, {"'true'", `"true"`}, {"'0'", `"0"`},
		{"' 1'", `" 1"`}, {"'12.50'", `"12.50"`}, {"''", `""`}, {"'-0'", `"-0"`},
		{"7", "7"}, {"-9223372036854775808", "-9223372036854775808"}, {"0.5", "0.5"}, {"1e300", "1e+300"},
		{"2.0", "2"}, {"x'6869'", `"\\x6869"`}, {"x''", `"\\x"`}, {"NULL", "null"},
	}
	sqliteWays(t, func(t *testing.T, db *sql.DB, m *moresql.MoreSQL) {
		setUp(t, db, "CREATE TABLE untyped (n INTEGER PRIMARY KEY, v)")
		for _, s := range stored {
			setUp(t, db, "INSERT INTO untyped (v) VALUES ("+s.value+")")
		}
		for _, declared := range []string{
			"INTEGER", "INT", "BIGINT", "SMALLINT", "TINYINT", "REAL", "DOUBLE", "FLOAT", "FLOAT4", "FLOAT8",
			"NUMERIC", "DECIMAL(6,2)", "MONEY", "TEXT", "VARCHAR(20)", "CLOB", "OID", "BLOB",
			"BINARY", "DATE", "TIME", "DATETIME", "TIMESTAMP", "TIMESTAMPTZ", "_INT4", "INT2VECTOR", "THING",
		} {
			// The first part of a compound, which has no rows, declares the type of the column.
			setUp(t, db, fmt.Sprintf("CREATE TABLE typed (v %s)", declared))
			got := stream(t, m, "SELECT v FROM (SELECT 0 AS n, v FROM typed UNION ALL "+
				"SELECT n, v FROM untyped) ORDER BY n")
			var want []string
			for _, s := range stored {
				want = append(want, `{"v":`+s.want+`}`)
			}
			if all := "[" + strings.Join(want, ",") + "]"; got != all {
				t.Errorf("%s\n got %s\nwant %s", declared, got, all)
			}
			setUp(t, db, "DROP TABLE typed")
		}
		check(t, "a recursive query, which begins with text",
			stream(t, m, "WITH w(k) AS (SELECT '007' UNION ALL SELECT 7) SELECT k FROM w"),
			`[{"k":"007"},{"k":7}]`)
	})
}

// TestSQLiteTimesKeepTheirOffset reads times as they are stored, whatever the zone of the program.
// What is wanted is the same time in ISO 8601, or the text where it is no time for SQLite.
func TestSQLiteTimesKeepTheirOffset(t *testing.T) {
	times := []struct{ stored, want string }{
		{"2024-07-01", "2024-07-01"},
		{"2024-07-01 12:00", "2024-07-01T12:00:00"},
		{"2024-07-01T12:00", "2024-07-01T12:00:00"},
		{"2024-07-01 12:00:00", "2024-07-01T12:00:00"},
		{"2024-07-01 00:00:00", "2024-07-01T00:00:00"},
		{"2024-07-01T12:00:00.5", "2024-07-01T12:00:00.5"},
		{"2024-07-01 12:00:00.123456789", "2024-07-01T12:00:00.123456789"},
		{"2024-07-01 12:00:00.5+02:00", "2024-07-01T12:00:00.5+02:00"},
		{"2024-07-01 00:00:00+02:00", "2024-07-01T00:00:00+02:00"},
		{"2024-07-01 12:00:00+00:00", "2024-07-01T12:00:00+00:00"},
		{"2024-07-01 12:00-03:30", "2024-07-01T12:00:00-03:30"},
		{"2024-07-01T12:00:00Z", "2024-07-01T12:00:00+00:00"},
		{"2024-07-01 12:00:00.5 +0200 CEST", "2024-07-01T12:00:00.5+02:00"},
		{"2024-07-01 12:00:00 +0000 UTC", "2024-07-01T12:00:00+00:00"},
		{"2024-07-01 12:00:00.5 +0200 CEST m=+0.001", "2024-07-01T12:00:00.5+02:00"},
		{"2024-07-01 12:00:00 +0530 +0530", "2024-07-01T12:00:00+05:30"},
		{"0000-01-01", "0000-01-01"},
		{"2024-02-30", "2024-02-30"},
		{"2024-13-01 12:00:00", "2024-13-01 12:00:00"},
		{"2024-07-01 24:00:00", "2024-07-01 24:00:00"},
		{"2024-07-01 12:00:00.", "2024-07-01 12:00:00."},
		{"2024-07-01 12:00:00.1234567891", "2024-07-01 12:00:00.1234567891"},
		{"2024-07-01 12:00:00 CEST", "2024-07-01 12:00:00 CEST"},
		{"2024-07-01 ", "2024-07-01 "},
		{"24-07-01", "24-07-01"},
		{"12:00:00", "12:00:00"},
		{"soon", "soon"},
		{"", ""},
	}
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/St_Johns"} {
		inZone(t, zone, func(t *testing.T) {
			sqliteWays(t, func(t *testing.T, db *sql.DB, m *moresql.MoreSQL) {
				setUp(t, db, `CREATE TABLE times (d DATE, dt DATETIME, ts TIMESTAMP, dt6 DATETIME(6),
					tz TIMESTAMPTZ)`)
				for _, at := range times {
					setUp(t, db, "DELETE FROM times")
					if _, err := db.Exec("INSERT INTO times VALUES (?1, ?1, ?1, ?1, ?1)", at.stored); err != nil {
						t.Fatal(err)
					}
					for _, column := range []string{"d", "dt", "ts", "dt6", "tz"} {
						got := stream(t, m, "SELECT "+column+" AS v FROM times")
						if want := fmt.Sprintf(`[{"v":"%s"}]`, at.want); got != want {
							t.Errorf("%q as %s is %s, want %s", at.stored, column, got, want)
						}
					}
				}
			})
		})
	}
}

// TestSQLiteTimesOfTheDriver stores a time.Time as modernc.org/sqlite does, in each of its formats.
func TestSQLiteTimesOfTheDriver(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, option := range []string{"", "?_time_format=sqlite", "?_time_format=datetime"} {
		db := open(t, "sqlite", "file:"+t.TempDir()+"/test.db"+option)
		setUp(t, db, "CREATE TABLE times (at DATETIME)")
		m := moresql.New(db, moresql.CallBy(query{}))
		for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"} {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for range 50 {
				at := time.Unix(random.Int64N(2e9), random.Int64N(1e9)).In(zone)
				setUp(t, db, "DELETE FROM times")
				if _, err := db.Exec("INSERT INTO times VALUES (?)", at); err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				const text = "SELECT at FROM times"
				if err := m.Stream(context.Background(), &out, encoder.Text(), text); err != nil {
					t.Fatal(err)
				}
				want := at.Format("2006-01-02T15:04:05.999999999-07:00")
				if option == "?_time_format=datetime" {
					want = at.Format("2006-01-02T15:04:05")
				}
				if out.String() != want {
					t.Errorf("%s: %s, want %s", option, out.String(), want)
				}
			}
		}
	}
}

// TestSQLiteTimesHaveOneTypeInArrow reads the times that a program stores most often, in a format
// whose types come before the values.
func TestSQLiteTimesHaveOneTypeInArrow(t *testing.T) {
	sqliteWays(t, func(t *testing.T, db *sql.DB, m *moresql.MoreSQL) {
		for _, test := range []struct {
			declared string
			stored   []string
			want     []string // as the reader of Arrow writes times
		}{
			{"DATETIME", []string{"2024-07-01 12:00:00.5 +0200 CEST", "2024-01-01 12:00:00 +0100 CET"},
				[]string{"2024-07-01T10:00:00.5Z", "2024-01-01T11:00:00Z"}},
			{"DATE", []string{"2024-07-01", "2024-07-02"}, []string{"2024-07-01", "2024-07-02"}},
			{"DATETIME", []string{"2024-07-01 12:00:00", "2024-07-02"},
				[]string{"2024-07-01T12:00:00", "2024-07-02T00:00:00"}},
			{"DATE", []string{"2024-07-01 12:00:00"}, []string{"2024-07-01T12:00:00"}},
			{"TIMESTAMP", []string{"2024-07-01T12:00:00Z"}, []string{"2024-07-01T12:00:00Z"}},
		} {
			setUp(t, db, "CREATE TABLE times (n INTEGER PRIMARY KEY, at "+test.declared+")",
				"INSERT INTO times (at) VALUES (NULL)")
			want := [][]string{{null}}
			for i, at := range test.stored {
				setUp(t, db, "INSERT INTO times (at) VALUES ('"+at+"')")
				want = append(want, []string{test.want[i]})
			}
			f := formats[len(formats)-1]
			got := decode(t, m, f, "SELECT at FROM times ORDER BY n")
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%q as %s is %q, want %q", test.stored, test.declared, got, want)
			}
			setUp(t, db, "DROP TABLE times")
		}
	})
}
