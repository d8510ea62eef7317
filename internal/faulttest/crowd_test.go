package faulttest

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moresql/moresql"
)

const (
	crowdSize  = 500
	crowdConns = 4

	// locked waits as long as the test holds the lock.
	locked = `CREATE OR REPLACE FUNCTION locked() RETURNS TABLE (n int) LANGUAGE plpgsql AS
		$$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN QUERY SELECT 1; END $$`
	slow = `CREATE OR REPLACE FUNCTION slow() RETURNS TABLE (n int) LANGUAGE sql VOLATILE
		AS 'SELECT 1 FROM pg_sleep(0.05)'`
)

// lock takes the lock that locked waits for.
func (s *scene) lock() (unlock func()) {
	s.t.Helper()
	conn, err := s.onlooker.Conn(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := conn.ExecContext(s.t.Context(), "SELECT pg_advisory_lock(4711)"); err != nil {
		s.t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		conn.ExecContext(context.Background(), "SELECT pg_advisory_unlock(4711)")
		conn.Close()
	})
}

// A reply is the response that one client of a crowd receives.
type reply struct {
	status     int
	retryAfter string
	took       time.Duration
	err        error
}

// get sends one request and reads the response.
func (s *scene) get(client *http.Client, url string) (r reply) {
	begin := time.Now()
	response, err := client.Get(url)
	if err == nil {
		r.status, r.retryAfter = response.StatusCode, response.Header.Get("Retry-After")
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	r.took, r.err = time.Since(begin), err
	return r
}

// crowd sends size requests at once, and returns the replies as they arrive.
func (s *scene) crowd(client *http.Client, url string, size int) <-chan reply {
	replies := make(chan reply, size)
	for range size {
		go func() { replies <- s.get(client, url) }()
	}
	return replies
}

// TestCrowdOnStuckDatabaseIsLimited has 500 clients call a function that is stuck. As many calls
// run, and wait, as the limit allows, and all others are refused at once. Calls with another limit
// are served meanwhile. When the database continues, so do the calls.
func TestCrowdOnStuckDatabaseIsLimited(t *testing.T) {
	for _, driver := range bareDrivers {
		t.Run(driver, func(t *testing.T) {
			const running, waiting, wait = crowdConns - 1, 50, 3 * time.Second
			s := newScene(t, through(driver), crowdConns, locked, quick)
			m := moresql.New(s.db, quiet)
			mux := http.NewServeMux()
			mux.Handle("/locked", m.Handler("locked",
				moresql.Limits{Running: running, Waiting: waiting, Wait: wait}))
			mux.Handle("/quick", m.Handler("quick", moresql.Fields("n"),
				moresql.Limits{Running: 1, Waiting: crowdSize, Wait: time.Minute}))
			server := serveQuietly(t, mux)
			client := s.client(crowdSize)
			unlock := s.lock()
			defer unlock()

			replies := s.crowd(client, server.URL+"/locked", crowdSize)
			atOnce, late, slowest, tried, others := 0, 0, time.Duration(0), 0, 0
			for range crowdSize - running {
				r := <-replies
				switch slowest = max(slowest, r.took); {
				case r.err != nil || r.status != http.StatusServiceUnavailable ||
					r.retryAfter != strconv.Itoa(int(wait.Seconds())):
					t.Errorf("%+v", r)
				case r.took < wait:
					atOnce++
				default:
					late++
				}
				if (atOnce+late)%20 == 1 { // throughout
					tried++
					if r := s.get(client, server.URL+"/quick?n=1"); r.status != http.StatusOK {
						t.Errorf("with another limit: %+v", r)
					} else {
						others++
					}
				}
			}
			stuck := s.busy()
			unlock()
			served := 0
			for range running {
				if r := <-replies; r.status == http.StatusOK {
					served++
				} else {
					t.Errorf("when the database continues: %+v", r)
				}
			}
			for range running + waiting { // all places are free again
				if r := s.get(client, server.URL+"/locked"); r.status != http.StatusOK {
					t.Errorf("afterwards: %+v", r)
				}
			}
			s.settles(20 * time.Second)
			t.Logf("%d clients of a stuck function, %d connections: %d refused at once, "+
				"%d after waiting %v, the slowest after %v; %d calls ran and were served in the end; "+
				"%d of %d calls with another limit were served meanwhile",
				crowdSize, crowdConns, atOnce, late, wait, slowest.Round(time.Millisecond),
				served, others, tried)
			// On a machine that stalls for seconds some that are refused at once look as if they had
			// waited, never the other way round.
			if tried == 0 || late < waiting || atOnce+late != crowdSize-running || stuck != running ||
				atOnce < crowdSize/2 {
				t.Errorf("%d are refused at once and %d later, where %d may wait; %d run, where %d may", atOnce,
					late, waiting, stuck, running)
			}
			if slowest > wait+10*time.Second {
				t.Errorf("one has waited %v, where %v is the limit", slowest, wait)
			}
		})
	}
}

// TestCrowdLeavingFreesItsPlaces has waiting clients leave, whose places the next ones get.
func TestCrowdLeavingFreesItsPlaces(t *testing.T) {
	const waiting = 100
	s := newScene(t, through("postgres"), crowdConns, locked)
	h := moresql.New(s.db, quiet).
		Handler("locked", moresql.Limits{Running: crowdConns, Waiting: waiting, Wait: time.Minute})
	var inside atomic.Int64
	server := serveQuietly(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside.Add(1)
		defer inside.Add(-1)
		h.ServeHTTP(w, r)
	}))
	unlock := s.lock()
	defer unlock()
	client := s.client(crowdSize)
	reaches := func(n int64) {
		t.Helper()
		if _, ok := eventually(time.Minute, func() bool { return inside.Load() == n }); !ok {
			t.Fatalf("%d calls have arrived, want %d", inside.Load(), n)
		}
	}
	first := s.crowd(client, server.URL, crowdConns)
	if _, ok := eventually(time.Minute, func() bool { return s.busy() == crowdConns }); !ok {
		t.Fatalf("%d calls run", s.busy())
	}
	rounds := scale(20, 3)
	for range rounds {
		ctx, leave := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range waiting {
			group.Go(func() {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if response, err := client.Do(request); err == nil {
					t.Errorf("a waiting client has a response: %d", response.StatusCode)
					response.Body.Close()
				}
			})
		}
		reaches(crowdConns + waiting)
		leave()
		group.Wait()
		reaches(crowdConns)
	}
	last := s.crowd(client, server.URL, waiting)
	reaches(crowdConns + waiting)
	unlock()
	served := 0
	for i := range crowdConns + waiting {
		from := first
		if i >= crowdConns {
			from = last
		}
		if r := <-from; r.status == http.StatusOK {
			served++
		}
	}
	s.settles(20 * time.Second)
	t.Logf("%d clients have waited and left; %d of the next %d were served", rounds*waiting,
		served, crowdConns+waiting)
	if served != crowdConns+waiting {
		t.Error("some clients were not served")
	}
}

// TestCrowdOverLimitsEndsByItself checks the limits of time, rows and bytes with many clients.
func TestCrowdOverLimitsEndsByItself(t *testing.T) {
	s := newScene(t, through("postgres"), crowdConns, locked, endless, quick)
	defer s.lock()()
	m := moresql.New(s.db, quiet)
	for _, test := range []struct {
		reason  string
		proc    string
		options []moresql.Option
		aborts  bool // the limit is exceeded after a block has been sent
		status  int
	}{
		{reason: "Limits.Timeout, mostly without a connection", proc: "locked",
			options: []moresql.Option{moresql.Limits{Timeout: 300 * time.Millisecond}},
			status:  http.StatusGatewayTimeout},
		{reason: "Limits.Rows within the first block", proc: "endless",
			options: []moresql.Option{moresql.Limits{Rows: 10}}, status: http.StatusInternalServerError},
		{reason: "Limits.Rows after the first block", proc: "endless",
			options: []moresql.Option{moresql.Limits{Rows: 1000}}, aborts: true},
		{reason: "Limits.Bytes within the first block", proc: "endless",
			options: []moresql.Option{moresql.Limits{Bytes: 4 << 10}},
			status:  http.StatusInternalServerError},
		{reason: "Limits.Bytes after the first block", proc: "endless",
			options: []moresql.Option{moresql.Limits{Bytes: 100 << 10}}, aborts: true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			size := scale(200, 16) // stopping an endless query takes a while
			server := serveQuietly(t, m.Handler(test.proc, test.options...))
			replies := s.crowd(s.client(crowdSize), server.URL, size)
			var complete, other int
			for range size {
				switch r := <-replies; {
				case r.status == http.StatusOK && r.err == nil:
					complete++
				case test.aborts != (r.err != nil) || r.err == nil && r.status != test.status:
					other++
					if other < 5 {
						t.Errorf("%+v", r)
					}
				}
			}
			s.settles(20 * time.Second)
			t.Logf("%d clients: %d complete responses, %d with another status than they should have",
				size, complete, other)
			if complete > 0 {
				t.Errorf("%d complete responses", complete)
			}
		})
	}
	r := s.get(s.client(1), serveQuietly(t, m.Handler("quick", moresql.Fields("n"))).URL+"?n=1")
	if r.status != http.StatusOK {
		t.Errorf("afterwards: %+v", r)
	}
}

// TestCrowdKeepsGoodput checks that 500 clients are served as many calls as 8. All of them wait
// equally long, and retry when Retry-After says.
func TestCrowdKeepsGoodput(t *testing.T) {
	s := newScene(t, through("postgres"), crowdConns, slow)
	m := moresql.New(s.db, quiet)
	limit := moresql.Limits{Running: crowdConns, Waiting: 16, Wait: time.Second}
	limited := serveQuietly(t, m.Handler("slow", limit))
	period := time.Duration(scale(10, 2)) * time.Second
	few, _ := s.goodput(limited.URL, 8, period)
	many, refused := s.goodput(limited.URL, crowdSize, period)
	if scale(1, 0) == 1 { // for comparison
		without, _ := s.goodput(serveQuietly(t, m.Handler("slow")).URL, crowdSize, period)
		t.Logf("without a limit: %d calls of %d clients", without, crowdSize)
	}
	ratio := float64(many) / float64(few)
	t.Logf("in %v: %d calls of 8 clients served, %d of %d clients, %.2f times as many, %d refused",
		period, few, many, crowdSize, ratio, refused)
	// Four connections at 50 ms a call serve 80 calls a second. The clients run on the same machine,
	// which in a small run may be too busy for 500.
	if least := float64(scale(90, 25)) / 100; few == 0 || ratio < least {
		t.Errorf("%.2f is less than %.2f", ratio, least)
	}
}

// goodput returns how many calls succeed within a period, and how many are refused. The period
// begins after two seconds, which is how long each client waits for a response.
func (s *scene) goodput(url string, clients int, period time.Duration) (served, refused int64) {
	const patience = 2 * time.Second
	client := s.client(clients)
	client.Timeout = patience
	begin := time.Now().Add(patience)
	ctx, cancel := context.WithDeadline(s.t.Context(), begin.Add(period))
	defer cancel()
	var good, busy atomic.Int64
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for ctx.Err() == nil {
				r := s.get(client, url)
				if r.status == http.StatusOK && r.err == nil && time.Now().After(begin) && ctx.Err() == nil {
					good.Add(1)
				}
				if seconds, err := strconv.Atoi(r.retryAfter); err == nil {
					busy.Add(1)
					select {
					case <-time.After(time.Duration(seconds) * time.Second):
					case <-ctx.Done():
					}
				}
			}
		})
	}
	group.Wait()
	client.CloseIdleConnections()
	s.settles(20 * time.Second)
	return good.Load(), busy.Load()
}
