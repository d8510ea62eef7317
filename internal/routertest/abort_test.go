package routertest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// late fails in its row n, after some 300 kB if n is 3000.
const late = `CREATE OR REPLACE FUNCTION late(n int) RETURNS TABLE (g int, q int, y text)
	LANGUAGE sql STABLE AS $$ SELECT g, 100/(n-g), repeat('y', 100) FROM generate_series(1, n) g $$`

// A format is one that a client can read in part without noticing.
type format struct {
	name    string
	encoder encoder.Encoder
	read    func([]byte) error // fails if the document is not whole by itself
}

var formats = []format{
	{"csv", encoder.CSV(), func(document []byte) error {
		_, err := csv.NewReader(bytes.NewReader(document)).ReadAll()
		return err
	}},
	{"ndjson", encoder.NDJSON(), func(document []byte) error {
		for d := json.NewDecoder(bytes.NewReader(document)); ; {
			var v any
			if err := d.Decode(&v); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		}
	}},
	{"json", encoder.JSON(), func(document []byte) error {
		var v any
		return json.Unmarshal(document, &v)
	}},
}

// A server serves a handler by a router at a path, and returns its address.
type server func(t *testing.T, path string, h http.Handler) (base string)

// TestAbortedResponseStaysAborted has a call fail after its response has begun. No client may take
// what it has got for the whole, whatever is around the handler.
func TestAbortedResponseStaysAborted(t *testing.T) {
	db, err := sql.Open("postgres", pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(late); err != nil {
		t.Fatal(err)
	}
	quiet := moresql.Hooks{Logger: slog.New(slog.DiscardHandler)}
	m := moresql.New(db, quiet, moresql.Fields("n"))
	for name, serve := range servers {
		for _, f := range formats {
			for reason, limits := range map[string]moresql.Limits{
				"":             {},
				" with limits": {Timeout: time.Minute, Write: time.Minute},
			} {
				t.Run(name+"/"+f.name+reason, func(t *testing.T) {
					base := serve(t, "/late", m.Handler("late", moresql.Encoders(f.encoder), limits))
					check(t, base, "HTTP/1.1", f)
					// fasthttp has no HTTP/1.0 for what streams, and HTTP/2 none at all.
					if !strings.HasPrefix(name, "fiber") && !strings.HasPrefix(base, "https:") {
						check(t, base, "HTTP/1.0", f)
					}
					// The server still serves others.
					status, body, err := get(base+"/late?n=0", "HTTP/1.1")
					if status != 200 || err != nil {
						t.Errorf("afterwards: %d %.200s %v", status, body, err)
					}
				})
			}
		}
	}
}

// check reads a response that fails as clients do.
func check(t *testing.T, base, protocol string, f format) {
	t.Helper()
	status, body, err := get(base+"/late?n=3000", protocol)
	if err == nil {
		t.Errorf("%s: the client got %d, %d bytes and no error; read: %v",
			protocol, status, len(body), f.read(body))
	}
	// Before the row that fails, a response is whole.
	status, body, err = get(base+"/late?n=0", protocol)
	if status != 200 || err != nil || f.read(body) != nil {
		t.Errorf("%s: of no rows: %d %.200s %v", protocol, status, body, err)
	}
}

// get sends a request over a new connection and returns what a client sees of the response, whose
// error is that of the connection or of reading the body.
func get(url, protocol string) (status int, body []byte, err error) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: transport.Clone()}
	defer client.CloseIdleConnections()
	if protocol == "HTTP/1.1" {
		response, err := client.Get(url)
		if err != nil {
			return 0, nil, err
		}
		defer response.Body.Close()
		body, err = io.ReadAll(response.Body)
		return response.StatusCode, body, err
	}
	host, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "GET /%s HTTP/1.0\r\n\r\n", path)
	all, err := io.ReadAll(conn)
	head, body, _ := bytes.Cut(all, []byte("\r\n\r\n"))
	if err == nil { // a client needs a status line
		_, err = fmt.Sscanf(string(head), "HTTP/1.0 %d", &status)
	}
	return status, body, err
}

// transport trusts the certificate of httptest's servers.
var transport = func() *http.Transport {
	s := httptest.NewUnstartedServer(nil)
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	return s.Client().Transport.(*http.Transport)
}()

// listen serves a handler by net/http.
func listen(t *testing.T, h http.Handler) string {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// Abort recognizes the server of net/http by its context.
func TestContextIsThatOfTheServer(t *testing.T) {
	base := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(http.ServerContextKey) == nil {
			t.Error("net/http does not make itself known any more, which Abort goes by")
		}
	}))
	if _, _, err := get(base, "HTTP/1.1"); err != nil {
		t.Error(err)
	}
	if context.Background().Value(http.ServerContextKey) != nil {
		t.Error("a context without a server has one")
	}
}
