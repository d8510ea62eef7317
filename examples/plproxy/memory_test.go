package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestMemoryOfAScan checks whose memory grows with a result of all shards: that of the command
// never, that of the proxy's process where PL/Proxy gathers, and not where it fetches pages. What
// the kernel keeps is the most so far, which only a larger one of a later scan changes.
func TestMemoryOfAScan(t *testing.T) {
	c := empty(t)
	const few, many = 20_000, 200_000
	type peaks struct{ command, proxy float64 }
	var got []peaks
	api, process := command(t, c)
	for _, test := range []struct {
		function string
		rows     int
	}{{"each_parcel", few}, {"each_parcel", many}, {"all_parcels", many}} {
		fill(t, c, test.rows)
		scan(t, api+"/rpc/"+test.function, test.rows)
		p := peaks{command: peak(t, process.Pid)}
		for backend := range strings.FieldsSeq(value(t, c.proxy.uri("postgres", "postgres"),
			`SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE usename = 'web'`)) {
			pid, err := strconv.Atoi(backend)
			if err != nil {
				t.Fatal(err)
			}
			p.proxy = max(p.proxy, peak(t, pid))
		}
		t.Logf("%s of %6d: the command %4.1f MiB, the proxy's process %4.1f MiB",
			test.function, test.rows, p.command, p.proxy)
		got = append(got, p)
	}
	each, all := got[1], got[2]
	if each.command-got[0].command > 16 || all.command-got[0].command > 16 {
		t.Errorf("the command's memory grows from %.1f MiB to %.1f and %.1f",
			got[0].command, each.command, all.command)
	}
	if growth := each.proxy - got[0].proxy; growth > 8 {
		t.Errorf("page by page the proxy's memory grows by %.1f MiB", growth)
	}
	// Less than this would mean that PL/Proxy no longer gathers, which docs/scale.md says it does.
	if growth := all.proxy - each.proxy; growth < 12 {
		t.Errorf("gathered, the proxy's memory grows by %.1f MiB only", growth)
	}
}

// scan reads a result and counts its rows.
func scan(t *testing.T, url string, n int) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	rows := 0
	b := make([]byte, 64<<10)
	for {
		k, err := response.Body.Read(b)
		rows += strings.Count(string(b[:k]), "}")
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if rows != n {
		t.Fatalf("%s: %d rows, want %d", url, rows, n)
	}
}

// peak returns the peak memory of a process in MiB, as the kernel counts it since it has begun.
func peak(t *testing.T, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}
