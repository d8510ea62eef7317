package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/testserver"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	code := m.Run()
	if c, err := shared(); err == nil {
		c.stop()
	}
	os.Exit(code)
}

// shared is the cluster of all tests, which begins with four shards.
var shared = sync.OnceValues(func() (*cluster, error) {
	dir, err := os.MkdirTemp("", "plproxy")
	if err != nil {
		return nil, err
	}
	return newCluster(dir, 4)
})

// empty returns the cluster without any parcels.
func empty(t *testing.T) *cluster {
	t.Helper()
	c, err := shared()
	if errors.Is(err, errMissing) && os.Getenv(testserver.Require) != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	fill(t, c, 0)
	return c
}

// fill gives the cluster the parcels 1 to n and no others, each in the partition of its number.
func fill(t *testing.T, c *cluster, n int) {
	t.Helper()
	if err := c.fill(n); err != nil {
		t.Fatal(err)
	}
}

// serving serves the functions of a cluster as main does, and returns its URL.
func serving(t *testing.T, c *cluster) string {
	t.Helper()
	db, err := sql.Open("postgres", c.uri())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	handler, err := routes(t.Context(), db, "api")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// A parcel is what the functions return.
type parcel struct {
	Number  int
	Address string
}

// call sends a request, by POST if it has a body, and returns the status and the body.
func call(t *testing.T, url, body string) (int, string) {
	t.Helper()
	status, text, err := send(url, body)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return status, text
}

func send(url, body string) (int, string, error) {
	method := "GET"
	if body != "" {
		method = "POST"
	}
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// value returns the first value that a query has on a server.
func value(t *testing.T, uri, query string, args ...any) (text string) {
	t.Helper()
	db, err := sql.Open("postgres", uri)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// built builds the command.
var built = sync.OnceValues(func() (string, error) {
	c, err := shared()
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, "moresql")
	const source = "github.com/moresql/moresql/cmd/moresql"
	if out, err := exec.Command("go", "build", "-o", path, source).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// command starts moresql for the cluster as the example says, without any file of it, and returns
// its URL and its process.
func command(t *testing.T, c *cluster) (string, *os.Process) {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Replace(commandLine(c.uri()), " moresql", " exec moresql -addr localhost:0", 1)
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(path), "TMPDIR="+t.TempDir())
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	var text strings.Builder
	for b := make([]byte, 1024); ; {
		n, err := stdout.Read(b)
		text.Write(b[:n])
		_, after, _ := strings.Cut(text.String(), "listening on ")
		if address, _, whole := strings.Cut(after, "\n"); whole {
			go io.Copy(io.Discard, stdout)
			return strings.TrimSpace(address), cmd.Process
		}
		if err != nil {
			t.Fatalf("the command ends: %s", &text)
		}
	}
}

func TestCommandServesShardsUnchanged(t *testing.T) {
	c := empty(t)
	api, _ := command(t, c)
	const n = 40
	for i := range n {
		status, body := call(t, api+"/rpc/send_parcel", fmt.Sprintf(`{"address": "%d Main St"}`, i+1))
		if status != 200 {
			t.Fatalf("parcel %d: %d %s", i+1, status, body)
		}
	}
	// By key: the row is where PostgreSQL's own hash says, and found there by the command.
	for i := 1; i <= n; i++ {
		part := value(t, c.proxy.uri("postgres", "postgres"), "SELECT hashint8($1) & 7", i)
		home := c.places[part[0]-'0'].uri("postgres", "part"+part)
		want := fmt.Sprintf("%d Main St", i)
		if got := value(t, home, "SELECT address FROM api.parcels WHERE number = $1", i); got != want {
			t.Errorf("partition %s has %q as parcel %d", part, got, i)
		}
		_, body := call(t, fmt.Sprintf("%s/rpc/parcel?number=%d&select=number,address", api, i), "")
		if body != fmt.Sprintf(`[{"number":%d,"address":%q}]`, i, want) {
			t.Errorf("parcel %d is %s", i, body)
		}
	}
	// Over all: PL/Proxy orders nothing by itself.
	for _, function := range []string{"all_parcels", "each_parcel"} {
		_, body := call(t, api+"/rpc/"+function+"?order=number", "")
		var got []parcel
		err := json.Unmarshal([]byte(body), &got)
		if err != nil || len(got) != n || got[n-1].Number != n {
			t.Errorf("%s: %v, %s", function, err, body)
		}
	}
	for _, test := range []struct {
		reason, path, body string
		status             int
		want               string
	}{
		{reason: "a count of each shard's", path: "count_parcels", status: 200, want: "40"},
		{
			reason: "a filter over all", path: "all_parcels?number=lte.2&order=number&select=number",
			status: 200, want: `[{"number":1},{"number":2}]`,
		},
		{reason: "no such parcel", path: "parcel?number=99", status: 200, want: "[]"},
		{reason: "no number", path: "parcel?number=x", status: 400, want: `"code":"22P02"`},
		{
			reason: "a fault of a shard keeps its code", path: "send_parcel", body: `{"address": null}`,
			status: 400, want: `"code":"23502"`,
		},
		{
			reason: "GET writes nothing", path: "send_parcel?address=x", status: 405, want: `"code":"25006"`,
		},
	} {
		status, body := call(t, api+"/rpc/"+test.path, test.body)
		if status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s: %d %s", test.reason, status, body)
		}
	}
}

// A partition knows who calls: PL/Proxy connects as the role of the call.
func TestRoleReachesTheShards(t *testing.T) {
	c := empty(t)
	for part, s := range c.places {
		err := execute(s.uri("postgres", name(part)), `CREATE OR REPLACE FUNCTION shards.who()
			RETURNS SETOF name LANGUAGE sql STABLE AS 'SELECT current_user'`)
		if err != nil {
			t.Fatal(err)
		}
	}
	err := execute(c.proxy.uri("postgres", "postgres"), `CREATE OR REPLACE FUNCTION shards.who()
		RETURNS SETOF name LANGUAGE plproxy AS $$ CLUSTER 'shards'; RUN ON 3; $$`)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"web", "postgres"} {
		got := value(t, c.proxy.uri(role, "postgres"), "SELECT * FROM shards.who()")
		if got != role {
			t.Errorf("the shards see %s as %s", role, got)
		}
	}
}

// PL/Proxy passes on neither that a transaction may only read nor its end. What shards.to_write
// refuses, a function without it does.
func TestWritesOfShardsKnowNoTransaction(t *testing.T) {
	c := empty(t)
	const store = "/rpc/store_parcel?number=7&address=x"
	err := execute(c.proxy.uri("postgres", "postgres"),
		"DROP SCHEMA IF EXISTS bare CASCADE", "CREATE SCHEMA bare", "GRANT USAGE ON SCHEMA bare TO web",
		`CREATE FUNCTION bare.store_parcel(number bigint, address text) RETURNS SETOF api.parcels
			LANGUAGE plproxy AS $$
			CLUSTER 'shards'; RUN ON hashint8(number); TARGET shards.store_parcel; $$`)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", c.uri())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, test := range []struct {
		schema string
		status int
		left   string // that is what the shards have then
	}{
		{schema: "shards", status: 405, left: "0"},
		{schema: "bare", status: 200, left: "1"},
	} {
		fill(t, c, 0)
		handler, err := routes(t.Context(), db, test.schema)
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewServer(handler)
		status, body := call(t, s.URL+store, "")
		s.Close()
		left := value(t, c.uri(), "SELECT api.count_parcels()")
		if status != test.status || left != test.left {
			t.Errorf("GET %s: %d %s, and %s parcels", test.schema, status, body, left)
		}
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.Exec("SELECT * FROM shards.store_parcel(8, 'x')")
	if err := errors.Join(err, tx.Rollback()); err != nil {
		t.Fatal(err)
	}
	if left := value(t, c.uri(), "SELECT api.count_parcels()"); left != "2" {
		t.Errorf("after a rollback of the proxy %s parcels, want the one of before and another", left)
	}
}

// Where the shards are is for the log.
func TestResponsesHideTheShards(t *testing.T) {
	c := empty(t)
	api := serving(t, c)
	c.shards[0].stop()
	status, body := call(t, api+"/rpc/all_parcels", "")
	if err := c.shards[0].resume(); err != nil {
		t.Fatal(err)
	}
	if status != 500 || strings.Contains(body, "127.0.0.1") || strings.Contains(body, "part") {
		t.Errorf("%d %s", status, body)
	}
}
