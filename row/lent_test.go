package row

import (
	"bytes"
	"context"
	"database/sql/driver"
	"io"
	"slices"
	"testing"
	"unsafe"
)

// A reusing driver has all rows in the same memory, as database/sql/driver lets it.
type reusing struct {
	rows [][]driver.Value
	made []byte
}

func (r *reusing) Columns() []string { return slices.Repeat([]string{"a"}, len(r.rows[0])) }
func (r *reusing) Close() error      { return nil }
func (r *reusing) Next(dest []driver.Value) error {
	for i := range r.made {
		r.made[i] = '!'
	}
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(dest, r.rows[0])
	for i, v := range dest {
		if b, ok := v.([]byte); ok {
			dest[i] = r.made[:copy(r.made, b)]
		}
	}
	r.rows = r.rows[1:]
	return nil
}

// A large value is read where the driver has it, and copied only where it must outlive its row.
func TestLargeValuesAreNotCopied(t *testing.T) {
	const size = lentSize + 5
	large := bytes.Repeat([]byte("x"), size)
	for _, test := range []struct {
		reason string
		shape  Shape
		value  driver.Value
		isLent bool
	}{
		{"bytes in a list", List, large, true},
		{"bytes that are read ahead", Scalar, large, false},
		{"a text in a list", List, string(large), true},
		{"a text that is read ahead", Scalar, string(large), true},
		{"small bytes", List, large[:1000], false},
	} {
		d := &reusing{rows: [][]driver.Value{{test.value}}, made: make([]byte, size)}
		if test.shape == List {
			d.rows = append(d.rows, d.rows[0])
		}
		where := unsafe.SliceData(d.made)
		if text, ok := test.value.(string); ok {
			where = unsafe.StringData(text)
		}
		rows, err := Options{Batches: true}.ScanDriver(context.Background(), d,
			func(f func() error) error { return f() })
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.As(test.shape); err != nil {
			t.Fatal(err)
		}
		for r, err := range rows.All() {
			if err != nil {
				t.Fatal(err)
			}
			raw := r.Value(0).Raw()
			if bytes.Count(raw, []byte("x")) != len(raw) || len(raw) < 1000 {
				t.Errorf("%s: it is not what the driver returned", test.reason)
			}
			if isLent := unsafe.SliceData(raw) == where; isLent != test.isLent {
				t.Errorf("%s: is where the driver has it: %v", test.reason, isLent)
			}
		}
	}
}
