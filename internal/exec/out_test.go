package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/row"
)

// An outServer takes statements as go-mssqldb does: an output is found by the name of its argument,
// its destination is a pointer to a value that has a type, and it is filled at the end of all that
// the server sends.
type outServer struct {
	returns map[string]any // the value of each output variable
	fails   error          // the end of the result
	sends   int            // rows before the outputs

	text  string
	args  []string // name=value, with the type that go-mssqldb would declare
	dests map[string]any
}

func (s *outServer) Driver() driver.Driver                        { return nil }
func (s *outServer) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *outServer) Prepare(text string) (driver.Stmt, error)     { return nil, errFake }
func (s *outServer) Begin() (driver.Tx, error)                    { return nil, errFake }
func (s *outServer) Close() error                                 { return nil }

func (s *outServer) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	s.text, s.args, s.dests = text, nil, map[string]any{}
	return outStatement{s}, nil
}

// CheckNamedValue has the refusals of go-mssqldb.
func (s *outServer) CheckNamedValue(arg *driver.NamedValue) error {
	out, ok := arg.Value.(sql.Out)
	if !ok {
		return driver.ErrSkip
	}
	dest := reflect.ValueOf(out.Dest)
	switch {
	case dest.Kind() != reflect.Pointer || dest.IsNil():
		return errors.New("destination not a pointer")
	case dest.Elem().Kind() == reflect.Pointer:
		return errors.New("destination is a pointer to a pointer")
	case dest.Elem().Interface() == nil:
		return errors.New("MSSQL does not allow NULL value without type for OUTPUT parameters")
	}
	s.dests[arg.Name] = out.Dest
	arg.Value = sql.Out{Dest: dest.Elem().Interface()}
	return nil
}

type outStatement struct{ *outServer }

func (s outStatement) NumInput() int                              { return -1 }
func (s outStatement) Exec([]driver.Value) (driver.Result, error) { return nil, errFake }
func (s outStatement) Query(args []driver.Value) (driver.Rows, error) {
	return nil, errFake
}

func (s outStatement) QueryContext(
	_ context.Context, args []driver.NamedValue,
) (driver.Rows, error) {
	for _, arg := range args {
		name, value := arg.Name, arg.Value
		if name == "" {
			name = fmt.Sprintf("p%d", arg.Ordinal)
		}
		if out, ok := value.(sql.Out); ok {
			value = fmt.Sprintf("%T output", out.Dest)
		}
		s.args = append(s.args, fmt.Sprintf("@%s=%v", name, value))
	}
	return &outRows{server: s.outServer, left: s.sends}, nil
}

type outRows struct {
	server *outServer
	left   int
}

func (r *outRows) Columns() []string {
	if r.server.sends == 0 {
		return nil
	}
	return []string{"n"}
}
func (r *outRows) Close() error { return nil }
func (r *outRows) Next(dest []driver.Value) error {
	if r.left > 0 {
		r.left--
		dest[0] = int64(r.left)
		return nil
	}
	if r.server.fails != nil {
		return r.server.fails
	}
	for name, dest := range r.server.dests {
		value := r.server.returns["@"+name]
		switch d := dest.(type) {
		case sql.Scanner:
			if err := d.Scan(value); err != nil {
				return err
			}
		case *[]byte:
			*d, _ = value.([]byte)
		default:
			return fmt.Errorf("a destination of type %T", dest)
		}
	}
	return io.EOF
}

// callProcedure calls a procedure of SQL Server's and returns its row, as name=value (kind).
func callProcedure(
	t *testing.T, server *outServer, kinds map[string]row.Kind, params []dialect.Param, values ...any,
) (string, error) {
	t.Helper()
	leaktest.Check(t)
	db := sql.OpenDB(server)
	defer db.Close()
	s, err := dialect.SQLServer.Procedure("dbo.p", params, false)
	if err != nil {
		t.Fatal(err)
	}
	args := make([]any, len(s.Bind))
	for i, value := range s.Bind {
		args[i] = values[value]
	}
	res, err := Run(t.Context(), db, []Statement{{Text: s.Query, Args: args}},
		Options{Outs: s.Outs, Rows: row.Options{Kinds: kinds}})
	if err != nil {
		return "", err
	}
	defer res.Close()
	var got []string
	for r, err := range res.Rows().All() {
		if err != nil {
			return "", err
		}
		for i, c := range res.Rows().Columns() {
			text := r.Value(i).String()
			if r.Value(i).Kind() == row.Null {
				text = "NULL"
			}
			got = append(got, fmt.Sprintf("%s=%s (%v)", c.Name, text, c.Kind))
		}
	}
	return strings.Join(got, ", "), res.Commit()
}

func TestOutputsMakeUpTheRowOfACall(t *testing.T) {
	server := &outServer{sends: 3, returns: map[string]any{
		"@p3": "after", "@p4": "12.50", "@p5": int64(7),
	}}
	got, err := callProcedure(t, server, nil, []dialect.Param{
		{Name: "id", In: true}, {Name: "state", In: true, Out: true}, {Name: "total", Out: true},
	}, 5, "before", nil)
	row := "state=after (text), total=12.50 (text), return_status=7 (int)"
	if got != row || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, row)
	}
	text := "SET @p3 = @p2; SET @p4 = NULL; " +
		"EXEC @p5 = dbo.p @id = @p1, @state = @p3 OUTPUT, @total = @p4 OUTPUT"
	if server.text != text {
		t.Errorf("sent %s; want %s", server.text, text)
	}
	want := "@p1=5 @p2=before @p3=exec.outText output @p4=exec.outText output " +
		"@p5=sql.NullInt64 output"
	if args := strings.Join(server.args, " "); args != want {
		t.Errorf("bound %s; want %s", args, want)
	}
}

func TestOutputsHaveTheKindsThatAreDeclared(t *testing.T) {
	day := time.Date(2026, 11, 27, 17, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		kind     row.Kind
		returns  any
		want     string
		declared string // the type of what goes in, which decides the variable's
	}{
		{kind: row.Null, returns: "x", want: "a=x (text)", declared: "exec.outText"},
		{kind: row.Numeric, returns: "0.10", want: "a=0.10 (numeric)", declared: "exec.outText"},
		{kind: row.JSON, returns: []byte("{}"), want: "a={} (json)", declared: "exec.outText"},
		{kind: row.Text, returns: int64(1), want: "a=1 (text)", declared: "exec.outText"},
		{kind: row.Int, returns: int64(8), want: "a=8 (int)", declared: "sql.NullInt64"},
		{kind: row.Float64, returns: 0.1, want: "a=0.1 (float64)", declared: "sql.NullFloat64"},
		{kind: row.Bool, returns: true, want: "a=true (bool)", declared: "sql.NullBool"},
		{kind: row.Bytes, returns: []byte{'b'}, want: `a=\x62 (bytes)`, declared: "[]uint8"},
		{
			kind: row.Timestamp, returns: day, declared: "sql.NullTime",
			want: "a=2026-11-27T17:30:00 (timestamp)",
		},
	} {
		for _, returns := range []any{c.returns, nil} {
			server := &outServer{returns: map[string]any{"@p1": returns, "@p2": int64(0)}}
			kinds := map[string]row.Kind{"a": c.kind}
			if c.kind == row.Null {
				kinds = nil // not declared
			}
			params := []dialect.Param{{Name: "a", Out: true}}
			got, err := callProcedure(t, server, kinds, params, nil)
			want := c.want
			if returns == nil {
				want = fmt.Sprintf("a=NULL (%v", strings.SplitN(c.want, "(", 2)[1])
			}
			if want += ", return_status=0 (int)"; got != want || err != nil {
				t.Errorf("%v: got %s, %v; want %s", c.kind, got, err, want)
			}
			if arg := "@p1=" + c.declared + " output"; server.args[0] != arg {
				t.Errorf("%v: bound %s; want %s", c.kind, server.args[0], arg)
			}
		}
	}
}

func TestAnErrorAfterTheRowsIsTheErrorOfTheCall(t *testing.T) {
	for _, rows := range []int{0, 3} {
		server := &outServer{sends: rows, fails: errFake}
		got, err := callProcedure(t, server, nil, []dialect.Param{{Name: "a", Out: true}}, nil)
		if !errors.Is(err, errFake) {
			t.Errorf("after %d rows: %s, %v", rows, got, err)
		}
	}
}

func TestACallWithoutOutputsReturnsItsRows(t *testing.T) {
	server := &outServer{sends: 1}
	got, err := callProcedure(t, server, nil, []dialect.Param{{Name: "a", In: true}}, "x")
	if got != "n=0 (null)" || err != nil || server.text != "EXEC dbo.p @a = @p1" {
		t.Errorf("%s gave %s, %v", server.text, got, err)
	}
}

func TestOutputsCarryNoMetadata(t *testing.T) {
	outs := newOutputs([]row.Column{{Name: "a"}}, nil)
	if _, err := outs.rows(row.Options{Meta: 2}); err == nil {
		t.Error("no error for two metadata columns of one")
	}
}

func TestRowsNextToOutputsAreSkipped(t *testing.T) {
	for _, sends := range []int{0, 3} {
		leaktest.Check(t)
		db := sql.OpenDB(&outServer{sends: sends, returns: map[string]any{"@p1": "x"}})
		defer db.Close()
		res, err := Run(t.Context(), db, []Statement{{Text: "EXEC dbo.p @a = @p1 OUTPUT"}},
			Options{Outs: []row.Column{{Name: "a"}}})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Close()
		if got, want := res.Skipped(), min(sends, 1); got != want {
			t.Errorf("%d rows: %d result sets are skipped, want %d", sends, got, want)
		}
	}
}
