package row

import (
	"bytes"
	"testing"
)

// FuzzViews compares the views of unsafe.go with copies. A view has the length of what is viewed
// and no capacity after it, so that appending to one writes elsewhere; it shows later changes of
// the bytes, as it is meant to.
func FuzzViews(f *testing.F) {
	f.Add([]byte(nil), uint8(0))
	f.Add([]byte{}, uint8(8))
	f.Add([]byte("text"), uint8(0))
	f.Add([]byte("\x00\xff"), uint8(200))
	f.Fuzz(func(t *testing.T, in []byte, spare uint8) {
		memory := append(make([]byte, 0, len(in)+int(spare)), in...)
		if in == nil && spare == 0 {
			memory = nil
		}
		s := stringOf(memory)
		if s != string(in) || len(s) != len(in) {
			t.Fatalf("stringOf(%q) = %q", in, s)
		}
		b := bytesOf(s)
		if !bytes.Equal(b, in) || len(b) != len(in) || cap(b) != len(in) {
			t.Fatalf("bytesOf(%q) = %q, of length %d and capacity %d", in, b, len(b), cap(b))
		}
		_ = append(b, '!')
		for i, c := range memory[:cap(memory)] {
			if i < len(in) && c != in[i] || i >= len(in) && c != 0 {
				t.Fatalf("appending to bytesOf(%q) wrote into the memory after it: %q", in,
					memory[:cap(memory)])
			}
		}
		if v := textValue(s, Text); v.String() != string(in) || !bytes.Equal(v.Raw(), in) ||
			cap(v.Raw()) != len(in) {
			t.Fatalf("a value of %q is %q, %q", in, v, v.Raw())
		}
		values := []Value{textValue(s, Text), textValue(s, Bytes)}
		row := Row{&record{columns: make([]Column, 2), values: values}}
		clone := row.Clone()
		for i := range memory {
			memory[i] ^= 0xff
			if s[i] != memory[i] || b[i] != memory[i] {
				t.Fatalf("a view of %q does not see its byte %d change", in, i)
			}
		}
		for i := range clone.Len() {
			if raw := clone.Value(i).Raw(); !bytes.Equal(raw, in) || cap(raw) != len(in) {
				t.Fatalf("a clone of %q is %q, with capacity %d", in, raw, cap(raw))
			}
		}
	})
}
