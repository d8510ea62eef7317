package moresql_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/row"
)

var raised = &pq.Error{
	Code: "P0001", Message: "no such car", Detail: "looked everywhere", Hint: "buy one",
}

// shownErrors are errors of the database, with what a response shows of them next to its status.
var shownErrors = []struct {
	reason string
	err    error
	status int
	shown  map[string]any
}{{
	reason: "what an author raises is shown", err: raised, status: 400,
	shown: map[string]any{
		"code": "P0001", "message": "no such car", "details": "looked everywhere", "hint": "buy one",
	},
}, {
	reason: "an author may choose the status",
	err:    &pq.Error{Code: "PT402", Message: "pay first"}, status: 402,
	shown: map[string]any{"code": "PT402", "message": "pay first"},
}, {
	reason: "of bad data the message says what is wrong",
	err:    &pq.Error{Code: "22P02", Message: "invalid input syntax"}, status: 400,
	shown: map[string]any{"code": "22P02", "message": "invalid input syntax"},
}, {
	reason: "a view's CHECK OPTION is about the data as well",
	err: &pq.Error{
		Code: "44000", Message: "new row violates check option for view \"v\"",
		Detail: "Failing row contains (secret).",
	},
	status: 400,
	shown: map[string]any{
		"code": "44000", "message": "new row violates check option for view \"v\"",
	},
}, {
	reason: "the detail may show rows",
	err: &pq.Error{
		Code: "23505", Message: "duplicate key", Detail: "Key (email)=(ann@example.org)",
	},
	status: 409, shown: map[string]any{"code": "23505", "message": "duplicate key"},
}, {
	reason: "an unexpected error shows nothing",
	err:    &pq.Error{Code: "42703", Message: "column secret does not exist"}, status: 500,
	shown: map[string]any{"code": "42703"},
}, {
	reason: "one without SQLSTATE shows nothing",
	err:    errors.New("secret"), status: 500, shown: map[string]any{},
}, {
	reason: "the way to the database is not shown",
	err:    &net.OpError{Op: "dial", Err: errors.New("secret refused")}, status: 503,
	shown: map[string]any{},
}, {
	reason: "the database shuts down",
	err:    &pq.Error{Code: "57P01", Message: "terminating"}, status: 503,
	shown: map[string]any{"code": "57P01"},
}, {
	reason: "a right is missing, and nobody is authenticated",
	err:    &pq.Error{Code: "42501", Message: "permission denied for table secret"}, status: 401,
	shown: map[string]any{"code": "42501"},
}, {
	reason: "a function is missing",
	err:    &pq.Error{Code: "42883", Message: "function secret() does not exist"}, status: 404,
	shown: map[string]any{"code": "42883"},
}, {
	reason: "an error is wrapped in another", err: fmt.Errorf("wrapped: %w", raised), status: 400,
	shown: map[string]any{
		"code": "P0001", "message": "no such car", "details": "looked everywhere", "hint": "buy one",
	},
}}

// What the client sees of an error does not depend on when it comes.
func TestErrorsShowWhatClientsMayKnow(t *testing.T) {
	for _, test := range shownErrors {
		for _, when := range []string{"the query", "the first row", "a later row"} {
			t.Run(test.reason+" from "+when, func(t *testing.T) {
				db, expect := mock(t)
				rows := result("n", []any{1}, []any{2})
				switch query := expect.ExpectQuery("SELECT * FROM f()"); when {
				case "the query":
					query.WillReturnError(test.err)
				case "the first row":
					query.WillReturnRows(rows.RowError(0, test.err))
				case "a later row":
					query.WillReturnRows(rows.RowError(1, test.err))
				}
				var logged bytes.Buffer
				h := moresql.New(db, logTo(&logged)).Handler("f")
				w := serve(h, get("/path?password=hunter2"))

				var shown map[string]any
				if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil {
					t.Fatalf("%v in %s", err, w.Body)
				}
				id, _ := shown["request_id"].(string)
				delete(shown, "request_id")
				if test.status >= 500 != (id != "") || w.Header().Get("X-Request-Id") != id ||
					!strings.Contains(logged.String(), id) {
					t.Errorf("request id %v, logged %s", id, &logged)
				}
				want := maps.Clone(test.shown)
				title := http.StatusText(test.status)
				want["status"], want["title"] = float64(test.status), title
				if want["message"] == nil { // clients of PostgREST show it
					want["message"] = title
				}
				if w.Code != test.status || fmt.Sprint(shown) != fmt.Sprint(want) {
					t.Errorf("%d %v\nwant %d %v", w.Code, shown, test.status, want)
				}
				isError := strings.Contains(logged.String(), "level=ERROR")
				if isError != (test.status >= 500) {
					t.Errorf("logged %q for status %d", &logged, test.status)
				}
				if strings.Contains(logged.String(), "hunter2") {
					t.Errorf("a value of the request is logged: %s", &logged)
				}
			})
		}
	}
}

func TestRequestErrors(t *testing.T) {
	db, _ := mock(t) // which no statement reaches
	m := moresql.New(db, quiet, moresql.Limits{Body: 20})
	h := m.Handler("f", moresql.Fields("a", "b"))
	for _, test := range []struct {
		reason, contentType, body string
		status                    int
		message                   string
	}{{
		reason: "all missing fields are named", contentType: "application/json",
		body: `{}`, status: 400, message: "a, b",
	}, {
		reason: "invalid JSON", contentType: "application/json",
		body: `{"a":`, status: 400, message: "offset",
	}, {
		reason: "a body that is too large", contentType: "application/json",
		body: `{"a": "0123456789 0123456789"}`, status: 413, message: "20",
	}, {
		reason: "a body of another kind", contentType: "text/plain",
		body: "a=1", status: 415, message: "application/json",
	}} {
		r := post("/", test.body)
		r.Header.Set("Content-Type", test.contentType)
		w := serve(h, r)
		var shown struct{ Message, Hint string }
		err := json.Unmarshal(w.Body.Bytes(), &shown)
		if err != nil || w.Code != test.status ||
			!strings.Contains(shown.Message+shown.Hint, test.message) {
			t.Errorf("%s: %d %s, want %d and %q",
				test.reason, w.Code, w.Body, test.status, test.message)
		}
	}
}

// A status that no error has must not make an error look like a success, or panic.
func TestErrorStatusIsThatOfAnError(t *testing.T) {
	for _, status := range []int{0, 200, 1000} {
		db, _ := mock(t)
		failing := binder.SourceFunc(func(*http.Request) (binder.Lookup, error) {
			return nil, &moresql.Error{Status: status, Message: "no", Public: true}
		})
		h := moresql.New(db, quiet).Handler("f", moresql.Bind(binder.Any("a").From(failing)))
		if w := serve(h, get("/")); w.Code != http.StatusInternalServerError {
			t.Errorf("status %d became %d", status, w.Code)
		}
	}
}

// A request whose client has gone is no fault, and is not logged.
func TestCancelledRequestIsNotLogged(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnError(&pq.Error{
		Code: "57014", Message: "canceling statement due to user request",
	})
	ctx, cancel := context.WithCancel(context.Background())
	leaving := querierFunc(func(ctx context.Context, s string, args ...any) (*sql.Rows, error) {
		defer cancel()
		return db.QueryContext(ctx, s, args...)
	})
	var logged bytes.Buffer
	h := moresql.New(leaving, logTo(&logged)).Handler("f")
	w := serve(h, get("/").WithContext(ctx))
	if w.Code != http.StatusServiceUnavailable || logged.Len() > 0 {
		t.Errorf("%d, logged %q; want 503 and no log", w.Code, &logged)
	}
}

func TestDeadlineOfTheRequestIs504(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillDelayFor(time.Hour).WillReturnRows(result(""))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	w := serve(moresql.New(db, quiet).Handler("f"), get("/").WithContext(ctx))
	if w.Code != http.StatusGatewayTimeout {
		t.Errorf("%d %s, want 504", w.Code, w.Body)
	}
}

// A connection that cannot be had is the program's own trouble, whatever the code of the error.
func TestConnectErrorIs503AndShowsNothing(t *testing.T) {
	refusing := querierFunc(func(context.Context, string, ...any) (*sql.Rows, error) {
		return nil, &exec.ConnectError{Err: &pq.Error{
			Code: "28P01", Message: "password authentication failed for user secret",
		}}
	})
	w := serve(moresql.New(refusing, quiet).Handler("f"), get("/"))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The id that a proxy has given to a request is kept unless it could garble a log.
func TestRequestIDIsKeptIfItIsHarmless(t *testing.T) {
	for id, kept := range map[string]bool{
		"abc-123": true, "": false, "a b": false, "a\nb": false, strings.Repeat("x", 129): false,
	} {
		r := get("/")
		r.Header["X-Request-Id"] = []string{id}
		w := serve(moresql.New(failing(errors.New("broken")), quiet).Handler("f"), r)
		got := w.Header().Get("X-Request-Id")
		if got == "" || (got == id) != kept ||
			!strings.Contains(w.Body.String(), `"request_id":"`+got+`"`) {
			t.Errorf("%q: %q %s", id, got, w.Body)
		}
	}
}

func TestRetryAfterWhereTheDatabaseSaysSo(t *testing.T) {
	for code, want := range map[pqerror.Code]string{
		"40001": "1", "40P01": "1", "08006": "", "23505": "",
	} {
		w := serve(moresql.New(failing(&pq.Error{Code: code}), quiet).Handler("f"), get("/"))
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("%s: %d, Retry-After %q, want %q", code, w.Code, got, want)
		}
	}
}

func TestMissingRightIs401WithoutAuthorization(t *testing.T) {
	for _, test := range []struct {
		header    []string
		status    int
		challenge string
	}{
		{header: nil, status: 401, challenge: "Bearer"},
		{header: []string{"Authorization", "Bearer x"}, status: 403, challenge: ""},
	} {
		h := moresql.New(failing(&pq.Error{Code: "42501"}), quiet).Handler("f")
		w := serve(h, get("/", test.header...))
		if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge {
			t.Errorf("%v: %d %v", test.header, w.Code, w.Header())
		}
	}
}

// What Session says of authentication counts, not the header of the request.
func TestSessionSaysWhoIsAuthenticated(t *testing.T) {
	for authenticated, status := range map[bool]int{true: 403, false: 401} {
		db, expect := mock(t)
		expect.ExpectBegin()
		expect.ExpectQuery("SELECT 1, set_config($1, $2, true)").WithArgs("role", "none").
			WillReturnRows(result("1 2"))
		expect.ExpectQuery("SELECT * FROM f()").WillReturnError(&pq.Error{Code: "42501"})
		expect.ExpectRollback()
		expectClean(expect)
		session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
			return moresql.Settings{Authenticated: authenticated}, nil
		})
		h := moresql.New(db, quiet, session).Handler("f")
		if w := serve(h, get("/", "Authorization", "Bearer x")); w.Code != status {
			t.Errorf("authenticated %v: %d, want %d", authenticated, w.Code, status)
		}
	}
}

// The hook has the last word.
func TestErrorHookChangesTheResponse(t *testing.T) {
	m := moresql.New(failing(errors.New("constraint failed")), quiet,
		moresql.Hooks{Error: func(e *moresql.Error) {
			e.Status, e.Message, e.Public = http.StatusConflict, "there is one already", true
		}})
	w := serve(m.Handler("f"), get("/"))
	if w.Code != 409 || !strings.Contains(w.Body.String(), "there is one already") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// An Error carries what the database said, and unwraps to the driver's error.
func ExampleError() {
	db := failing(&pq.Error{Code: "P0001", Message: "no such car", Hint: "buy one"})
	for _, err := range moresql.New(db).Rows(context.Background(), "f") {
		var e *moresql.Error
		if errors.As(err, &e) {
			fmt.Println(e.Status, e.Code, e.Message, e.Hint)
		}
		var cause *pq.Error
		fmt.Println(errors.As(err, &cause))
	}
	// Output:
	// 400 P0001 no such car buy one
	// true
}

// Hooks.Error changes how an error is sent to the client: its text, its status, or what it shows.
func ExampleHooks_error() {
	m := moresql.New(returning("SELECT * FROM get_car()", result("id")),
		moresql.Hooks{Error: func(e *moresql.Error) {
			if e.Status == http.StatusNotFound {
				e.Message, e.Hint = "no such car", "GET /cars lists them"
			}
		}})
	show(m.Handler("get_car", moresql.Shape(row.One)), get("/"))
	// Output:
	// 404 application/problem+json
	// {
	//   "title": "Not Found",
	//   "status": 404,
	//   "message": "no such car",
	//   "hint": "GET /cars lists them"
	// }
}

// Codes that the procedures of a program raise get statuses of the program's choice.
func ExampleHooks_status() {
	err := &pq.Error{Code: "23514", Message: "doors must be positive"}
	m := moresql.New(failing(err), moresql.Hooks{Error: func(e *moresql.Error) {
		if e.Code == "23514" {
			e.Status = http.StatusUnprocessableEntity
		}
	}})
	show(m.Handler("f"), get("/"))
	// Output:
	// 422 application/problem+json
	// {
	//   "title": "Unprocessable Entity",
	//   "status": 422,
	//   "code": "23514",
	//   "message": "doors must be positive"
	// }
}

// Verbose shows clients all that the database says, which is for development.
func ExampleHooks_details() {
	err := &pq.Error{
		Code: "23505", Message: "duplicate key", Detail: "Key (name)=(2CV) already exists.",
	}
	verbose := moresql.Hooks{Error: func(e *moresql.Error) { e.Verbose = true }}
	show(moresql.New(failing(err), verbose).Handler("f"), get("/"))
	// Output:
	// 409 application/problem+json
	// {
	//   "title": "Conflict",
	//   "status": 409,
	//   "code": "23505",
	//   "message": "duplicate key",
	//   "details": "Key (name)=(2CV) already exists."
	// }
}
