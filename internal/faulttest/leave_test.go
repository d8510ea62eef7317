package faulttest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moresql/moresql"
)

const (
	sleeping = `CREATE OR REPLACE FUNCTION sleeping(note text) RETURNS TABLE (n int)
		LANGUAGE sql STABLE AS 'SELECT 1 FROM pg_sleep(600)'`
	quick = `CREATE OR REPLACE FUNCTION quick(n int) RETURNS TABLE (n int) LANGUAGE sql STABLE
		AS 'SELECT $1'`

	// endless is STABLE and has its set in the select list, so that it is inlined and its rows are
	// sent as they are made.
	endless = `CREATE OR REPLACE FUNCTION endless() RETURNS TABLE (n int, filler text)
		LANGUAGE sql STABLE AS
		$$ SELECT i, repeat('x', 200) FROM (SELECT generate_series(1, 1000000000) AS i) s $$`
)

// TestLeavingClientsLeaveNothingBehind has clients leave while they send a request, while they wait
// for the response, and while they read it.
func TestLeavingClientsLeaveNothingBehind(t *testing.T) {
	for _, driver := range drivers {
		t.Run(driver, func(t *testing.T) {
			s := newScene(t, through(driver), 16, sleeping, quick, endless)
			m := moresql.New(s.db, quiet)
			mux := http.NewServeMux()
			for _, mode := range modes() {
				mux.Handle("/"+mode.name+"/sleeping",
					m.Handler("sleeping", append(mode.options, moresql.Fields("note"))...))
				mux.Handle("/"+mode.name+"/endless", m.Handler("endless", mode.options...))
				mux.Handle("/"+mode.name+"/quick",
					m.Handler("quick", append(mode.options, moresql.Fields("n"))...))
			}
			var begun, open atomic.Int64
			server := serveQuietly(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				begun.Add(1)
				open.Add(1)
				defer open.Add(-1)
				mux.ServeHTTP(w, r)
			}))
			crowd := &leavers{t: t, address: server.Listener.Addr().String()}

			// The goal is one second; a busy machine gets more.
			limit := time.Duration(scale(1, 20)) * time.Second
			settle := func() time.Duration {
				took := s.settles(limit)
				if n := open.Load(); n != 0 {
					t.Errorf("%d calls have not ended", n)
				}
				return took
			}
			all := scale(5000, 300)
			most := crowd.leave(all/5, s.busy)
			settle()
			memory, goroutines := heap(), runtime.NumGoroutine()
			most = max(most, crowd.leave(all-all/5, s.busy))
			took := settle()
			grown := heap() - memory

			t.Logf("%d clients: %d left while they sent the request, %d before the response, "+
				"%d during it, %d had a complete one; %d calls, up to %d busy connections; %v later none; "+
				"%d goroutines, %d before; %.1f MiB more memory",
				all, crowd.sending.Load(), crowd.waiting.Load(), crowd.reading.Load(), crowd.complete.Load(),
				begun.Load(), most, took.Round(time.Millisecond), runtime.NumGoroutine(), goroutines, grown)
			for name, n := range map[string]int64{
				"while they sent": crowd.sending.Load(), "before the response": crowd.waiting.Load(),
				"during the response": crowd.reading.Load(), "calls": begun.Load(),
			} {
				if n < int64(all)/20 {
					t.Errorf("%s: only %d of %d clients", name, n, all)
				}
			}
			if most == 0 {
				t.Error("no call has reached the database")
			}
			if grown > 4 {
				t.Errorf("%d clients have left, and memory has grown by %.1f MiB", all-all/5, grown)
			}

			// The next clients are served as usual.
			client := s.client(16)
			for i := range 100 {
				mode := modes()[i%len(modes())].name
				response, err := client.Get(fmt.Sprintf("%s/%s/quick?n=%d", server.URL, mode, i))
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if want := fmt.Sprintf(`[{"n":%d}]`, i); response.StatusCode != 200 || err != nil ||
					string(body) != want {
					t.Errorf("%s, afterwards: %d %s %v", mode, response.StatusCode, body, err)
				}
			}
		})
	}
}

// leavers are clients that leave early.
type leavers struct {
	t                                   *testing.T
	address                             string
	sending, waiting, reading, complete atomic.Int64
}

// leave runs n clients, 64 at a time, and returns the greatest result of look meanwhile.
func (l *leavers) leave(n int, look func() int) (most int) {
	var left atomic.Int64
	left.Store(int64(n))
	var group sync.WaitGroup
	for seed := range uint64(64) {
		group.Go(func() {
			for random := rand.New(rand.NewPCG(seed, uint64(n))); left.Add(-1) >= 0; {
				l.one(random)
			}
		})
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for left.Load() > 0 {
		<-tick.C
		most = max(most, look())
	}
	group.Wait()
	return most
}

// one runs one client.
func (l *leavers) one(random *rand.Rand) {
	dialled, err := net.Dial("tcp", l.address)
	if err != nil {
		l.t.Error(err)
		return
	}
	conn := dialled.(*net.TCPConn)
	defer conn.Close()
	if random.IntN(2) == 0 {
		conn.SetLinger(0) // a reset, as from a process that was killed
	}
	mode := modes()[random.IntN(len(modes()))].name
	moment := func(most time.Duration) {
		conn.SetReadDeadline(time.Now().Add(time.Duration(random.Int64N(int64(most)))))
	}
	switch random.IntN(4) {
	case 0:
		body := bytes.Repeat([]byte("x"), 100_000)
		fmt.Fprintf(conn, "POST /%s/sleeping HTTP/1.1\r\nHost: x\r\nContent-Type: "+
			"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\nnote=", mode, len(body)+5)
		conn.Write(body[:random.IntN(len(body))])
		l.sending.Add(1)
	case 1:
		moment(30 * time.Millisecond)
		fmt.Fprintf(conn, "GET /%s/sleeping?note=x HTTP/1.1\r\nHost: x\r\n\r\n", mode)
		if got, _ := io.ReadAll(conn); len(got) > 0 {
			l.t.Errorf("%s: the response of a sleeping function is %.300q", mode, got)
		}
		l.waiting.Add(1)
	case 2:
		conn.SetReadDeadline(time.Now().Add(time.Minute)) // never reached, as a rule
		fmt.Fprintf(conn, "GET /%s/endless HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", mode)
		var got bytes.Buffer
		if _, err := io.CopyN(&got, conn, random.Int64N(200_000)); err != nil {
			l.t.Errorf("%s: the endless response ends: %v: %.500s", mode, err, &got)
		}
		l.reading.Add(1)
	case 3:
		moment(300 * time.Millisecond)
		fmt.Fprintf(conn, "GET /%s/quick?n=7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", mode)
		if got, _ := io.ReadAll(conn); bytes.HasSuffix(got, []byte(`[{"n":7}]`)) {
			l.complete.Add(1)
		} else {
			l.waiting.Add(1)
		}
	}
}

// TestSlowClientsHoldNoConnection has clients read 1 KiB a second, which WriteTimeout cuts off.
func TestSlowClientsHoldNoConnection(t *testing.T) {
	for _, driver := range drivers {
		t.Run(driver, func(t *testing.T) {
			s := newScene(t, through(driver), 4, quick, endless)
			m := moresql.New(s.db, quiet, moresql.Limits{Write: 200 * time.Millisecond})
			mux := http.NewServeMux()
			for _, mode := range modes() {
				mux.Handle("/"+mode.name, m.Handler("endless", mode.options...))
			}
			mux.Handle("/quick", m.Handler("quick", moresql.Fields("n")))
			server := serveQuietly(t, mux)

			clients := scale(40, 12)
			stop := make(chan struct{})
			var group sync.WaitGroup
			var begun, complete atomic.Int64
			for i := range clients {
				group.Go(func() {
					conn, err := net.Dial("tcp", server.Listener.Addr().String())
					if err != nil {
						t.Error(err)
						return
					}
					defer conn.Close()
					fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
						modes()[i%len(modes())].name)
					second := time.NewTicker(time.Second)
					defer second.Stop()
					part := make([]byte, 1<<10)
					for first := true; ; first = false {
						conn.SetReadDeadline(time.Now().Add(time.Minute))
						if _, err := io.ReadFull(conn, part); err != nil {
							t.Errorf("%v, although more was to be read: %.300s", err, part)
							return
						}
						if first && bytes.HasPrefix(part, []byte("HTTP/1.1 200 ")) {
							begun.Add(1)
						}
						select {
						case <-second.C:
						case <-stop:
							rest, err := io.ReadAll(conn) // what had been buffered
							if err == nil && bytes.HasSuffix(rest, []byte("\r\n0\r\n\r\n")) {
								complete.Add(1)
							}
							return
						}
					}
				})
			}
			// All of them get a connection, although the first four are still reading.
			if _, ok := eventually(time.Minute, func() bool { return begun.Load() == int64(clients) }); !ok {
				t.Errorf("%d of %d clients have begun", begun.Load(), clients)
			}
			took := s.settles(20 * time.Second)
			close(stop)
			group.Wait()
			response, err := s.client(1).Get(server.URL + "/quick?n=1")
			if err != nil || response.StatusCode != 200 {
				t.Fatalf("afterwards: %v %v", response, err)
			}
			response.Body.Close()
			t.Logf("%d clients reading 1 KiB a second over 4 connections: all were cut off, "+
				"%d with a complete response; the connections were free %v after the last had begun",
				clients, complete.Load(), took.Round(time.Millisecond))
			if complete.Load() > 0 {
				t.Errorf("%d have a complete response", complete.Load())
			}
		})
	}
}
