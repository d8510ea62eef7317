package dbtest

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

var batchSchema = []string{
	`DROP SCHEMA IF EXISTS many CASCADE`, `CREATE SCHEMA many`,
	`DO $$ BEGIN CREATE ROLE many_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`CREATE TABLE many.kept (n int UNIQUE, who text DEFAULT current_user)`,
	`CREATE FUNCTION many.keep(n int) RETURNS int LANGUAGE sql
		AS 'INSERT INTO many.kept (n) VALUES (n) RETURNING n'`,
	`CREATE FUNCTION many.note(n int) RETURNS text LANGUAGE sql AS
		$$ INSERT INTO many.kept (n) VALUES (n) RETURNING n || repeat('.', 60) $$`,
	`CREATE FUNCTION many.all(most int DEFAULT 3) RETURNS TABLE (n int, label text) LANGUAGE sql STABLE
		AS $$ SELECT i, E'l\n' || i FROM generate_series(1, most) i $$`,
	`CREATE FUNCTION many.one(a int, b text DEFAULT 'b', OUT x int, OUT y text) LANGUAGE sql STABLE
		AS 'SELECT a, b'`,
	`CREATE FUNCTION many.seen() RETURNS bigint LANGUAGE sql STABLE
		AS 'SELECT count(*) FROM many.kept'`,
	`CREATE FUNCTION many.nothing() RETURNS void LANGUAGE sql AS ''`,
	`CREATE FUNCTION many.doc() RETURNS json LANGUAGE sql
		AS $$ SELECT E'{"a":\n1,\r\n"b":"x\\ny"}'::json $$`,
	`CREATE FUNCTION many.over(a int) RETURNS text LANGUAGE sql AS $$ SELECT 'a' $$`,
	`CREATE FUNCTION many.over(b text) RETURNS text LANGUAGE sql AS $$ SELECT 'b' $$`,
	`CREATE FUNCTION many.late(most int) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN
		FOR i IN 1..most LOOP RETURN NEXT i; END LOOP; RAISE 'late'; END $$`,
	`CREATE FUNCTION many.who() RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT current_user || current_setting('many.tenant', true) $$`,
	`CREATE FUNCTION many.leaves() RETURNS text LANGUAGE sql AS $$ SELECT
		set_config('role', 'none', false) || set_config('many.tenant', '-other', true) $$`,
	`CREATE FUNCTION many.secret() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
	`REVOKE EXECUTE ON FUNCTION many.secret() FROM PUBLIC`,
	`CREATE PROCEDURE many.did(n int) LANGUAGE sql AS 'INSERT INTO many.kept (n) VALUES (n)'`,
	`CREATE FUNCTION many.whole(json) RETURNS json LANGUAGE sql AS 'SELECT $1'`,
	`CREATE FUNCTION many.temp() RETURNS void LANGUAGE sql AS
		'CREATE TEMPORARY TABLE many_temp (n int) ON COMMIT DROP'`,
	`CREATE PROCEDURE many.outs(a int, OUT b int) LANGUAGE plpgsql AS 'BEGIN b := a + 1; END'`,
	`CREATE PROCEDURE many.ends() LANGUAGE plpgsql AS
		'BEGIN INSERT INTO many.kept (n) VALUES (77); COMMIT; END'`,
	`GRANT USAGE ON SCHEMA many TO many_user`, `GRANT ALL ON many.kept TO many_user`,
}

// A batchCase is a batch and what comes of it. Results are compared with those of the calls alone.
type batchCase struct {
	reason, body string
	mediaType    string // "" for JSON
	accept       string
	query        string // of the URL
	status       int
	want         string // "" for what the calls return alone
	index        int    // of the call that an error is of
	name, code   string
	field        string // of the arguments of that call, which the error is about
	kept         int    // rows in many.kept
}

var batchCases = []batchCase{
	{reason: "each shape of a result, in order", status: 200, body: `[
		{"call":"all","args":{"most":2}}, {"call":"one","args":{"a":1}}, {"call":"seen"},
		{"call":"nothing","args":{}}, {"call":"doc"}, {"call":"all","args":{"most":0}},
		{"call":"one","args":{"b":"x","a":2}}, {"call":"over","args":{"a":1}},
		{"call":"over","args":{"b":1}}, {"call":"outs","args":{"a":4}}, {"call":"seen","args":null},
		{"call":"whole","args":{"a": [1.10]}}, {"call":"whole","args":[1.10, {"b": 2, "a": 1}]},
		{"call":"whole","args":"x"}, {"call":"whole","args":false}]`},
	{reason: "NULL and no arguments", status: 200,
		body: `[{"call":"whole","args":null},{"call":"all","args":null}]`,
		want: `[null,[{"n":1,"label":"l\n1"},{"n":2,"label":"l\n2"},{"n":3,"label":"l\n3"}]]`},
	{reason: "no value for a whole", status: 404, code: "PGRST202", index: 0, name: "many.whole",
		body: `[{"call":"whole"}]`},
	{reason: "a part of a result", query: "?select=n&limit=1", status: 400, code: "PGRST100",
		index: -1, body: `[{"call":"all"}]`},
	{reason: "a parameter", query: "?most=1", status: 400, code: "PGRST100", index: -1,
		body: `[{"call":"all"}]`},
	{reason: "no calls", status: 200, body: `[]`, want: `[]`},
	{reason: "a call sees those before", status: 200, kept: 2,
		body: `[{"call":"seen"},{"call":"keep","args":{"n":7}},{"call":"seen"},
			{"call":"did","args":{"n":8}},{"call":"seen"}]`, want: `[0,7,1,null,2]`},
	{reason: "lines", status: 200, mediaType: "application/x-ndjson", kept: 1,
		body: "{\"call\":\"keep\",\"args\":{\"n\":7}}\n\n{\"call\":\"all\",\"args\":{\"most\":1}}\r\n" +
			`{"call":"doc"}`,
		want: "7\n[{\"n\":1,\"label\":\"l\\n1\"}]\n{\"a\": 1,  \"b\":\"x\\ny\"}\n"},
	{reason: "no lines", status: 200, mediaType: "application/x-ndjson", body: "\n", want: ""},
	{reason: "lines for an array", status: 200, accept: "application/x-ndjson",
		body: `[{"call":"seen"},{"call":"nothing"}]`, want: "0\nnull\n"},
	{reason: "another format", status: 406, accept: "text/csv", body: `[{"call":"seen"}]`,
		code: "PGRST107", index: -1},
	{reason: "another body", status: 415, mediaType: "text/csv", body: "call\nseen\n", index: -1},
	{reason: "a failure undoes all", status: 409, code: "23505", index: 2, name: "many.keep",
		field: "n",
		body: `[{"call":"keep","args":{"n":1}},{"call":"did","args":{"n":2}},
			{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":3}}]`},
	{reason: "of two failures the first counts", status: 409, code: "23505", index: 1,
		name: "many.keep",
		body: `[{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":1}},{"call":`},
	{reason: "a function that does not exist", status: 404, code: "PGRST202", index: 1, name: "nix",
		body: `[{"call":"keep","args":{"n":1}},{"call":"nix"}]`},
	{reason: "a name that is too long for the response and the log", status: 404, code: "PGRST202",
		name: strings.Repeat("x", 63), body: `[{"call":"` + strings.Repeat("x", 9999) + `"}]`},
	{reason: "an argument that does not exist", status: 404, code: "PGRST202", index: 0,
		name: "many.keep", body: `[{"call":"keep","args":{"m":1}}]`},
	{reason: "a value of another type", status: 400, code: "22P02", index: 1, name: "many.keep",
		field: "n", body: `[{"call":"seen"},{"call":"keep","args":{"n":"x"}}]`},
	{reason: "a procedure that commits", status: 400, code: "2D000", index: 1, name: "many.ends",
		body: `[{"call":"keep","args":{"n":1}},{"call":"ends"}]`},
	{reason: "a temporary table that a call before has made", status: 500, code: "42P07", index: 2,
		name: "many.temp", body: `[{"call":"keep","args":{"n":1}},{"call":"temp"},{"call":"temp"}]`},
	{reason: "a failure after rows", status: 400, code: "P0001", index: 1, name: "many.late",
		body: `[{"call":"keep","args":{"n":1}},{"call":"late","args":{"most":10}}]`},
	{reason: "an object", status: 400, code: "PGRST102", body: `{"call":"seen"}`},
	{reason: "no body", status: 400, code: "PGRST102", body: ``},
	{reason: "a name that is no text", status: 400, code: "PGRST102", body: `[{"call":7}]`},
	{reason: "no name", status: 400, code: "PGRST102", index: 1,
		body: `[{"call":"seen"},{"args":{}}]`},
	{reason: "another member", status: 400, code: "PGRST102", body: `[{"call":"seen","arg":{}}]`},
	{reason: "a member twice", status: 400, code: "PGRST102", body: `[{"call":"seen","call":"seen"}]`},
	{reason: "arguments that are a list", status: 400, code: "PGRST102",
		body: `[{"call":"keep","args":[1]}]`},
	{reason: "something after the array", status: 400, code: "PGRST102", index: 1,
		body: `[{"call":"keep","args":{"n":1}}] []`},
	{reason: "an array that is cut off", status: 400, code: "PGRST102", index: 1,
		body: `[{"call":"keep","args":{"n":1}},`},
	{reason: "a line that is cut off", status: 400, code: "PGRST102", index: 1,
		mediaType: "application/x-ndjson", body: "{\"call\":\"keep\",\"args\":{\"n\":1}}\n{\"call\""},
	{reason: "too many calls", status: 413, code: "PGRST102", index: 20,
		body: "[" + strings.Repeat(`{"call":"seen"},`, 20) + `{"call":"seen"}]`},
}

// TestBatchIsAllOrNothing checks results, errors and effects of batches with every driver.
func TestBatchIsAllOrNothing(t *testing.T) {
	setUp(t, openPostgres(t), batchSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		h := rest.Routines(moresql.New(db, quiet), load(t, db, "many"), rest.MaxCalls(20))
		for _, test := range batchCases {
			t.Run(test.reason, func(t *testing.T) {
				setUp(t, db, `TRUNCATE many.kept`)
				if test.want == "" && test.status == 200 && test.mediaType == "" {
					test.want = eachAlone(t, h, test.body)
					setUp(t, db, `TRUNCATE many.kept`)
				}
				checkBatch(t, h, test)
				if n := queryInt(t, db, `SELECT count(*) FROM many.kept`); n != test.kept {
					t.Errorf("%d rows are kept, want %d", n, test.kept)
				}
			})
		}
	})
}

// eachAlone returns the results of calls that are each a request.
func eachAlone(t *testing.T, h http.Handler, body string) string {
	t.Helper()
	var calls []struct {
		Call string
		Args json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &calls); err != nil {
		t.Fatal(err)
	}
	results := make([]string, len(calls))
	for i, c := range calls {
		args := string(c.Args)
		if args == "" || args == "null" {
			args = "{}"
		}
		status, text := do(h, "POST", "/"+c.Call, "application/json", args)
		if status == 204 {
			text = "null"
		} else if status != 200 {
			t.Fatalf("%s alone: %d %s", c.Call, status, text)
		}
		results[i] = text
	}
	return "[" + strings.Join(results, ",") + "]"
}

func checkBatch(t *testing.T, h http.Handler, test batchCase) {
	t.Helper()
	r, _ := http.NewRequest("POST", listen(t, h)+"/"+test.query, strings.NewReader(test.body))
	r.Header.Set("Content-Type", "application/json")
	if test.mediaType != "" {
		r.Header.Set("Content-Type", test.mediaType)
	}
	if test.accept != "" {
		r.Header.Set("Accept", test.accept)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != test.status {
		t.Fatalf("%d %s, want %d", response.StatusCode, got, test.status)
	}
	if test.status == 200 {
		if string(got) != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		return
	}
	var p struct {
		Code string
		Call *struct {
			Index int
			Name  string
		}
		Errors []struct{ Field string }
	}
	if err := json.Unmarshal(got, &p); err != nil {
		t.Fatal(err)
	}
	switch {
	case p.Code != test.code:
		t.Errorf("the code is %q, want %q: %s", p.Code, test.code, got)
	case test.index < 0 && p.Call != nil:
		t.Errorf("there is no call to blame: %s", got)
	case test.index < 0:
	case p.Call == nil || p.Call.Index != test.index:
		t.Errorf("it is call %d: %s", test.index, got)
	case test.name != "" && p.Call.Name != test.name:
		t.Errorf("it is call %s: %s", test.name, got)
	case test.field != "" && (len(p.Errors) != 1 || p.Errors[0].Field != test.field):
		t.Errorf("it is field %s: %s", test.field, got)
	}
}

// TestBatchAbortsAfterTheFirstBlock checks that a response that has begun is cut off by the error
// of a later call, which has no effect, and that the log names the call.
func TestBatchAbortsAfterTheFirstBlock(t *testing.T) {
	setUp(t, openPostgres(t), batchSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		failed := make(chan error, 1)
		hooks := moresql.Hooks{Logger: quiet.Logger,
			After: func(_ *http.Request, _ *moresql.Call, err error) { failed <- err }}
		setUp(t, db, `TRUNCATE many.kept`)
		h := rest.Routines(moresql.New(db, hooks), load(t, db, "many"))
		body := `[{"call":"keep","args":{"n":1}},{"call":"all","args":{"most":5000}},
			{"call":"keep","args":{"n":1}}]`
		response, err := http.Post(listen(t, h)+"/", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); response.StatusCode != 200 || err == nil {
			t.Errorf("%d %v, want a response that is cut off", response.StatusCode, err)
		}
		var e *moresql.Error
		if err := <-failed; !errors.As(err, &e) || e.Place != 3 || e.Proc != "many.keep" {
			t.Errorf("the error is %v of call %+v", err, e)
		}
		if n := queryInt(t, db, `SELECT count(*) FROM many.kept`); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
	})
}

// TestBatchRunsAsTheRole checks that role and settings hold for all calls and for nobody after
// them, that rights are those of the calls alone, and that tx=rollback undoes the batch.
func TestBatchRunsAsTheRole(t *testing.T) {
	setUp(t, openPostgres(t), batchSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `TRUNCATE many.kept`)
		db.SetMaxOpenConns(1)
		session := rest.Session(func(*http.Request) (rest.Identity, error) {
			return rest.Identity{Role: "many_user", Claims: struct{}{},
				Values: map[string]string{"many.tenant": "-t"}}, nil
		})
		h := rest.Routines(moresql.New(db, quiet, session), load(t, db, "many"),
			rest.EndTx(rest.CommitAllowOverride))
		checkBatch(t, h, batchCase{status: 200, want: `["many_user-t",1,"many_user-t"]`,
			body: `[{"call":"who"},{"call":"keep","args":{"n":1}},{"call":"who"}]`})
		checkBatch(t, h, batchCase{status: 200,
			want: `["none-other","many_user-t","none-other",null,"many_user-t"]`,
			body: `[{"call":"leaves"},{"call":"who"},{"call":"leaves"},{"call":"nothing"},
				{"call":"who"}]`})
		checkBatch(t, h, batchCase{status: 403, code: "42501", index: 1, name: "many.secret",
			body: `[{"call":"leaves"},{"call":"secret"}]`})
		checkBatch(t, h, batchCase{status: 403, code: "42501", index: 1, name: "many.secret",
			body: `[{"call":"keep","args":{"n":2}},{"call":"secret"}]`})
		got := queryText(t, db, `SELECT coalesce(current_setting('many.tenant', true), '') || current_user
			|| (SELECT string_agg(who, ',') FROM many.kept)`)
		if !strings.HasSuffix(got, "many_user") || strings.Contains(got, "-t") {
			t.Errorf("the next call finds %s", got)
		}
		r, _ := http.NewRequest("POST", listen(t, h)+"/",
			strings.NewReader(`[{"call":"keep","args":{"n":9}}]`))
		r.Header.Set("Prefer", "tx=rollback")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		applied := response.Header.Get("Preference-Applied")
		if n := queryInt(t, db, `SELECT count(*) FROM many.kept`); n != 1 || applied != "tx=rollback" {
			t.Errorf("%d rows are kept, and applied is %q", n, applied)
		}
	})
}

// TestBatchRunsWhileItIsRead sends calls one line after the other, far more than are held at once,
// and reads results meanwhile. A client that leaves in the middle has had no effect.
func TestBatchRunsWhileItIsRead(t *testing.T) {
	setUp(t, openPostgres(t), batchSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		const calls = 600 // whose results are more than the first block
		setUp(t, db, `TRUNCATE many.kept`)
		h := rest.Routines(moresql.New(db, quiet, moresql.Limits{Body: -1}), load(t, db, "many"))
		base := listen(t, h)
		body, write := io.Pipe()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r, _ := http.NewRequestWithContext(ctx, "POST", base+"/", body)
		r.Header.Set("Content-Type", "application/x-ndjson")
		send := func(from int) {
			for i := range calls {
				fmt.Fprintf(write, `{"call":"note","args":{"n":%d}}`+"\n", from+i)
			}
		}
		go send(0)
		response, err := http.DefaultClient.Do(r) // before the end of the body
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		go func() { send(calls); write.Close() }()
		lines := bufio.NewScanner(response.Body)
		n := 0
		for ; lines.Scan(); n++ {
			if lines.Text() != fmt.Sprintf("%q", fmt.Sprint(n)+strings.Repeat(".", 60)) {
				t.Fatalf("result %d is %s", n, lines.Text())
			}
		}
		if lines.Err() != nil || n != 2*calls {
			t.Errorf("%d results, %v", n, lines.Err())
		}
		if kept := queryInt(t, db, `SELECT count(*) FROM many.kept`); kept != n {
			t.Errorf("%d rows are kept", kept)
		}

		body, write = io.Pipe()
		r, _ = http.NewRequestWithContext(ctx, "POST", base+"/", body)
		r.Header.Set("Content-Type", "application/x-ndjson")
		go send(n)
		if response, err = http.DefaultClient.Do(r); err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		cancel()
		write.Close()
		setUp(t, db, `TRUNCATE many.kept`) // waits for the end of the transaction
	})
}

// TestBatchOfProgram checks MoreSQL.Batch: results, settings of a context, what is undone.
func TestBatchOfProgram(t *testing.T) {
	setUp(t, openPostgres(t), batchSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `TRUNCATE many.kept`)
		m := moresql.New(db, quiet)
		keep := func(numbers ...int) func(func(string, []any) bool) {
			return func(yield func(string, []any) bool) {
				for _, n := range numbers {
					if !yield("many.keep", []any{n}) {
						return
					}
				}
			}
		}
		run := func(stop int, numbers ...int) (results []string, err error) {
			ctx := moresql.Settings{Role: "many_user"}.Context(context.Background())
			for rows, e := range m.Batch(ctx, keep(numbers...)) {
				if e != nil {
					return results, e
				}
				for r, e := range rows.All() {
					if e == nil {
						results = append(results, r.Value(0).String())
					}
				}
				if len(results) == stop {
					break
				}
			}
			return results, nil
		}
		if got, err := run(0, 1, 2, 3); fmt.Sprint(got) != "[1 2 3]" || err != nil {
			t.Errorf("%v %v", got, err)
		}
		if got, err := run(1, 4, 5, 6); fmt.Sprint(got) != "[4]" || err != nil {
			t.Errorf("%v %v", got, err)
		}
		_, err := run(0, 7, 8, 1)
		var e *moresql.Error
		if !errors.As(err, &e) || e.Place != 3 || e.Proc != "many.keep" || e.Code != "23505" {
			t.Errorf("the error is %v", err)
		}
		if got := queryText(t, db, `SELECT string_agg(n || who, ' ' ORDER BY n) FROM many.kept`); got !=
			"1many_user 2many_user 3many_user" {
			t.Errorf("%s are kept", got)
		}
	})
}

// TestBatchHooksSeeEachCall checks that Before and Row are for each call, and limits for all.
func TestBatchHooksSeeEachCall(t *testing.T) {
	setUp(t, openPostgres(t), batchSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `TRUNCATE many.kept`)
		var before, rows []string
		m := moresql.New(db, quiet, moresql.Limits{Rows: 4}, moresql.Hooks{
			Before: func(_ *http.Request, c *moresql.Call) error {
				before = append(before, fmt.Sprint(c.Name, c.Values))
				return nil
			},
			Row: func(r *row.Row) error { rows = append(rows, r.Columns()[0].Name); return nil },
		})
		h := rest.Routines(m, load(t, db, "many"))
		checkBatch(t, h, batchCase{status: 200, want: `[1,[{"n":1,"label":"l\n1"}]]`,
			body: `[{"call":"keep","args":{"n":1}},{"call":"all","args":{"most":1}}]`})
		if fmt.Sprint(before[1:]) != "[many.keep[1] many.all[1]]" || len(rows) != 2 {
			t.Errorf("Before has seen %v, Row %v", before, rows)
		}
		checkBatch(t, h, batchCase{status: 500, index: 1, name: "many.all",
			body: `[{"call":"all"},{"call":"all"}]`})
	})
}
