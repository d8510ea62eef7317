package row

import (
	"math"
	"strconv"
	"testing"
)

// TestFloatsHaveTheDigitsOfPostgreSQL has numbers on which shortest texts differ: those with a
// shorter one half-way to a neighbour, which PostgreSQL does not use. What is wanted is
// to_json(expression). TestFloatsMatchToJSON, in internal/dbtest, compares many more.
func TestFloatsHaveTheDigitsOfPostgreSQL(t *testing.T) {
	for _, test := range []struct {
		expression string
		size       int
		f          float64
		want       string
	}{
		{"551701632::float4", 32, 551701632, "5.5170163e+08"},
		{"'-551701632'::float4", 32, -551701632, "-5.5170163e+08"},
		{"2097152.25::float4", 32, 2097152.25, "2.0971522e+06"},
		{"0.000244140625::float4", 32, 1. / (1 << 12), "0.00024414062"},
		{"'9007199254740992'::float8", 64, 1 << 53, "9.007199254740992e+15"},
		{"'9007199254740996'::float8", 64, 1<<53 + 4, "9.007199254740996e+15"},
	} {
		v := Value{num: math.Float64bits(test.f), meta: int32(Float32)}
		if test.size == 64 {
			v.meta = int32(Float64)
		}
		if got := v.String(); got != test.want {
			t.Errorf("%s is %s, want %s", test.expression, got, test.want)
		}
	}
}

// TestSinglePrecisionIsRestored has numbers of PostgreSQL's float4 as lib/pq reads their texts.
func TestSinglePrecisionIsRestored(t *testing.T) {
	c := column("FLOAT4")
	for bits := uint32(1); bits < 0x7F800000; bits += 104_729 {
		f := math.Float32frombits(bits)
		read, err := strconv.ParseFloat(float32Value(f).String(), 64)
		if err != nil {
			t.Fatal(err)
		}
		if v := floatValue(read, c); v.Kind() != Float32 || float32(v.Float()) != f {
			t.Fatalf("%v of %x is %s %x", read, bits, v.Kind(), math.Float32bits(float32(v.Float())))
		}
	}
	c.declare(Float32, Null)
	if v := floatValue(0.1, c); v.Kind() != Float64 || v.String() != "0.1" {
		t.Errorf("a declared column: %s %s", v.Kind(), v)
	}
}
