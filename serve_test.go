package moresql_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

// A traced Resource notes each step of the pipeline, and refuses the request in one of them.
type traced struct {
	mu      sync.Mutex
	steps   []string
	refusal string // the step that refuses the request, "" for none
}

// note returns an error if the step is the one that refuses.
func (s *traced) note(step string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, step)
	if step == s.refusal {
		return &moresql.Error{Status: http.StatusTeapot, Message: step + " refuses", Public: true}
	}
	return nil
}

func (s *traced) Match(*http.Request) (*moresql.Operation, error) {
	return &moresql.Operation{Name: "traced", Bind: s.bind}, s.note("match")
}

func (s *traced) bind(r *http.Request) (*moresql.Call, error) {
	value, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c := &moresql.Call{
		Name: "traced", Names: []string{"a"}, Values: []any{string(value)}, Plan: s.plan,
	}
	return c, s.note("bind")
}

func (s *traced) plan(_ context.Context, c *moresql.Call, _ string) (*moresql.Plan, error) {
	p := &moresql.Plan{Statement: moresql.Statement{Query: "SELECT $1"}, Values: c.Values}
	return p, s.note(fmt.Sprint("plan ", c.Values[0]))
}

func (s *traced) authenticate(*http.Request) (moresql.Settings, error) {
	return moresql.Settings{Authenticated: true}, s.note("authenticate")
}

func (s *traced) before(_ *http.Request, c *moresql.Call) error {
	err := s.note(fmt.Sprint("before ", c.Values[0]))
	c.Values[0] = "changed"
	return err
}

// A tracedBody notes when it is first read.
type tracedBody struct {
	*traced
	io.Reader
	read bool
}

func (b *tracedBody) Read(p []byte) (int, error) {
	if !b.read {
		b.read = true
		if err := b.note("read"); err != nil {
			return 0, err
		}
	}
	return b.Reader.Read(p)
}

// request returns a request whose body is traced.
func (s *traced) request() *http.Request {
	r := post("/", "")
	r.Body = io.NopCloser(&tracedBody{traced: s, Reader: strings.NewReader("sent")})
	return r
}

// The order of the pipeline is what keeps a stranger from costing anything: no body is read before
// authentication, nothing is bound when negotiation fails, the limit is entered before the body is
// read, hooks see the values before the statement is written, and a refusal sends nothing.
func TestPipelineOrder(t *testing.T) {
	steps := []string{"match", "authenticate", "read", "bind", "before sent", "plan changed"}
	for i, refusal := range append(steps, "") {
		t.Run("refused by "+refusal, func(t *testing.T) {
			s := &traced{refusal: refusal}
			fake := &fakedb.DB{Can: fakedb.Modern}
			m := moresql.New(fake.Open(t), quiet, moresql.Session(s.authenticate))
			w := serve(m.Serve(s, moresql.Hooks{Before: s.before}), s.request())
			want, status, sent := steps, http.StatusOK, "begin read only false, "+
				"query SELECT 1, set_config($1, $2, true), query SELECT $1, commit"
			if refusal != "" {
				want, status, sent = steps[:i+1], http.StatusTeapot, ""
			}
			if !slices.Equal(s.steps, want) || w.Code != status {
				t.Errorf("%d after %q, want %d after %q", w.Code, s.steps, status, want)
			}
			if log := fake.Log(); log != sent {
				t.Errorf("the database has received %q, want %q", log, sent)
			}
		})
	}
}

func TestNothingIsBoundIfNegotiationFails(t *testing.T) {
	s := &traced{}
	m := moresql.New(nil, quiet, moresql.Session(s.authenticate),
		moresql.Encoders(encoder.JSON(), encoder.CSV()))
	r := s.request()
	r.Header.Set("Accept", "image/png")
	w := serve(m.Serve(s), r)
	if want := []string{"match", "authenticate"}; w.Code != 406 || !slices.Equal(s.steps, want) {
		t.Errorf("%d after %q", w.Code, s.steps)
	}
}

func TestNoBodyIsReadOverTheLimit(t *testing.T) {
	first, second := &traced{}, &traced{}
	entered, leave := make(chan bool), make(chan bool)
	m := moresql.New((&fakedb.DB{Can: fakedb.Modern}).Open(t), quiet, moresql.Limits{Running: 1})
	occupy := moresql.Hooks{Before: func(*http.Request, *moresql.Call) error {
		entered <- true
		<-leave
		return nil
	}}
	done := make(chan int)
	go func() { done <- serve(m.Serve(first, occupy), first.request()).Code }()
	<-entered
	w := serve(m.Serve(second), second.request())
	if want := []string{"match"}; w.Code != 503 || !slices.Equal(second.steps, want) {
		t.Errorf("%d after %q", w.Code, second.steps)
	}
	close(leave)
	if code := <-done; code != http.StatusOK {
		t.Errorf("the call that runs: %d", code)
	}
}

// The number of the values is the statement's, so that Before may replace them only.
func TestBeforeMustKeepTheNumberOfValues(t *testing.T) {
	fake := &fakedb.DB{Can: fakedb.Modern}
	m := moresql.New(fake.Open(t), quiet)
	more := moresql.Hooks{Before: func(_ *http.Request, c *moresql.Call) error {
		c.Values = append(c.Values, "more")
		return nil
	}}
	s := &traced{}
	w := serve(m.Serve(s, more), s.request())
	if w.Code != http.StatusInternalServerError || fake.Log() != "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A Resource without Encoders of its own is served with those of the handler, one that has some
// offers them next to those.
func TestOperationOffersEncoders(t *testing.T) {
	for accept, body := range map[string]string{
		"":                 carsJSON,
		"text/csv":         "name,price\r\n2CV,4000\r\nDS,9000\r\n",
		"application/json": carsJSON,
		"image/png":        carsJSON, // the handler has one encoder, which it uses in any case
	} {
		m := moresql.New(returning("SELECT * FROM cars", cars()), quiet)
		r := get("/")
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		w := serve(m.Serve(table{name: "cars", encoders: []encoder.Encoder{encoder.CSV()}}), r)
		if w.Code != 200 || w.Body.String() != body || w.Header().Get("Vary") != "Accept" {
			t.Errorf("%q: %d %v %s", accept, w.Code, w.Header(), w.Body)
		}
	}
}

func TestServeRefusesWhatTheResourceRefuses(t *testing.T) {
	for message, f := range map[string]func(){
		"cannot be served": func() { moresql.New(nil).Serve(invalid{}) },
		"no encoder":       func() { moresql.New(nil).Serve(table{}, moresql.Encoders()) },
		"Session needs":    func() { moresql.New(nil, tenant).Serve(ofMySQL{}) },
	} {
		if text := panicOf(f); !strings.Contains(text, message) {
			t.Errorf("Serve panicked with %q, want %q", text, message)
		}
	}
}

// An invalid Resource says so by the method Validate.
type invalid struct{ table }

func (invalid) Validate() error { return errors.New("it cannot be served") }

// A Resource names another database than PostgreSQL by the method Traits.
type ofMySQL struct{ table }

func (ofMySQL) Traits() (moresql.Traits, bool) {
	return moresql.Traits{Dialect: moresql.MySQL}, true
}

// A table is a Resource that returns the rows of a table.
type table struct {
	name     string
	encoders []encoder.Encoder
}

// Match looks at the method, the path and the header only.
func (t table) Match(r *http.Request) (*moresql.Operation, error) {
	if r.Method != http.MethodGet {
		return nil, &moresql.Error{Status: http.StatusMethodNotAllowed, Public: true,
			Message: "the table is read only", Header: http.Header{"Allow": {"GET"}}}
	}
	return &moresql.Operation{Name: t.name, Encoders: t.encoders, Bind: t.bind}, nil
}

// bind could read arguments from the query and the body.
func (t table) bind(*http.Request) (*moresql.Call, error) {
	return &moresql.Call{Name: t.name, ReadOnly: true, Plan: t.plan}, nil
}

func (t table) plan(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	return &moresql.Plan{Statement: moresql.Statement{Query: "SELECT * FROM " + t.name}}, nil
}

// A Resource of the program's own: the type table above, in three short methods, makes a GET the
// rows of a table. Serve gives it all that a procedure has: options, hooks, limits and errors.
func ExampleResource() {
	m := moresql.New(returning("SELECT * FROM cars", cars()))
	h := m.Serve(table{name: "cars"})
	show(h, get("/cars"))
	show(h, post("/cars", "{}"))
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":4000},
	// {"name":"DS","price":9000}]
	// 405 application/problem+json
	// {
	//   "title": "Method Not Allowed",
	//   "status": 405,
	//   "message": "the table is read only"
	// }
}

func ExampleMoreSQL_Serve() {
	m := moresql.New(returning("SELECT * FROM cars", cars()), moresql.Encoders(encoder.CSV()))
	fmt.Printf("%q\n", serve(m.Serve(table{name: "cars"}), get("/cars")).Body)
	// Output: "name,price\r\n2CV,4000\r\nDS,9000\r\n"
}

// An Operation says what a request may come to before its body is read. This one's Explain gives
// the errors of the request a code of the program's own.
func ExampleOperation() {
	explained := resourceFunc(func(*http.Request) (*moresql.Operation, error) {
		return &moresql.Operation{
			Name: "cars",
			Bind: func(*http.Request) (*moresql.Call, error) {
				return nil, &moresql.Error{Status: 400, Message: "no doors", Public: true}
			},
			Explain: func(e *moresql.Error) { e.Code = "CAR01" },
		}, nil
	})
	show(moresql.New(nil, quiet).Serve(explained), get("/"))
	// Output:
	// 400 application/problem+json
	// {
	//   "title": "Bad Request",
	//   "status": 400,
	//   "code": "CAR01",
	//   "message": "no doors"
	// }
}

// A resourceFunc is a function that serves as a Resource.
type resourceFunc func(*http.Request) (*moresql.Operation, error)

func (f resourceFunc) Match(r *http.Request) (*moresql.Operation, error) { return f(r) }

// Hooks see the Call with the name, the arguments and the status, and may change values.
func ExampleCall() {
	db, expect := open()
	expect.ExpectQuery("SELECT * FROM find_cars($1)").WithArgs("%2cv%").WillReturnRows(cars())
	like := moresql.Hooks{Before: func(_ *http.Request, c *moresql.Call) error {
		fmt.Println(c.Name, c.Names, c.Values)
		c.Values[0] = fmt.Sprintf("%%%s%%", c.Values[0])
		return nil
	}}
	show(moresql.New(db).Handler("find_cars", moresql.Fields("name"), like), get("/?name=2cv"))
	// Output:
	// find_cars [name] [2cv]
	// 200 application/json
	// [{"name":"2CV","price":4000},
	// {"name":"DS","price":9000}]
}

// A Resource may look into the database before it decides on the statement: Run sends one as the
// client of the call and with its settings.
func ExampleCall_Run() {
	db, expect := open()
	expect.ExpectQuery("SELECT to_regclass('cars_cache') IS NOT NULL").
		WillReturnRows(result("exists", []any{true}))
	expect.ExpectQuery("SELECT * FROM cars_cache").WillReturnRows(cars())
	plan := func(_ context.Context, c *moresql.Call, _ string) (*moresql.Plan, error) {
		query := "SELECT * FROM get_cars()"
		exists := moresql.Statement{Query: "SELECT to_regclass('cars_cache') IS NOT NULL"}
		err := c.Run(exists, nil, func(rows *row.Rows) error {
			for r, err := range rows.All() {
				if err != nil {
					return err
				}
				if r.Value(0).Bool() {
					query = "SELECT * FROM cars_cache"
				}
			}
			return nil
		})
		return &moresql.Plan{Statement: moresql.Statement{Query: query}}, err
	}
	h := moresql.New(db).Serve(resourceFunc(func(*http.Request) (*moresql.Operation, error) {
		return &moresql.Operation{Bind: func(*http.Request) (*moresql.Call, error) {
			return &moresql.Call{Name: "cars", Plan: plan}, nil
		}}, nil
	}))
	fmt.Println(serve(h, get("/")).Body)
	// Output: [{"name":"2CV","price":4000},{"name":"DS","price":9000}]
}

// A Plan may request more than rows. Here the first column of the result, which no row has in the
// response, is the number of all rows, and becomes a field of the header.
func ExamplePlan() {
	counted := resourceFunc(func(*http.Request) (*moresql.Operation, error) {
		return &moresql.Operation{Bind: func(*http.Request) (*moresql.Call, error) {
			return &moresql.Call{Name: "cars", Plan: planCounted}, nil
		}}, nil
	})
	w := serve(moresql.New(returning(
		"SELECT count(*) OVER (), name FROM cars LIMIT $1", result("count name", []any{2, "2CV"}),
	)).Serve(counted), get("/"))
	fmt.Println(w.Code, w.Header().Get("X-Total"), w.Body)
	// Output: 206 2 [{"name":"2CV"}]
}

func planCounted(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	query := "SELECT count(*) OVER (), name FROM cars LIMIT $1"
	return &moresql.Plan{
		Statement: moresql.Statement{Query: query}, Values: []any{1}, Meta: 1,
		Reply: func(_ int, meta, _ []row.Value, _ int64) (int, http.Header, error) {
			return http.StatusPartialContent, http.Header{"X-Total": {meta[0].String()}}, nil
		},
	}, nil
}

// A decorator changes what the methods of a Resource return, as middleware wraps a handler. This
// one lets responses be cached.
func ExampleUse() {
	cached := moresql.Use(func(inner moresql.Resource) moresql.Resource {
		return resourceFunc(func(r *http.Request) (*moresql.Operation, error) {
			operation, err := inner.Match(r)
			if err != nil {
				return nil, err
			}
			op := *operation
			op.Bind = func(r *http.Request) (*moresql.Call, error) {
				c, err := operation.Bind(r)
				if err == nil {
					c.Plan = withHeader(c.Plan, "Cache-Control", "max-age=60")
				}
				return c, err
			}
			return &op, nil
		})
	})
	m := moresql.New(returning("SELECT * FROM get_cars()", cars()))
	w := serve(m.Handler("get_cars", cached), get("/"))
	fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	// Output: 200 max-age=60
}

type planFunc = func(context.Context, *moresql.Call, string) (*moresql.Plan, error)

// withHeader has the response of a plan carry a field, next to those that it has.
func withHeader(plan planFunc, name, value string) planFunc {
	return func(ctx context.Context, c *moresql.Call, mediaType string) (*moresql.Plan, error) {
		p, err := plan(ctx, c, mediaType)
		if err != nil {
			return nil, err
		}
		p.Reply = func(status int, _, _ []row.Value, _ int64) (int, http.Header, error) {
			return status, http.Header{name: {value}}, nil
		}
		return p, nil
	}
}
