package metrics

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/observe"
)

// The codes of errors are an author's, and may be text of a request: RAISE USING ERRCODE = arg.
func TestLabelsAreBounded(t *testing.T) {
	m := New("v1")
	for i := range 2 * most {
		m.Began()
		m.Ended(&observe.Request{
			Start: time.Now(), Ended: time.Now(), Status: 400, Routine: "f", Code: fmt.Sprintf("%05d", i),
		})
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Count(string(text), "\nmoresql_calls_total{")
	other := fmt.Sprintf("moresql_calls_total{code=\"other\",routine=\"other\"} %d\n", most)
	if lines != most+1 || !strings.Contains(string(text), other) {
		t.Errorf("%d lines, and no %s in\n%s", lines, other, text)
	}
}

// Counting a request allocates next to nothing, whatever it calls.
func TestCountingIsCheap(t *testing.T) {
	m := New("v1")
	q := &observe.Request{Start: time.Now(), Ended: time.Now(), Status: 200, Routine: "f"}
	if n := testing.AllocsPerRun(1000, func() { m.Began(); m.Ended(q) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEnded(b *testing.B) {
	m := New("v1")
	q := &observe.Request{Start: time.Now(), Ended: time.Now(), Status: 200, Routine: "f"}
	for b.Loop() {
		m.Began()
		m.Ended(q)
	}
}
