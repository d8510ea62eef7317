package response

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

var columns = []row.Column{{Name: "n", Kind: row.Int}}

func getRequest() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

// An encoder in small steps: the status line waits for a block, or for the end.
func TestHeldBack(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		reason    string
		bytes     int
		fails     bool
		committed bool
		length    string // Content-Length
	}{
		{"a short one is sent whole, with its length", 100, false, true, "100"},
		{"an error in a short one leaves nothing behind", 100, true, false, ""},
		{"a block is still held", firstBlock, true, false, ""},
		{"more than a block is not", firstBlock + 1, true, true, ""},
		{"a long one", 3 * blockSize, false, true, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			e := encoder.Func("text/x", func(w io.Writer, _ *row.Rows) error {
				for range test.bytes {
					if _, err := w.Write([]byte("x")); err != nil {
						return err
					}
				}
				if test.fails {
					return broken
				}
				return nil
			})
			w := httptest.NewRecorder()
			w.Code = 0
			err := Reply{Status: http.StatusAccepted, Encoder: e}.Send(w, getRequest(), row.Of(columns))
			var aborted *AbortedError
			if errors.Is(err, broken) != test.fails || errors.As(err, &aborted) != (test.fails && test.committed) {
				t.Errorf("error = %#v", err)
			}
			if (w.Code == http.StatusAccepted) != test.committed || w.Header().Get("Content-Length") != test.length {
				t.Errorf("status %d, header %v", w.Code, w.Header())
			}
			if !test.fails && w.Body.Len() != test.bytes {
				t.Errorf("%d bytes arrived", w.Body.Len())
			}
		})
	}
}

// What a client's connection says is returned, as an abort: the status line went out with it.
func TestClientGone(t *testing.T) {
	var aborted *AbortedError
	err := Reply{Encoder: encoder.JSON()}.Send(gone{httptest.NewRecorder()}, getRequest(), row.Of(columns, []any{int64(1)}))
	if !errors.As(err, &aborted) || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error = %v", err)
	}
}

type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestProblem(t *testing.T) {
	w := httptest.NewRecorder()
	Problem{Status: 499, Code: "P0001", Message: "m", Details: "d", Hint: `"h"`}.Write(w)
	fmt.Fprint(w, "\n")
	want := `{"title":"Error","status":499,"code":"P0001","message":"m","details":"d","hint":"\"h\""}`
	if got := strings.TrimSpace(w.Body.String()); w.Code != 499 || got != want || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %s", w.Code, w.Header(), got)
	}
}
