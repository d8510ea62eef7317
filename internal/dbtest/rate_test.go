package dbtest

import (
	"bufio"
	"database/sql"
	"database/sql/driver"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/fakedb"
)

// A single listener accepts one connection.
type single chan net.Conn

func (s single) Accept() (net.Conn, error) {
	if conn, ok := <-s; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (s single) Close() error   { return nil }
func (s single) Addr() net.Addr { return &net.TCPAddr{} }

// A reader lives that takes a block of 32 KiB in the time of Limits.Write, 30 s by default, however
// long the response takes it and whatever Timeout is. One that is slower is cut off, and does not
// keep its connection to the database. The connection has no memory, and the clock is synctest's.
func TestMinimumRateOfReaders(t *testing.T) {
	const rows = 20 // of 64 KiB
	for _, test := range []struct {
		reason string
		rate   int // bytes in a second
		write  time.Duration
		lives  bool
	}{
		{reason: "40 kB/s", rate: 40_000, lives: true},
		{reason: "5 kB/s", rate: 5_000, lives: true},
		{reason: "just above a block in 30 s", rate: 1_300, lives: true},
		{reason: "just below", rate: 1_000},
		{reason: "nothing"},
		{reason: "5 kB/s where a block has 5 s", rate: 5_000, write: 5 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			db := sql.OpenDB(fakedb.Connector(func() driver.Rows {
				return fakedb.NewRows(fakedb.Texts(strings.Split(strings.Repeat(
					strings.Repeat("x", 64<<10)+",", rows), ",")[:rows]...))
			}))
			defer db.Close()
			m := moresql.New(db, quiet, moresql.Limits{Timeout: 2 * time.Second, Write: test.write})
			client, server := net.Pipe()
			listener := make(single, 1)
			listener <- server
			go http.Serve(listener, m.Handler("f"))
			defer close(listener)
			go io.WriteString(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

			begin, n := time.Now(), 0
			if test.rate == 0 {
				time.Sleep(time.Minute)
			}
			response, err := http.ReadResponse(bufio.NewReaderSize(client, 16), nil)
			for piece := make([]byte, 100); err == nil; {
				var some int
				some, err = response.Body.Read(piece)
				n += some
				time.Sleep(time.Duration(some) * time.Second / time.Duration(max(test.rate, 1)))
			}
			whole := err == io.EOF && n > rows*64<<10
			synctest.Wait()
			if whole != test.lives || db.Stats().InUse != 0 {
				t.Errorf("%s: %d bytes after %v, %v, %d connections in use",
					test.reason, n, time.Since(begin), err, db.Stats().InUse)
			}
			client.Close()
		})
	}
}
