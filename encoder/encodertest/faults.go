package encodertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
)

var (
	errRows  = errors.New("the rows failed")
	errWrite = errors.New("the writer failed")
)

// rowError has the rows fail before the first row, after it, and in the middle of a long result.
func (k kit) rowError(t *testing.T) {
	for _, n := range []int{0, 1, 5000} {
		t.Run(fmt.Sprint("after ", n), func(t *testing.T) {
			rows := numbered(n)
			rows.err = errRows
			document := k.failing(t, rows)
			got, err := k.decode(document)
			if err == nil && len(got) > n {
				t.Errorf("of %d rows, %d were encoded", n, len(got))
			}
		})
	}
}

// failing encodes a result that ends with an error and returns what was written.
func (k kit) failing(t *testing.T, r *result) []byte {
	t.Helper()
	var w bytes.Buffer
	before := 0
	for set := r; set != nil; set = set.next {
		set.before = func(int) { before = w.Len() }
	}
	if err := r.encode(k.encoder, &w); !errors.Is(err, errRows) {
		t.Errorf("Encode returned %v, want the error of the rows", err)
	}
	if after := w.Len() - before; after > 0 {
		t.Errorf("%d bytes were written after the rows had failed", after)
	}
	return w.Bytes()
}

// writeError has the writer fail in many places: in the first bytes, around the ends of blocks,
// before the last byte.
func (k kit) writeError(t *testing.T) {
	const n = 500
	rows := func() *result {
		r := numbered(n)
		r.pad = 250
		return r
	}
	document := k.document(t, rows())
	for _, limit := range faultPoints(len(document)) {
		w := &faultyWriter{limit: limit}
		taken := 0
		r := rows()
		r.before = func(i int) { taken = i }
		if err := r.encode(k.encoder, w); !errors.Is(err, errWrite) {
			t.Fatalf("the writer failed after %d of %d bytes; Encode returned %v",
				limit, len(document), err)
		}
		if w.after {
			t.Fatalf("the writer failed after %d bytes, and Encode wrote to it again", limit)
		}
		if !bytes.Equal(w.taken, document[:limit]) {
			t.Fatalf("the first %d bytes differ from those of the same document before", limit)
		}
		if limit == 0 && taken == n {
			t.Errorf("the first write failed, and Encode still read all %d rows", n)
		}
	}
}

// faultPoints returns positions in a document of the given size.
func faultPoints(size int) []int {
	points := []int{0, 1, 2, 3, 5, 8, 13, 21, 34, 55, size / 2, size - 2, size - 1}
	for block := 1 << 10; block <= 128<<10; block *= 2 {
		points = append(points, block-1, block, block+1)
	}
	return slices.DeleteFunc(points, func(n int) bool { return n < 0 || n >= size })
}

// A faultyWriter takes limit bytes and fails from there on, also in the middle of a write.
type faultyWriter struct {
	limit  int
	taken  []byte
	failed bool
	after  bool // Write was called after it had failed
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	w.after = w.after || w.failed
	n := min(len(p), w.limit)
	w.taken = append(w.taken, p[:n]...)
	w.limit -= n
	if n < len(p) {
		w.failed = true
		return n, errWrite
	}
	return n, nil
}
