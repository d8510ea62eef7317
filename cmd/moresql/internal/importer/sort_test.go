package importer

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// What comes out is what a stable sort in memory makes of the rows.
func TestSorter(t *testing.T) {
	type row struct {
		key  int64
		line int64
		rest string // "" for NULL
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		name         string
		chunks, rows int
		keys         int64 // how many there are
	}{
		{name: "one row", chunks: 1, rows: 1, keys: 1},
		{name: "one chunk", chunks: 1, rows: 1000, keys: 1 << 62},
		{name: "one key", chunks: 9, rows: 50, keys: 1},
		{name: "some keys often", chunks: 20, rows: 300, keys: 40},
		{name: "more rows than a chunk has", chunks: 30, rows: 3000, keys: 1 << 40},
		{name: "many chunks", chunks: 1000, rows: 3, keys: 1 << 20},
	} {
		s, err := newSorter(3, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		var all []row
		var c chunk
		for range test.chunks {
			c.reset(3)
			for range test.rows {
				r := row{key: random.Int64N(test.keys) - test.keys/2, line: int64(len(all) + 1)}
				if random.IntN(3) > 0 {
					r.rest = fmt.Sprintf("\\ %d\n\x00é", r.line)
				}
				c.add([]byte(r.rest), r.rest == "")
				c.add(strconv.AppendInt(nil, r.key, 10), false)
				c.add(nil, false)
				c.lines = append(c.lines, r.line)
				all = append(all, r)
			}
			if err := s.add(&c); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(all, func(a, b row) int { return cmp.Compare(a.key, b.key) })
		var sorted []row
		if err := s.rewind(); err != nil {
			t.Fatal(err)
		}
		for c.done = false; !c.done; {
			if err := s.next(&c); err != nil {
				t.Fatal(err)
			}
			for i := range c.rows() {
				r := row{line: c.lines[i]}
				rest, null := c.value(i, 0)
				key, _ := c.value(i, 1)
				r.key, err = strconv.ParseInt(string(key), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				last, isNull := c.value(i, 2)
				if r.rest = string(rest); null != (r.rest == "") || len(last) > 0 || isNull {
					t.Fatalf("%s: row %d has %q, NULL: %t, and %q", test.name, len(sorted)+1, rest, null, last)
				}
				sorted = append(sorted, r)
			}
			if c.count != int64(len(sorted)) {
				t.Fatalf("%s: %d rows are counted, want %d", test.name, c.count, len(sorted))
			}
		}
		if !slices.Equal(sorted, all) {
			t.Errorf("%s: the rows are in another order", test.name)
		}
		if c.read != s.end {
			t.Errorf("%s: %d bytes were read of %d", test.name, c.read, s.end)
		}
	}
}

// keysOnly is a chunk of rows that have no more than a key, NULL for "".
func keysOnly(keys ...string) *chunk {
	c := &chunk{width: 1}
	for i, key := range keys {
		c.add([]byte(key), key == "")
		c.lines = append(c.lines, int64(i))
	}
	return c
}

// A chunk that cannot be kept is written by another way, and what was kept before is still there.
func TestSorterRefusesAChunkAsAWhole(t *testing.T) {
	s, err := newSorter(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, test := range []struct {
		reason string
		keys   []string
		fails  bool
	}{
		{reason: "integers", keys: []string{"3", "1"}},
		{reason: "no integer after one", keys: []string{"0", "x"}, fails: true},
		{reason: "spaces, which the database may read", keys: []string{" 2 "}, fails: true},
		{reason: "beyond 64 bits", keys: []string{"9223372036854775808"}, fails: true},
		{reason: "nothing, as NULL is kept", keys: []string{""}, fails: true},
		{reason: "integers again", keys: []string{"2"}},
	} {
		if err := s.add(keysOnly(test.keys...)); (err != nil) != test.fails {
			t.Errorf("%s: %v, want an error: %t", test.reason, err, test.fails)
		}
	}
	if err := s.rewind(); err != nil {
		t.Fatal(err)
	}
	var c chunk
	if err := s.next(&c); err != nil || string(c.data) != "123" || !c.done {
		t.Errorf("%v, keys %s, want 123 and the end", err, c.data)
	}
}

// Rows that somebody has cut off the file are missed, wherever it ends.
func TestSorterMissesRows(t *testing.T) {
	for cut := int64(1); cut <= 60; cut++ {
		s, err := newSorter(1, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		if err := s.add(keysOnly("1", "2", "3")); err != nil {
			t.Fatal(err)
		}
		if err := s.file.Truncate(max(0, s.end-cut)); err != nil {
			t.Fatal(err)
		}
		err = s.rewind()
		if err == nil {
			err = s.next(new(chunk))
		}
		if err == nil {
			t.Errorf("%d of %d bytes are cut off, and nobody says so", min(cut, s.end), s.end)
		}
	}
}
