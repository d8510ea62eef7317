package response

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

// sendCall sends the result of a statement that runs in a transaction, and notes what happens.
func sendCall(
	t *testing.T, r fakedb.Result, method string, rows row.Options, o Options,
) (w *httptest.ResponseRecorder, log string, began bool, err error) {
	t.Helper()
	fake := &fakedb.DB{Can: fakedb.Modern, Results: map[string]fakedb.Result{
		"call": r, "trailer": {Sets: []fakedb.Set{fakedb.Texts("last")}},
	}}
	ctx := context.Background()
	result, err := exec.Run(ctx, fake.Open(t), []exec.Statement{{Text: "call"}},
		exec.Options{Tx: true, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	w = httptest.NewRecorder()
	w.Code = 0
	if o.Encoder == nil {
		o.Encoder = encoder.JSON()
	}
	began, _, err = Send(w, httptest.NewRequest(method, "/", nil), result, &o)
	result.Close()
	return w, fake.Log(), began, err
}

// Reply decides on the response after the last row and the trailer, and before the commit: an error
// of any of them rolls back, and sends nothing.
func TestSendCommitsLast(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		reason string
		result fakedb.Result
		fails  error // of Reply
		log    string
	}{
		{
			reason: "all is well", result: fakedb.Result{Rows: 3},
			log: "begin read only false, query call, query trailer, reply 3 [last], commit",
		},
		{
			reason: "the rows fail", result: fakedb.Result{Rows: 3, End: broken},
			log: "begin read only false, query call, rollback",
		},
		{
			reason: "the reply fails", result: fakedb.Result{Rows: 3}, fails: broken,
			log: "begin read only false, query call, query trailer, reply 3 [last], rollback",
		},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			reply := ""
			w, log, began, err := sendCall(t, test.result, method, row.Options{}, Options{
				Trailer: []exec.Statement{{Text: "trailer"}},
				Reply: func(s int, _, trailer []row.Value, rows int64) (int, http.Header, error) {
					reply = fmt.Sprintf("query trailer, reply %d %v", rows, trailer)
					return s, nil, test.fails
				},
			})
			log = strings.Replace(log, "query trailer", reply, 1)
			if log != test.log {
				t.Errorf("%s, %s: %q, want %q", test.reason, method, log, test.log)
			}
			if ok := strings.HasSuffix(log, "commit"); (err == nil) != ok || began != ok ||
				(w.Code == 200) != ok {
				t.Errorf("%s, %s: %d, began %v, %v", test.reason, method, w.Code, began, err)
			}
		}
	}
}

// A commit that fails is an error of which the response has sent nothing.
func TestSendSendsNothingIfTheCommitFails(t *testing.T) {
	broken := errors.New("broken")
	fake := &fakedb.DB{Can: fakedb.Modern, Results: map[string]fakedb.Result{
		"call": {Rows: 1}, "commit": {Err: broken},
	}}
	result, err := exec.Run(context.Background(), fake.Open(t),
		[]exec.Statement{{Text: "call"}}, exec.Options{Tx: true})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	w := httptest.NewRecorder()
	began, _, err := Send(w, getRequest(), result, &Options{Encoder: encoder.JSON()})
	if began || !errors.Is(err, broken) || w.Body.Len() > 0 {
		t.Errorf("began %v, %v, %q", began, err, w.Body)
	}
}

// Of a long response the trailer is left out once it has begun, and an error comes too late.
func TestSendOfALongResult(t *testing.T) {
	broken := errors.New("broken")
	for _, end := range []error{nil, broken} {
		result := fakedb.Result{Rows: 10_000, End: end}
		w, log, began, err := sendCall(t, result, http.MethodGet, row.Options{}, Options{
			Trailer: []exec.Statement{{Text: "trailer"}},
			Reply: func(status int, _, trailer []row.Value, n int64) (int, http.Header, error) {
				if trailer != nil || n != -1 {
					t.Errorf("trailer %v, %d rows", trailer, n)
				}
				return status, nil, nil
			},
		})
		if !began || w.Code != 200 || !errors.Is(err, end) || strings.Contains(log, "trailer") {
			t.Errorf("began %v, %d, %v, %q", began, w.Code, err, log)
		}
	}
}

// Metadata columns are taken off the rows and passed to Reply.
func TestSendPassesMetadataToReply(t *testing.T) {
	set := fakedb.Ints(7, 7)
	set.Columns = append(set.Columns, fakedb.Column{Name: "name", DatabaseType: "TEXT"})
	set.Rows[0] = append(set.Rows[0], "2CV")
	result := fakedb.Result{Sets: []fakedb.Set{set}}
	w, _, _, err := sendCall(t, result, http.MethodGet, row.Options{Meta: 1}, Options{
		Reply: func(_ int, meta, _ []row.Value, _ int64) (int, http.Header, error) {
			return 206, http.Header{"X-Meta": {meta[0].String()}}, nil
		},
	})
	if err != nil || w.Code != 206 || w.Header().Get("X-Meta") != "7" ||
		w.Body.String() != `[{"name":"2CV"}]` {
		t.Errorf("%d %v %s, %v", w.Code, w.Header(), w.Body, err)
	}
}

func TestSendLimitsRows(t *testing.T) {
	for limit, want := range map[int64]string{
		0: "<nil>", 3: "<nil>", 2: "the result exceeds the limit of 2 rows",
	} {
		_, _, _, err := sendCall(t, fakedb.Result{Rows: 3}, http.MethodGet, row.Options{},
			Options{MaxRows: limit})
		if fmt.Sprint(err) != want {
			t.Errorf("a limit of %d: %v, want %s", limit, err, want)
		}
	}
}

// A client that has chosen to get a single object has chosen wrong; otherwise the program has.
func TestSendOfASingularResult(t *testing.T) {
	for _, singular := range []bool{false, true} {
		_, _, _, err := sendCall(t, fakedb.Result{Rows: 2}, http.MethodGet, row.Options{},
			Options{Shape: row.One, Singular: singular})
		var count *row.CountError
		var problem interface{ Problem() (int, string, string) }
		if !errors.As(err, &count) || !count.Many || errors.As(err, &problem) != singular {
			t.Errorf("singular %v: %#v", singular, err)
		}
		if singular {
			if status, _, _ := problem.Problem(); status != http.StatusNotAcceptable {
				t.Errorf("%d, want 406", status)
			}
		}
	}
}

// HEAD of a call that cannot have effects has the header of GET, and needs no rows after those that
// GET begins with.
func TestSendOfHeadReadsNoFurtherWithoutEffects(t *testing.T) {
	for _, result := range []fakedb.Result{
		{Rows: 10_000, End: errors.New("broken")}, {Rows: 10_000}, {Rows: 3}, {Rows: 0},
		{Sets: fakedb.Nothing},
	} {
		responses := map[string]string{}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w, _, began, err := sendCall(t, result, method, row.Options{}, Options{
				ReadOnly: true,
				Reply: func(s int, _, _ []row.Value, n int64) (int, http.Header, error) {
					return s, http.Header{"X-Rows": {fmt.Sprint(n)}}, nil
				},
			})
			if !began || method == http.MethodHead && (err != nil || w.Body.Len() > 0) {
				t.Errorf("%d rows, %s: began %v, %v, %q", result.Rows, method, began, err, w.Body)
			}
			w.Header().Del("Content-Length")
			responses[method] = fmt.Sprint(w.Code, w.Header())
		}
		if get, head := responses[http.MethodGet], responses[http.MethodHead]; get != head {
			t.Errorf("%d rows: HEAD has %s, GET has %s", result.Rows, head, get)
		}
	}
}

// Reply may know why a row is missing: its error goes before that of the shape, and
// without one the shape's stays.
func TestSendHasReplyExplainMissingRows(t *testing.T) {
	after := errors.New("the offset is after the last row")
	for _, o := range []Options{
		{Shape: row.One}, {Shape: row.Scalar}, {Shape: row.One, Singular: true},
	} {
		for _, fails := range []error{after, nil} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				o.Reply = func(s int, _, _ []row.Value, rows int64) (int, http.Header, error) {
					if rows != 0 {
						t.Errorf("Reply gets %d rows", rows)
					}
					return s, nil, fails
				}
				_, log, began, err := sendCall(t, fakedb.Result{Sets: []fakedb.Set{fakedb.Texts()}},
					method, row.Options{}, o)
				if began || !strings.HasSuffix(log, "rollback") {
					t.Errorf("began %v, %s", began, log)
				}
				if want := (*row.CountError)(nil); fails != nil && !errors.Is(err, fails) ||
					fails == nil && !errors.As(err, &want) {
					t.Errorf("%+v, %s: %v", o.Shape, method, err)
				}
			}
		}
	}
}

// A number that is not the status of a response is found before the commit.
func TestSendRefusesAStatusBeforeTheCommit(t *testing.T) {
	for _, status := range []int{-1, 0, 100, 199, 600, 1000} {
		for _, rows := range []int{1, 10_000} {
			_, log, began, err := sendCall(t, fakedb.Result{Rows: rows}, http.MethodGet,
				row.Options{}, Options{
					Reply: func(int, []row.Value, []row.Value, int64) (int, http.Header, error) {
						return status, nil, nil
					},
				})
			if err == nil || began || !strings.HasSuffix(log, "rollback") {
				t.Errorf("%d of %d rows: began %v, %v, %s", status, rows, began, err, log)
			}
		}
	}
}

// The row of a function that returns void is none of the response.
func TestSendCountsNoRowOfVoid(t *testing.T) {
	for kind, want := range map[row.Kind]int64{row.Void: 0, row.Text: 1} {
		got := int64(-1)
		columns := []row.Column{{Name: "f", Kind: kind}}
		_, _, _, err := sendCall(t, fakedb.Result{Rows: 1}, http.MethodPost,
			row.Options{Columns: columns}, Options{
				Reply: func(s int, _, _ []row.Value, rows int64) (int, http.Header, error) {
					got = rows
					return s, nil, nil
				},
			})
		if got != want || err != nil {
			t.Errorf("%s: %d rows, want %d, %v", kind, got, want, err)
		}
	}
}
