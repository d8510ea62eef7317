package measure

import (
	"context"
	"errors"
	"net/http"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
)

func TestSampleKeepsItsOrder(t *testing.T) {
	for _, test := range []struct {
		sample              Sample
		median, least, most float64
	}{
		{nil, 0, 0, 0},
		{Sample{3}, 3, 3, 3},
		{Sample{5, 1}, 3, 1, 5},
		{Sample{9, 1, 2}, 2, 1, 9},
		{Sample{4, 1, 3, 2}, 2.5, 1, 4},
	} {
		before := append(Sample(nil), test.sample...)
		least, most := test.sample.Spread()
		median := test.sample.Median()
		if median != test.median || least != test.least || most != test.most {
			t.Errorf("%v: median %v, spread %v–%v", test.sample, median, least, most)
		}
		if !reflect.DeepEqual(test.sample, before) {
			t.Errorf("%v is in another order: %v", before, test.sample)
		}
	}
}

func TestRatioComparesWithinRounds(t *testing.T) {
	// A slow round slows both, and does not change the ratios within rounds.
	got := Sample{2, 20, 3}.Over(Sample{1, 10, 2})
	if want := (Ratio{OfMedians: 1.5, OfRounds: 2}); got != want {
		t.Errorf("ratio = %+v, want %+v", got, want)
	}
	if got := (Sample{4, 4, 4}).Over(Sample{2}); got != (Ratio{2, 2}) {
		t.Errorf("ratio to a shorter sample = %+v", got)
	}
}

func TestInterleaveRotatesTheSubjects(t *testing.T) {
	var order []string
	subject := func(name string) Subject {
		return Subject{name, func(context.Context) (float64, error) {
			order = append(order, name)
			return float64(len(order)), nil
		}}
	}
	got, err := Interleave(t.Context(), 2, []Subject{subject("A"), subject("B")})
	if want := []Sample{{4, 5}, {3, 6}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("samples = %v, %v; want %v", got, err, want)
	}
	if got := strings.Join(order, ""); got != "ABBAAB" {
		t.Errorf("order = %s", got)
	}
}

func TestInterleaveStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	_, err := Interleave(ctx, 5, []Subject{{"A", func(context.Context) (float64, error) {
		runs++
		cancel()
		return 1, nil
	}}})
	if !errors.Is(err, context.Canceled) || runs != 1 {
		t.Errorf("error = %v after %d runs", err, runs)
	}
}

func TestServeReportsFailures(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name  string
		serve func(http.ResponseWriter, *http.Request) error
		want  string
	}{
		{"response", func(w http.ResponseWriter, r *http.Request) error {
			_, err := w.Write([]byte(r.URL.Path))
			return err
		}, ""},
		{"status", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(503)
			return nil
		}, "status 503"},
		{"error", func(http.ResponseWriter, *http.Request) error {
			return boom
		}, "boom"},
		{"abort", func(http.ResponseWriter, *http.Request) error {
			panic(http.ErrAbortHandler)
		}, "aborted"},
	} {
		r, err := Serve(t.Context(), test.serve, "/path")
		switch {
		case test.want == "" && (err != nil || r.Bytes != 5 ||
			r.First.IsZero() || r.First.Sub(r.Started) > r.Took):
			t.Errorf("%s: %+v, %v", test.name, r, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// A process whose peak is past has another one after ResetPeak.
func TestResetPeak(t *testing.T) {
	const size = 64 << 20
	block := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		block[i] = 1
	}
	before, err := Peak(os.Getpid())
	if err != nil || before < size {
		t.Fatalf("peak = %v, %v", before, err)
	}
	block = nil
	debug.FreeOSMemory()
	if err := ResetPeak(os.Getpid()); err != nil {
		t.Fatal(err)
	}
	after, err := Peak(os.Getpid())
	if err != nil || after > before-size/4 { // the runtime keeps some
		t.Errorf("peak = %v after %v, %v", after, before, err)
	}
}

func TestPeak(t *testing.T) {
	got, err := peakIn("Name:\tbench\nVmPeak:\t  999 kB\nVmHWM:\t    1024 kB\n")
	if err != nil || got != 1<<20 {
		t.Errorf("peak = %v, %v", got, err)
	}
	if _, err := peakIn("Name:\tbench\n"); err == nil {
		t.Error("a status without VmHWM has a peak")
	}
}
