package dbtest

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// budgetChild is the driver of the processes that tests start to attack their memory.
const budgetChild = "MORESQL_TEST_BUDGET_DRIVER"

const budget = 8 << 20

// serveWithBudget is the main function of that process. It serves until its input ends.
func serveWithBudget(driver string) int {
	db, err := sql.Open(driver, os.Getenv("MORESQL_TEST_MEMORY_URI"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	db.SetMaxOpenConns(4)
	cat, err := catalog.Load(context.Background(), db, "budgets")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	m := moresql.New(db, quiet, moresql.Limits{Body: -1, Memory: budget})
	mux := http.NewServeMux()
	mux.Handle("/text", m.Handler("budgets.keep", moresql.Fields("v")))
	mux.Handle("/file", m.Handler("budgets.keep_bytes", moresql.Bind(binder.File("v"))))
	mux.Handle("/bytes", m.Handler("budgets.keep_bytes", moresql.Bind(binder.BodyBytes("v"))))
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("http://" + listener.Addr().String())
	go http.Serve(listener, mux)
	io.Copy(io.Discard, os.Stdin)
	printPeak()
	return 0
}

// startWithBudget starts the process and returns its URL, and what ends it and returns the peak of
// its memory in MiB.
func startWithBudget(t *testing.T, driver string) (url string, end func() float64) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), budgetChild+"="+driver,
		"MORESQL_TEST_MEMORY_URI="+pgtest.URI(t))
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill() })
	lines := bufio.NewReader(output)
	line, err := lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "http://") {
		t.Fatalf("%q, %v", line, err)
	}
	return strings.TrimSpace(line), func() float64 {
		input.Close()
		rest, _ := io.ReadAll(lines)
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
		return peakOf(t, string(rest))
	}
}

func setUpBudgets(t *testing.T) {
	t.Helper()
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS budgets CASCADE`, `CREATE SCHEMA budgets`,
		`CREATE FUNCTION budgets.keep(v text) RETURNS int LANGUAGE sql AS
			'SELECT length(v) FROM pg_sleep(0.3)'`,
		`CREATE FUNCTION budgets.keep_bytes(v bytea) RETURNS int LANGUAGE sql AS
			'SELECT length(v) FROM pg_sleep(0.3)'`,
		`CREATE FUNCTION budgets.large(n int) RETURNS text LANGUAGE sql AS $$ SELECT repeat('x', n) $$`)
}

// TestBodiesAtOnceStayWithinTheBudget sends sixty bodies of 3 MiB at once, of every kind, to a
// process that may hold 8 MiB of them: it holds two, refuses the others, and stays small.
func TestBodiesAtOnceStayWithinTheBudget(t *testing.T) {
	const clients, size = 60, 3 << 20
	setUpBudgets(t)
	text := strings.Repeat("x", size)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("v", "x")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(part, text)
	w.Close()
	for _, driver := range []string{"postgres", "pgx"} {
		url, end := startWithBudget(t, driver)
		for _, kind := range []struct{ path, mediaType, body string }{
			{"/text", jsonType, `{"v":"` + text + `"}`},
			{"/text", jsonType, `{"v":"` + strings.Repeat(`\n`, size/2) + `"}`},
			{"/text", formType, "v=" + text},
			{"/file", w.FormDataContentType(), form.String()},
			{"/bytes", "application/octet-stream", text},
			{"/rpc/keep", jsonType, `{"v":"` + text + `"}`},
		} {
			var all sync.WaitGroup
			statuses := make(chan int, clients)
			for range clients {
				all.Go(func() {
					// The server need not read what it refuses, and may close the connection meanwhile.
					response, err := http.Post(url+kind.path, kind.mediaType, strings.NewReader(kind.body))
					if err == nil {
						io.Copy(io.Discard, response.Body)
						response.Body.Close()
						statuses <- response.StatusCode
					}
				})
			}
			all.Wait()
			close(statuses)
			got, n := map[int]int{}, 0
			for status := range statuses {
				got[status]++
				n++
			}
			if got[200] == 0 || got[200] > clients/2 || got[200]+got[503] != n {
				t.Errorf("%s, %s, %.20s: %v", driver, kind.path, kind.body, got)
			}
			after := send(t, "POST", url+kind.path, kind.body, "Content-Type", kind.mediaType)
			if after.status != 200 {
				t.Errorf("%s, %s: afterwards: %d %s", driver, kind.path, after.status, after.body)
			}
		}
		peak := end()
		t.Logf("%s: at most %.0f MiB", driver, peak)
		if peak > 450 { // of which the race detector takes three quarters
			t.Errorf("%s: %.0f MiB", driver, peak)
		}
	}
}

// While a client that does not read has a row of 6 MB, another one is refused, and a body is not.
func TestLargeRowsAtOnceStayWithinTheBudget(t *testing.T) {
	setUpBudgets(t)
	for _, driver := range []string{"postgres", "pgx"} {
		url, end := startWithBudget(t, driver)
		slow, err := http.Get(url + "/rpc/large?n=6000000")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/rpc/large?n=6000000", "/rpc/large?n=9000000"} {
			want := map[bool]int{true: 503, false: 500}[strings.HasSuffix(path, "=6000000")]
			if got := send(t, "GET", url+path, ""); got.status != want {
				t.Errorf("%s, %s: %d %.100s", driver, path, got.status, got.body)
			}
		}
		body := `{"v":"` + strings.Repeat("x", budget/2) + `"}`
		if got := send(t, "POST", url+"/text", body, "Content-Type", jsonType); got.status != 200 {
			t.Errorf("%s: a body meanwhile: %d %.100s", driver, got.status, got.body)
		}
		if n, err := io.Copy(io.Discard, slow.Body); n < 6_000_000 || err != nil {
			t.Errorf("%s: %d bytes arrive, %v", driver, n, err)
		}
		slow.Body.Close()
		if got := send(t, "GET", url+"/rpc/large?n=6000000", ""); got.status != 200 {
			t.Errorf("%s: afterwards: %d %.100s", driver, got.status, got.body)
		}
		end()
	}
}
