// Package encodertest tests whether an encoder keeps the contract of encoder.Encoder, in one line
// for an encoder of a program's own:
//
//	func TestEncoder(t *testing.T) {
//		encodertest.Run(t, msgpack.Encoder(), decode)
//	}
//
// An encoder that passes keeps what moresql guarantees: nothing is lost, no buffer grows with the
// number of rows, and a document that was cut is never taken for a complete one.
package encodertest

import (
	"bytes"
	"fmt"
	"mime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// A Decode function reads what an encoder has written: the rows in their order, each with its
// fields in theirs. It returns an error for a document that is not complete, if the format shows
// that.
type Decode func(document []byte) ([][]Field, error)

// A Field is one value of a row as a Decode function has read it.
type Field struct {
	Name string

	// Text is the value's text as row.Value.String returns it, or JSON for an array, and "" for NULL.
	Text string

	Null bool
}

// A kit is what each part of the contract needs.
type kit struct {
	encoder encoder.Encoder
	decode  Decode
}

// Run tests the contract of encoder.Encoder in subtests of t. decode reads what e writes.
func Run(t *testing.T, e encoder.Encoder, decode Decode) {
	k := kit{e, decode}
	t.Run("media type", k.mediaType)
	t.Run("empty", k.empty)
	t.Run("columns", k.columns)
	t.Run("values", k.values)
	t.Run("many rows", k.manyRows)
	t.Run("flat memory", k.flatMemory)
	t.Run("row error", k.rowError)
	t.Run("write error", k.writeError)
	t.Run("twice", k.twice)
	t.Run("concurrent", k.concurrent)
}

func (k kit) mediaType(t *testing.T) {
	if _, _, err := mime.ParseMediaType(k.encoder.MediaType()); err != nil {
		t.Errorf("MediaType() = %q: %v", k.encoder.MediaType(), err)
	}
}

func (k kit) empty(t *testing.T) {
	if rows := k.rows(t, k.document(t, numbered(0))); len(rows) != 0 {
		t.Errorf("a result without rows was encoded as %d rows: %v", len(rows), rows)
	}
}

// columns checks that columns have the order of the result, not that of their names, and that each
// of those with the same name is there.
func (k kit) columns(t *testing.T) {
	columns := []row.Column{{Name: "z"}, {Name: "a b"}, {Name: "z"}, {Name: "Ü"}, {Name: "a"}}
	var document bytes.Buffer
	rows := row.Of(columns, []any{"1", "2", "3", "4", "5"})
	if err := k.encoder.Encode(&document, rows); err != nil {
		t.Fatal(err)
	}
	got := k.rows(t, document.Bytes())
	want := [][]Field{{
		{Name: "z", Text: "1"},
		{Name: "a b", Text: "2"},
		{Name: "z", Text: "3"},
		{Name: "Ü", Text: "4"},
		{Name: "a", Text: "5"},
	}}
	if !slices.EqualFunc(got, want, slices.Equal[[]Field]) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// manyRows also finds an encoder that keeps rows beyond their step: the database overwrites what it
// has returned, and so does row.Rows.
func (k kit) manyRows(t *testing.T) {
	const n = 10_000
	rows := k.rows(t, k.document(t, numbered(n)))
	if len(rows) != n {
		t.Errorf("%d rows were encoded as %d", n, len(rows))
	}
	for i, got := range rows {
		if want := numberedFields(i); !slices.Equal(got, want) {
			t.Fatalf("row %d\ngot  %v\nwant %v", i, got, want)
		}
	}
}

// flatMemory records how much has been written each time that a row is read. Since all rows have
// the same size, that shows how much of the document was held back.
func (k kit) flatMemory(t *testing.T) {
	const n = 1000
	const limit = 64 << 10 // twice a block, for encoders that count in another way
	var w bytes.Buffer
	written := make([]int, n)
	wide := numbered(n)
	wide.before = func(i int) { written[min(i, n-1)] = w.Len() }
	wide.pad = 1000
	if err := wide.encode(k.encoder, &w); err != nil {
		t.Fatal(err)
	}
	perRow := w.Len() / n
	for taken, written := range written {
		if held := taken*perRow - written; held > limit+perRow {
			t.Fatalf("of the %d bytes of %d rows, %d were held back: "+
				"an encoder may hold back a block of some 32 KiB and one row",
				taken*perRow, taken, held)
		}
	}
	if written[n-1] == 0 {
		t.Errorf("nothing was written before the last of %d rows", n)
	}
}

func (k kit) twice(t *testing.T) {
	first := k.document(t, numbered(100))
	if second := k.document(t, numbered(100)); !bytes.Equal(first, second) {
		t.Errorf("the same rows were encoded as\n%.300q, then as\n%.300q", first, second)
	}
}

// concurrent has all goroutines wait for each other in the middle of their documents, where state
// that they share is certain to get mixed up.
func (k kit) concurrent(t *testing.T) {
	const n, together = 2000, 8
	want := k.document(t, numbered(n))
	var arrived atomic.Int32
	all := make(chan struct{})
	meet := func(i int) {
		if i != n/2 {
			return
		}
		if arrived.Add(1) == together {
			close(all)
		}
		select {
		case <-all:
		case <-time.After(time.Second): // the encoder locks
		}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for range together {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rows := numbered(n)
			rows.before = meet
			var got bytes.Buffer
			if err := rows.encode(k.encoder, &got); err != nil {
				t.Errorf("one of %d concurrent calls: %v", together, err)
			} else if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("one of %d concurrent calls wrote another document than one alone", together)
			}
		}()
	}
}

// document returns the document that the encoder writes for a result.
func (k kit) document(t *testing.T, r *result) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := r.encode(k.encoder, &w); err != nil {
		t.Fatal("Encode:", err)
	}
	return w.Bytes()
}

// rows returns the rows of a complete document.
func (k kit) rows(t *testing.T, document []byte) [][]Field {
	t.Helper()
	rows, err := k.decode(document)
	if err != nil {
		t.Fatalf("decode: %v\n%s", err, excerpt(document))
	}
	return rows
}

// excerpt shortens a document for a message.
func excerpt(document []byte) string {
	if len(document) <= 1000 {
		return string(document)
	}
	return fmt.Sprintf("%s … %s", document[:500], document[len(document)-500:])
}
