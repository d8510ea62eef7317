package dbtest

import (
	"bufio"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestUploadsThatDoNotArriveAreTheClientsFault sends bodies of lines that end early, are framed
// wrongly, or stop: the response is a 4xx, and none of the rows is there, although batches before
// have been inserted.
func TestUploadsThatDoNotArriveAreTheClientsFault(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, `DROP SCHEMA IF EXISTS broken CASCADE`, `CREATE SCHEMA broken`,
		`CREATE TABLE broken.rows (a int, b text)`)
	line := `{"a": 1, "b": "` + strings.Repeat("x", 1000) + "\"}\n"
	lines := strings.Repeat(line, 700) // two batches
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(lines), lines)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		// The time limit is that of the last case alone: it has to be over for a response.
		cat := load(t, db, "broken")
		url := listen(t, rest.Tables(moresql.New(db, quiet), cat))
		short := listen(t, rest.Tables(moresql.New(db, quiet), cat,
			moresql.Limits{Timeout: 2 * time.Second}))
		for _, test := range []struct {
			reason, url, framing, body string
			halfClosed                 bool
			status                     int
		}{
			{reason: "a chunk without a size", url: url, framing: "Transfer-Encoding: chunked",
				body: chunk + "zz\r\n\r\n", status: 400},
			{reason: "a first chunk without a size", url: url, framing: "Transfer-Encoding: chunked",
				body: "10\r\n" + line[:16] + "\r\nzz\r\n", status: 400},
			{reason: "no last chunk", url: url, framing: "Transfer-Encoding: chunked", body: chunk,
				halfClosed: true, status: 400},
			{reason: "fewer bytes than announced", url: url,
				framing: fmt.Sprint("Content-Length: ", len(lines)+1), body: lines, halfClosed: true,
				status: 400},
			{reason: "a body that stops", url: short, framing: "Transfer-Encoding: chunked", body: chunk,
				status: 408},
		} {
			conn, err := net.Dial("tcp", strings.TrimPrefix(test.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST /rows HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-ndjson\r\n"+
				"%s\r\n\r\n%s", test.framing, test.body)
			if test.halfClosed {
				conn.(*net.TCPConn).CloseWrite()
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("%s: %v", test.reason, err)
			}
			response.Body.Close()
			if response.StatusCode != test.status {
				t.Errorf("%s: %s, want %d", test.reason, response.Status, test.status)
			}
			if n := queryInt(t, admin, "SELECT count(*) FROM broken.rows"); n != 0 {
				t.Errorf("%s: %d rows are there", test.reason, n)
			}
		}
	})
}
