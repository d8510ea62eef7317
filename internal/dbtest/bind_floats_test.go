package dbtest

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/moresql/moresql"
)

type price float64

// A float of the program's is the number that PostgreSQL reads in its digits, or refused where
// that does not fit the type of the parameter, and no other number, with every driver.
func TestFloatsAsArgumentsAreNotCutOff(t *testing.T) {
	half, single := 1.5, float32(0.1)
	toHalf, nullable := &half, sql.NullFloat64{Float64: half, Valid: true}
	arguments := []struct {
		value any
		text  string
	}{
		{half, "1.5"}, {toHalf, "1.5"}, {&toHalf, "1.5"}, {price(-2.25), "-2.25"},
		{2.0, "2"}, {-1e300, "-1e300"}, {1e300, "1e300"}, {math.NaN(), "NaN"}, {math.Inf(1), "Infinity"},
		{math.Inf(-1), "-Infinity"}, {single, "0.10000000149011612"}, {0.1, "0.1"},
		{math.Copysign(0, -1), "-0"}, {123456789.5, "123456789.5"}, {nullable, "1.5"}, {&nullable, "1.5"},
		{sql.Null[float32]{V: 2.5, Valid: true}, "2.5"},
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, typ := range []string{
			"int", "bigint", "smallint", "float8", "float4", "numeric", "money",
		} {
			setUp(t, db, "CREATE OR REPLACE FUNCTION float_as_"+typ+"(a "+typ+") RETURNS text "+
				"LANGUAGE sql AS 'SELECT a::text'")
			for _, a := range arguments {
				var want string
				refused := db.QueryRow("SELECT '"+a.text+"'::"+typ+"::text").Scan(&want) != nil
				var got []string
				var err error
				for row, e := range moresql.New(db, quiet).Rows(t.Context(), "float_as_"+typ, a.value) {
					if err = e; e == nil {
						got = append(got, row.Value(0).String())
					}
				}
				var e *moresql.Error
				switch is := fmt.Sprint(got); {
				case refused && (!errors.As(err, &e) || e.Status >= 500):
					t.Errorf("%s of %s is %s, %v, want a refusal", typ, a.text, is, err)
				case !refused && is != "["+want+"]":
					t.Errorf("%s of %s is %s, %v, want %s", typ, a.text, is, err, want)
				}
			}
			setUp(t, db, "DROP FUNCTION float_as_"+typ)
		}
	})
}

// TestPGXCutsFloatsOff fails once pgx leaves to PostgreSQL what a float is as an integer, or
// refuses it: quirk.Exact is to be deleted then.
func TestPGXCutsFloatsOff(t *testing.T) {
	db := openPgx(t)
	var cut int
	if err := db.QueryRow("SELECT $1::bigint", 1.5).Scan(&cut); err != nil || cut != 1 {
		t.Errorf("pgx sends %d, %v", cut, err)
	}
}
