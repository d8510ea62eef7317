package call

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// echo responds with its arguments as they came, and refuses those of a bad call.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(string(body), "bad") {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"message": "it is bad"}`)
		return
	}
	if r.Header.Get("Content-Type") != "application/json" {
		body = quote(string(body))
	}
	w.Write(body)
}

func each(t *testing.T, h http.HandlerFunc, text string, atOnce int) (
	printed string, failures []Failure, tally Tally, err error,
) {
	t.Helper()
	next, err := Lines(strings.NewReader(text))
	if err != nil {
		return "", nil, tally, err
	}
	var b bytes.Buffer
	target := &Target{Transport: Local{h}, Base: "http://here"}
	tally, err = target.Each(t.Context(), NewOutput(&b, false), "f", next, atOnce,
		func(f Failure) error {
			failures = append(failures, f)
			return nil
		})
	return b.String(), failures, tally, err
}

func TestEachCallsOnceForEachLine(t *testing.T) {
	for _, test := range []struct {
		reason, text, want string
		failures           []Failure
	}{
		{reason: "nothing"},
		{
			reason: "digits, NULL and types of NDJSON are kept",
			text:   "{\"a\": 1.10, \"b\": null}\n\n{\"a\": [true]}",
			want:   "{\"a\":1.10,\"b\":null}\n{\"a\":[true]}\n",
		},
		{
			reason: "values of CSV are texts", text: "a,b\r\n1,\"x\ny\"\r\n,2\r\n",
			want: "\"a=1&b=x%0Ay\"\n\"a=&b=2\"\n",
		},
		{
			reason: "a byte order mark, as spreadsheets write it, is no part of a name",
			text:   "\ufeffa\n1\n", want: "\"a=1\"\n",
		},
		{reason: "nor of NDJSON", text: "\ufeff{\"a\":1}", want: "{\"a\":1}\n"},
		{reason: "a byte order mark alone", text: "\ufeff"},
		{
			reason: "failures have the lines that they began on",
			text:   "{\"a\":1}\n[1]\n{\"a\":\n{\"a\":\"bad\"}\n{\"a\":2}\n",
			want:   "{\"a\":1}\n{\"a\":2}\n",
			failures: []Failure{
				{Line: 2, Reason: "the line is not a JSON object"},
				{Line: 3, Reason: "what is read is not one JSON value"},
				{Line: 4, Arguments: []byte(`{"a":"bad"}`), Reason: "it is bad"},
			},
		},
		{
			reason: "so have those of CSV", text: "a,b\n\"1\n\",2\n1\nbad,3\n4,5\n",
			want: "\"a=1%0A&b=2\"\n\"a=4&b=5\"\n",
			failures: []Failure{
				{Line: 4, Reason: "the line has not as many values as the first one"},
				{Line: 5, Arguments: []byte(`{"a":"bad","b":"3"}`), Reason: "it is bad"},
			},
		},
	} {
		for _, atOnce := range []int{1, 8} {
			printed, failures, tally, err := each(t, echo, test.text, atOnce)
			count := Tally{Done: strings.Count(test.want, "\n"), Failed: len(test.failures)}
			if err != nil || printed != test.want || tally != count ||
				!reflect.DeepEqual(failures, test.failures) {
				t.Errorf("%s, %d at once: %q, %v, %v, %v", test.reason, atOnce, printed, failures, tally, err)
			}
		}
	}
}

// What is neither NDJSON nor CSV is refused before anything is called.
func TestFilesThatHaveNoCalls(t *testing.T) {
	for text, want := range map[string]string{
		"[{\"a\":1},{\"a\":2}]":    "the file is an array: write one object a line",
		"\x1f\x8b\x08\x00\xff\xff": "the first line is no text in UTF-8",
		"\xff\xfea\x00\n\x001\x00": "the first line is no text in UTF-8",
		"\"a\n1\n":                 "extraneous or missing",
	} {
		if _, err := Lines(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Lines without text before the first call count as lines and say nothing of the format.
func TestFilesThatBeginWithEmptyLines(t *testing.T) {
	for text, want := range map[string]int{"\n\r\n{\"a\":1}\n": 3, "\ufeff\n\na\n1\n": 4} {
		next, err := Lines(strings.NewReader(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		line, err := next()
		if err != nil || line.Err != nil || line.Args == nil || line.Number != want {
			t.Errorf("%q: %+v, %v, want the arguments of line %d", text, line, err, want)
		}
	}
}

// As many calls as may run at once do, and their results come in the order of the lines.
func TestEachRunsSeveralAtOnceAndKeepsTheOrder(t *testing.T) {
	const atOnce, calls = 4, 40
	var text, want strings.Builder
	for i := range calls {
		fmt.Fprintf(&text, "{\"n\":%d}\n", i)
		fmt.Fprintf(&want, "{\"n\":%d}\n", i)
	}
	var running, most atomic.Int32
	var once sync.Once
	gathered := make(chan struct{}) // closed when the first calls run together
	printed, _, _, err := each(t, func(w http.ResponseWriter, r *http.Request) {
		n := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if n == atOnce {
			once.Do(func() { close(gathered) })
		}
		<-gathered
		echo(w, r)
	}, text.String(), atOnce)
	if err != nil || printed != want.String() || most.Load() != atOnce {
		t.Errorf("%v, %d at once, %q", err, most.Load(), printed)
	}
}

func TestEachEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	next, err := Lines(strings.NewReader("{}\n{}\n{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	target := &Target{Base: "http://here", Transport: Local{http.HandlerFunc(
		func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})}}
	_, err = target.Each(ctx, NewOutput(io.Discard, false), "f", next, 2,
		func(Failure) error { return nil })
	if err == nil || err.Error() != "interrupted" {
		t.Error(err)
	}
}

// A response that is aborted is a failure, and no result.
func TestEachSeesAResponseThatIsCut(t *testing.T) {
	printed, failures, _, err := each(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "[1")
		panic(http.ErrAbortHandler)
	}, "{}\n", 1)
	if err != nil || printed != "" || len(failures) != 1 || failures[0].Reason != errCut.Error() {
		t.Errorf("%q, %v, %v", printed, failures, err)
	}
}
