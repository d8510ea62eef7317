package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Forty bodies of 8 MiB at once have no room in 16 MiB: all but two are refused for the time being,
// and the process stays small, which would take more than a gigabyte.
func TestBodiesAtOnceStayWithinTheMemoryLimit(t *testing.T) {
	const clients, size = 40, 8 << 20
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE FUNCTION api.keep(v text) RETURNS int
		LANGUAGE sql AS 'SELECT length(v) FROM pg_sleep(1)'`)
	c := start(t, uri, "-schema", "api", "-connections", "40", "-limit-body", "0",
		"-limit-memory", "16777216")
	body := `{"v":"` + strings.Repeat("x", size-len(`{"v":""}`)) + `"}`
	var all sync.WaitGroup
	statuses := make(chan int, clients)
	for range clients {
		all.Go(func() {
			// The server need not read what it refuses, and may close the connection meanwhile.
			if status, err := c.post("/rpc/keep", body, patience); err == nil {
				statuses <- status
			}
		})
	}
	all.Wait()
	close(statuses)
	got := map[int]int{}
	for status := range statuses {
		got[status]++
	}
	if got[http.StatusOK] == 0 || got[http.StatusOK] > clients/2 ||
		len(got) > 1 && got[http.StatusServiceUnavailable] == 0 || len(got) > 2 {
		t.Errorf("statuses %v", got)
	}
	if status, _, text := c.request("POST", "/rpc/keep", jsonType, body+body); status != 413 {
		t.Errorf("a body that never has room: %d %s", status, text)
	}
	status, header, text := c.request("POST", "/rpc/keep", jsonType, body)
	if length := 0; status != 200 || json.Unmarshal([]byte(text), &length) != nil || length == 0 {
		t.Errorf("afterwards: %d %v %s", status, header, text)
	}
	c.stop()
	usage := c.process.ProcessState.SysUsage().(*syscall.Rusage)
	t.Logf("%v, at most %d MiB", got, usage.Maxrss>>10)
	if usage.Maxrss>>10 > 400 {
		t.Errorf("the process took %d MiB", usage.Maxrss>>10)
	}
}
