package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// Forty bodies of 4 MiB at once have no room in 8 MiB: most are refused for the time being, and the
// process stays small.
func TestBodiesAtOnceStayWithinTheMemoryLimit(t *testing.T) {
	const clients, size = 40, 4 << 20
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE FUNCTION api.keep(v text) RETURNS int
		LANGUAGE sql AS 'SELECT length(v) FROM pg_sleep(1)'`)
	c := start(t, uri, "-schema", "api", "-connections", "40", "-limit-body", "0",
		"-limit-memory", "8388608")
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
	if status, _, text := c.request("POST", "/rpc/keep", jsonType, body+body+body); status != 413 {
		t.Errorf("a body that never has room: %d %s", status, text)
	}
	// A client may have its response a moment before the memory of its body is given back.
	var status int
	var header http.Header
	var text string
	eventually(t, "there is room again", func() bool {
		status, header, text = c.request("POST", "/rpc/keep", jsonType, body)
		return status != http.StatusServiceUnavailable
	})
	if length := 0; status != 200 || json.Unmarshal([]byte(text), &length) != nil || length == 0 {
		t.Errorf("afterwards: %d %v %s", status, header, text)
	}
	peak := peakMemory(t, c.process.Process.Pid)
	t.Logf("%v, at most %d MiB", got, peak)
	if peak > 350 {
		t.Errorf("the process took %d MiB", peak)
	}
	c.stop()
}

// peakMemory returns the peak memory of a process in MiB, as the kernel of Linux counts it since
// its program has begun.
func peakMemory(t *testing.T, pid int) (mib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(peak, &mib); err != nil {
		t.Fatal(err)
	}
	return mib >> 10
}
