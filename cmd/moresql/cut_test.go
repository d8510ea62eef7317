package main

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// late fails at its last row, or when the transaction ends.
const late = `
	CREATE FUNCTION api.word(last bool) RETURNS text LANGUAGE plpgsql STABLE AS
		$$ BEGIN IF last THEN RAISE 'at the last row'; END IF; RETURN repeat('x', 200); END $$;
	CREATE FUNCTION api.late(n int) RETURNS TABLE (i int, filler text) LANGUAGE sql STABLE AS
		$$ SELECT i, api.word(i = n) FROM generate_series(1, n) i $$;
	CREATE VIEW api.few AS SELECT i, api.word(i = 10) FROM generate_series(1, 10) i;
	CREATE VIEW api.many AS SELECT i, api.word(i = 5000) FROM generate_series(1, 5000) i;
	CREATE TABLE api.once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED,
		filler text DEFAULT repeat('x', 200));
	CREATE TABLE api.kept (id int, n int, filler text DEFAULT repeat('x', 200),
		UNIQUE (n) DEFERRABLE INITIALLY DEFERRED);
	INSERT INTO api.kept SELECT i, i FROM generate_series(1, 5000) i;
	CREATE FUNCTION api.commits(n int) RETURNS TABLE (i int, filler text) LANGUAGE sql AS
		$$ INSERT INTO api.once VALUES (1), (1);
			SELECT i, repeat('x', 200) FROM generate_series(1, n) i $$;
	CREATE FUNCTION api.endless() RETURNS TABLE (n int, filler text) LANGUAGE sql STABLE AS
		$$ SELECT i, repeat('x', 200) FROM (SELECT generate_series(1, 1000000000) AS i) s $$`

var everyFormat = []string{
	jsonType, "application/x-ndjson", "text/csv", "text/html",
	"application/vnd.moresql.compact+json", "application/vnd.msgpack",
	"application/vnd.apache.arrow.stream",
}

// An error after the first block cuts the response, in every format, and one before has a status.
// Neither has had an effect.
func TestCommandCutsAResponseThatFailsLate(t *testing.T) {
	c, db := startContract(t, late, "-tables")
	for _, test := range []struct {
		method, target string
		status         int // of a response that has not begun; 0 for one that is cut
	}{
		{"GET", "/few", 400},
		{"GET", "/many", 0},
		{"POST", "/once?" + twice(10), 409},
		{"POST", "/once?" + twice(5000), 0},
		{"PATCH", `/kept?id=lt.10`, 409},
		{"PATCH", `/kept?id=gt.0`, 0},
		{"GET", "/rpc/late?n=10", 400},
		{"POST", "/rpc/late?n=10", 400},
		{"GET", "/rpc/late?n=5000", 0},
		{"POST", "/rpc/late?n=5000", 0},
		{"GET", "/rpc/late?n=5000&limit=9000&order=i", 0},
		{"POST", "/rpc/commits?n=10", 409},
		{"POST", "/rpc/commits?n=5000", 0},
	} {
		for _, accept := range everyFormat {
			target, body, _ := strings.Cut(test.target, "?")
			mediaType := formType
			switch {
			case test.method == "GET":
				target, body = test.target, ""
			case test.method == "PATCH":
				target, body, mediaType = test.target, `{"n": 1}`, jsonType
			case target == "/once":
				mediaType = "text/csv"
			}
			r := c.newRequest(test.method, target, body)
			r.Header.Set("Content-Type", mediaType)
			r.Header.Set("Prefer", "return=representation")
			r.Header.Set("Accept", accept)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, response.Body)
			response.Body.Close()
			cut := response.StatusCode/100 == 2 && errors.Is(err, io.ErrUnexpectedEOF)
			refused := response.StatusCode == test.status && err == nil
			if test.status == 0 && !cut || test.status != 0 && !refused {
				t.Errorf("%s %.40q as %s: %d, %d bytes, %v", test.method, test.target, accept,
					response.StatusCode, n, err)
			}
		}
	}
	const changed = "SELECT (SELECT count(*) FROM api.once) + count(*) FROM api.kept WHERE n <> id"
	if n := count(t, db, changed); n != 0 {
		t.Errorf("%d rows are committed", n)
	}
	c.cutHTTP10("/rpc/late?n=5000")
	c.stop()
}

// twice returns CSV of n rows with the same key.
func twice(n int) string { return "id" + strings.Repeat("\n1", n) }

// cutHTTP10 checks a response of HTTP/1.0, whose body ends with the connection, so that only a
// reset shows that it is cut.
func (c *command) cutHTTP10(target string) {
	c.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url(), "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", target)
	if body, err := io.ReadAll(conn); err == nil || !strings.HasPrefix(string(body), "HTTP/1.0 200") {
		c.t.Errorf("%d bytes that begin with %.30q end with %v", len(body), body, err)
	}
}

// The database ends the connection in the middle of responses.
func TestCommandCutsAResponseWhoseConnectionEnds(t *testing.T) {
	c, db := startContract(t, late+`;
		CREATE VIEW api.unending AS SELECT i, repeat('x', 200) FROM
			(SELECT generate_series(1, 1000000000) AS i) s`, "-tables")
	var begun, all sync.WaitGroup
	end := make(chan struct{})
	for i, accept := range slices.Concat(everyFormat, everyFormat) {
		begun.Add(1)
		all.Go(func() {
			r := c.newRequest("GET", []string{"/rpc/endless", "/unending"}[i/len(everyFormat)], "")
			r.Header.Set("Accept", accept)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				begun.Done()
				return
			}
			defer response.Body.Close()
			body := bufio.NewReader(response.Body)
			_, first := body.ReadByte()
			begun.Done()
			<-end
			_, err = io.Copy(io.Discard, body)
			if response.StatusCode != 200 || first != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: %d %v, and the body ends with %v", accept, response.StatusCode, first, err)
			}
		})
	}
	begun.Wait()
	endBackends(t, db)
	close(end)
	all.Wait()
	if status, _, body := c.get("/rpc/late?n=1"); status != 400 && status != 503 {
		t.Errorf("afterwards: %d %s", status, body)
	}
	c.stop()
}

// endBackends ends every other connection to the database.
func endBackends(t *testing.T, db *sql.DB) {
	t.Helper()
	mustExec(t, db, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}
