package dialect

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

// TestNumbersLoseNoDigit compares what is bound for random decimals with their value, which
// math/big computes.
func TestNumbersLoseNoDigit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	integers, floats, texts := 0, 0, 0
	for range 20_000 {
		text := randomDecimal(random)
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%s is not a number", text)
		}
		for _, d := range []*Dialect{SQLite, MySQL, SQLServer} {
			got := new(big.Rat)
			switch v := d.bound(text, binder.NumberType).(type) {
			case int64:
				integers++
				got.SetInt64(v)
			case uint64:
				got.SetUint64(v)
			case float64: // the decimal that stands for it, as databases read and write it
				floats++
				got.SetString(strconv.FormatFloat(v, 'g', -1, 64))
			case string:
				texts++
				got.SetString(v)
			default:
				t.Fatalf("%v: %s is bound as %T", d, text, v)
			}
			if got.Cmp(want) != 0 {
				t.Errorf("%v: %s is bound as %v", d, text, got)
			}
		}
		whole, fraction := decimalParts(text)
		a, _ := new(big.Rat).SetString(whole)
		b, _ := new(big.Rat).SetString(fraction)
		if a.Add(a, b).Cmp(want) != 0 {
			t.Errorf("%s is %s and %s", text, whole, fraction)
		}
		if b, ok := d(PostgreSQL, text).(string); !ok || b != text {
			t.Errorf("PostgreSQL gets %v for %s", b, text)
		}
	}
	if integers < 1000 || floats < 1000 || texts < 1000 {
		t.Errorf("%d integers, %d floats, %d texts", integers, floats, texts)
	}
}

func d(dialect *Dialect, text string) any { return dialect.bound(text, binder.NumberType) }

func randomDecimal(r *rand.Rand) string {
	text := []string{"", "-", "+"}[r.IntN(3)] + strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
	if r.IntN(4) == 0 {
		text += strconv.Itoa(r.IntN(1e6))
	}
	if r.IntN(2) == 0 {
		text += "." + strings.Repeat("0", r.IntN(3)) + strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
	}
	if r.IntN(3) == 0 {
		text += fmt.Sprintf("e%+d", r.IntN(40)-20)
	}
	return text
}

// What no number can hold, and what is none, is what it was.
func TestOddNumbersStayText(t *testing.T) {
	for _, text := range []string{
		"1e400", "-1e400", "1e-400", "4.9e-324", "0x10", "1_000", "Infinity", "nan", "", "-", ".", "1e",
		"1e1000000000000000000000", "0." + strings.Repeat("1", 100_000), "12x", " 1", "1.2.3", "--1",
	} {
		for _, d := range []*Dialect{SQLite, MySQL, SQLServer} {
			if got := d.bound(text, binder.NumberType); got != text {
				t.Errorf("%v: %.30q became %v", d, text, got)
			}
		}
	}
}

// A source of a program's own says by Go's types what a value is.
func TestValuesOfGoAreBoundAsTheyAre(t *testing.T) {
	for _, test := range []struct {
		dialect     *Dialect
		value, want any
	}{
		{PostgreSQL, json.Number("1.50"), "1.50"},
		{SQLite, json.Number("1.50"), 1.5},
		{MySQL, json.Number("18446744073709551615"), uint64(18446744073709551615)},
		{SQLite, true, true},
		{PostgreSQL, 7, 7},
		{SQLite, nil, nil},
	} {
		values := []any{test.value}
		test.dialect.Bind(values, []binder.Type{binder.TextType})
		if values[0] != test.want {
			t.Errorf("%v: %#v became %#v", test.dialect, test.value, values[0])
		}
	}
}

// The words are those that PostgreSQL takes for a boolean (manual, 8.6), as binder.Bool does.
func TestWordsAreTruthValues(t *testing.T) {
	for word, want := range map[string]bool{
		"true": true, "YES": true, "on": true, "1": true,
		"false": false, "No": false, "OFF": false, "0": false,
	} {
		number := int64(0)
		if want {
			number = 1
		}
		for dialect, want := range map[*Dialect]any{
			PostgreSQL: word, SQLite: number, MySQL: want, SQLServer: want,
		} {
			if got := dialect.bound(word, binder.BoolType); got != want {
				t.Errorf("%v: %s became %#v", dialect, word, got)
			}
			if got := dialect.bound("maybe", binder.BoolType); got != "maybe" {
				t.Errorf("%v: maybe became %#v", dialect, got)
			}
			if got := dialect.bound(word, binder.TextType); got != word {
				t.Errorf("%v: the text %s became %#v", dialect, word, got)
			}
		}
	}
}
