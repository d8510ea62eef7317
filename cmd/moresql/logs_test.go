package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// requests returns the lines of the log about requests.
func (c *command) requests() (lines []string) {
	for line := range strings.Lines(c.stderr.String()) {
		if strings.Contains(line, "request_id") && strings.Contains(line, "duration") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestLogIsTextOrJSON(t *testing.T) {
	c, _ := startSleepy(t, "-log-format", "json")
	c.get("/rpc/rows?n=3", "X-Request-Id", "from-the-proxy")
	c.get("/rpc/rows?n=x")
	c.stop()
	var got []map[string]any
	for line := range strings.Lines(c.stderr.String()) {
		entry := map[string]any{}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if entry["msg"] == "request" {
			got = append(got, entry)
		}
	}
	if len(got) != 2 || got[0]["request_id"] != "from-the-proxy" || got[0]["status"] != 200.0 ||
		got[0]["routine"] != "api.rows" || got[0]["path"] != "/rpc/rows" ||
		got[1]["status"] != 400.0 || got[1]["code"] != "22P02" || got[1]["request_id"] == "" {
		t.Errorf("%v", got)
	}
}

// The response, the log and the function know a request by the same name.
func TestRequestsHaveIDs(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api;
		CREATE FUNCTION api.id() RETURNS text STABLE LANGUAGE sql
			AS $$ SELECT current_setting('request.headers')::json->>'x-request-id' $$`)
	c := start(t, uri, "-schema", "api", "-http-settings")
	const trace = "0af7651916cd43dd8448eb211c80319c"
	for _, test := range []struct {
		reason, name, value, want string // want is a pattern
	}{
		{"that of a proxy", "X-Request-Id", "a-b_1", "a-b_1"},
		{"that of a trace", "Traceparent", "00-" + trace + "-b7ad6b7169203331-01", trace},
		{"a later version's", "Traceparent", "cc-" + trace + "-b7ad6b7169203331-01-more", trace},
		{"no version's", "Traceparent", "ff-" + trace + "-b7ad6b7169203331-01", "[A-Z2-7]{26}"},
		{"more than there is", "Traceparent", "00-" + trace + "-b7ad6b7169203331-01-x", "[A-Z2-7]{26}"},
		{"no parent", "Traceparent", "00-" + trace + "-0000000000000000-01", "[A-Z2-7]{26}"},
		{"an invalid trace", "Traceparent", "00-" + trace[1:] + "-b7ad6b7169203331-01", "[A-Z2-7]{26}"},
		{"one that garbles the log", "X-Request-Id", "a b", "[A-Z2-7]{26}"},
		{"one that is long", "X-Request-Id", strings.Repeat("a", 129), "[A-Z2-7]{26}"},
		{"none", "Accept", "*/*", "[A-Z2-7]{26}"},
	} {
		_, header, body := c.get("/rpc/id", test.name, test.value)
		id := header.Get("X-Request-Id")
		if !regexp.MustCompile("^"+test.want+"$").MatchString(id) || body != `"`+id+`"` {
			t.Errorf("%s: %q, and the function has %s", test.reason, id, body)
		}
		c.await(c.stderr, "request_id="+id+" routine=api.id")
	}
	c.stop()
}

func TestLogSampleLeavesOutSuccessesOnly(t *testing.T) {
	c := start(t, "", "-log-sample", "0")
	for range 5 {
		c.get("/cars")
	}
	c.get("/nothing")
	c.stop()
	if lines := c.requests(); len(lines) != 1 || !strings.Contains(lines[0], "status=404") {
		t.Errorf("%q", lines)
	}
}

func TestLogLevel(t *testing.T) {
	for level, want := range map[string][2]bool{ // of requests, and of errors that are the client's
		"debug": {true, true}, "info": {true, false}, "warn": {}, "error": {},
	} {
		c := start(t, "", "-log-level", level)
		c.get("/cars/99")
		c.stop()
		log := c.stderr.String()
		got := [2]bool{strings.Contains(log, "msg=request"), strings.Contains(log, "level=DEBUG")}
		if got != want {
			t.Errorf("%s: %v in\n%s", level, got, log)
		}
	}
}

func TestServerTiming(t *testing.T) {
	c := start(t, "", "-server-timing")
	const number = `[0-9.]+`
	for path, want := range map[string]string{
		"/cars":   "wait;dur=" + number + ", call;dur=" + number + ", total;dur=" + number,
		"/health": "total;dur=" + number,
	} {
		_, header, _ := c.get(path)
		if got := header.Get("Server-Timing"); !regexp.MustCompile("^" + want + "$").MatchString(got) {
			t.Errorf("%s: %q", path, got)
		}
	}
	c.stop()
	c = start(t, "")
	if _, header, _ := c.get("/cars"); header.Get("Server-Timing") != "" {
		t.Error(header)
	}
	c.stop()
}

func TestLogOfPostgREST(t *testing.T) {
	for _, test := range []struct{ variable, want string }{
		{"PGRST_LOG_LEVEL=crit", "log-level = error # PGRST_LOG_LEVEL"},
		{"PGRST_LOG_LEVEL=warn", "log-level = warn # PGRST_LOG_LEVEL"},
		{"PGRST_DB_POOL=9", "log-level = INFO # default"},
		{"PGRST_SERVER_TIMING_ENABLED=true", "server-timing = true # PGRST_SERVER_TIMING_ENABLED"},
	} {
		out, warnings, _ := configured(t, []string{test.variable, "PGRST_DB_ANON_ROLE=web",
			"PGRST_DB_CONFIG=false"})
		if !hasLine(out, test.want) || warnings != "" {
			t.Errorf("%s: no line %s in %s\n%s", test.variable, test.want, out, warnings)
		}
	}
}

// TestNoLineAboutARequestIsLost when the command ends, nor is one out of order.
func TestNoLineAboutARequestIsLost(t *testing.T) {
	c, _ := startSleepy(t)
	for i := range 300 {
		c.get("/rpc/rows?n=1", "X-Request-Id", fmt.Sprint("number-", i))
	}
	c.stop()
	for i, line := range c.requests() {
		if !strings.Contains(line, fmt.Sprintf("request_id=number-%d ", i)) {
			t.Fatalf("line %d is %s", i, line)
		}
	}
	if n := len(c.requests()); n != 300 {
		t.Errorf("%d lines about 300 requests", n)
	}
}
