// Package encodertest is the contract of encoder.Encoder as a test, for encoders of your own:
//
//	func TestEncoder(t *testing.T) {
//		encodertest.Run(t, msgpack.Encoder(), decode)
//	}
//
// An encoder that passes keeps moresql's promises: nothing is lost, no buffer grows with the rows,
// and a cut document is never taken for a whole one.
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

// Decode reads what an encoder wrote: the rows in their order, and in each row the fields in
// theirs. It returns an error for a document that is not complete, if the format can tell.
type Decode func(document []byte) ([][]Field, error)

// A Field is one value of a row as it stands in a document.
type Field struct {
	Name string
	// the value's text as row.Value.String has it; arrays may also be a JSON text. "" when Null
	Text string
	Null bool
}

// A kit is what the parts of the contract work with.
type kit struct {
	encoder encoder.Encoder
	decode  Decode
}

// Run tests the contract of encoder.Encoder. Decode reads what the encoder writes.
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
		t.Errorf("a result without rows came out as %d: %v", len(rows), rows)
	}
}

// columns wants the order of the result, not that of the names, and every one of those with the
// same name.
func (k kit) columns(t *testing.T) {
	columns := []row.Column{{Name: "z"}, {Name: "a b"}, {Name: "z"}, {Name: "Ü"}, {Name: "a"}}
	var document bytes.Buffer
	rows := row.Of(columns, []any{"1", "2", "3", "4", "5"})
	if err := k.encoder.Encode(&document, rows); err != nil {
		t.Fatal(err)
	}
	got := k.rows(t, document.Bytes())
	want := [][]Field{
		{
			{"z", "1", false}, {"a b", "2", false}, {"z", "3", false}, {"Ü", "4", false}, {"a", "5", false},
		},
	}
	if !slices.EqualFunc(got, want, slices.Equal[[]Field]) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// manyRows also finds an encoder that keeps rows: the database overwrites what it handed out, and
// so do row.Rows.
func (k kit) manyRows(t *testing.T) {
	const n = 10_000
	rows := k.rows(t, k.document(t, numbered(n)))
	if len(rows) != n {
		t.Errorf("%d rows came out as %d", n, len(rows))
	}
	for i, got := range rows {
		if want := numberedFields(i); !slices.Equal(got, want) {
			t.Fatalf("row %d\ngot  %v\nwant %v", i, got, want)
		}
	}
}

// flatMemory notes how much has been written each time a row is taken. Rows of the same size tell
// how much of the document that should have been.
func (k kit) flatMemory(t *testing.T) {
	const n = 1000
	const limit = 64 << 10 // twice a block, for encoders that count in their own way
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
			t.Fatalf("of the %d bytes of %d rows, %d were held back: no more than a block of some 32 KiB "+
				"and one row may be",
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
		t.Errorf("the same rows gave\n%.300q, then\n%.300q", first, second)
	}
}

// concurrent lets all meet in the middle of their documents, where state that they share gets mixed
// up for certain.
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
		case <-time.After(time.Second): // an encoder that lets one in at a time
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
				t.Errorf("one of %d at a time: %v", together, err)
			} else if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("one of %d at a time wrote another document than one alone", together)
			}
		}()
	}
}

// document returns what the encoder makes of a result.
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
