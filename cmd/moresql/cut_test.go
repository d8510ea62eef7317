package main

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
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
	CREATE TABLE api.once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
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
	c, db := startContract(t, late)
	for _, test := range []struct {
		method, target string
		status         int // of a response that has not begun; 0 for one that is cut
	}{
		{"GET", "/rpc/late?n=10", 400},
		{"POST", "/rpc/late?n=10", 400},
		{"GET", "/rpc/late?n=5000", 0},
		{"POST", "/rpc/late?n=5000", 0},
		{"GET", "/rpc/late?n=5000&limit=9000&order=i", 0},
		{"POST", "/rpc/commits?n=10", 409},
		{"POST", "/rpc/commits?n=5000", 0},
	} {
		for _, accept := range everyFormat {
			r := c.newRequest(test.method, test.target, "")
			if test.method == "POST" {
				target, body, _ := strings.Cut(test.target, "?")
				r = c.newRequest("POST", target, body)
				r.Header.Set("Content-Type", formType)
			}
			r.Header.Set("Accept", accept)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, response.Body)
			response.Body.Close()
			cut := response.StatusCode == 200 && errors.Is(err, io.ErrUnexpectedEOF)
			refused := response.StatusCode == test.status && err == nil
			if test.status == 0 && !cut || test.status != 0 && !refused {
				t.Errorf("%s %s as %s: %d, %d bytes, %v", test.method, test.target, accept,
					response.StatusCode, n, err)
			}
		}
	}
	if n := count(t, db, "SELECT count(*) FROM api.once"); n != 0 {
		t.Errorf("%d rows are committed", n)
	}
	c.cutHTTP10("/rpc/late?n=5000")
	c.stop()
}

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
	c, db := startContract(t, late)
	var begun, all sync.WaitGroup
	end := make(chan struct{})
	for _, accept := range everyFormat {
		begun.Add(1)
		all.Go(func() {
			r := c.newRequest("GET", "/rpc/endless", "")
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
