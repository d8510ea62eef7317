package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// zipped sends a GET that accepts gzip, and returns the response as it comes.
func (c *command) zipped(path string, fields ...string) *http.Response {
	c.t.Helper()
	r := c.newRequest("GET", path, "")
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	res, err := client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestLongResponsesAreCompressed(t *testing.T) {
	c, _ := startSleepy(t)
	const n = 100_000
	res := c.zipped("/rpc/rows?n=100000")
	if res.Header.Get("Content-Encoding") != "gzip" || res.ContentLength >= 0 {
		t.Fatalf("%v, length %d", res.Header, res.ContentLength)
	}
	wire := &counted{r: res.Body}
	unzipped, err := gzip.NewReader(wire)
	if err != nil {
		t.Fatal(err)
	}
	// The beginning can be read while most of the response has not been.
	rows := json.NewDecoder(unzipped)
	if _, err := rows.Token(); err != nil {
		t.Fatal(err)
	}
	first := wire.n
	got := 0
	for rows.More() {
		var row int
		if err := rows.Decode(&row); err != nil || row != got+1 {
			t.Fatal(row, err)
		}
		got++
	}
	if _, err := io.Copy(io.Discard, unzipped); err != nil || got != n || first > wire.n/2 {
		t.Errorf("%d rows, %d of %d bytes for the first, %v", got, first, wire.n, err)
	}
	if wire.n > 400_000 { // the JSON has 588,896
		t.Errorf("%d bytes", wire.n)
	}
	res = c.zipped("/rpc/rows?n=3")
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "[1,2,3]" {
		t.Errorf("%s %v", body, err)
	}
	c.stop()
}

// A counted reader counts what is read.
type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(len(p), 512)])
	c.n += n
	return n, err
}

// A response that fails after it has begun is cut, compressed or not.
func TestCompressedResponseThatFailsIsCut(t *testing.T) {
	c, _ := startSleepy(t, "-limit-rows", "50000")
	res := c.zipped("/rpc/rows?n=100000")
	if res.StatusCode != 200 || res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	sent, err := io.ReadAll(res.Body)
	if err == nil {
		t.Error("the client takes the response for complete")
	}
	unzipped, err := gzip.NewReader(strings.NewReader(string(sent)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(unzipped); err != io.ErrUnexpectedEOF {
		t.Errorf("the stream ends with %v", err)
	}
	c.stop()
}

func TestCompressionCanBeTurnedOff(t *testing.T) {
	c, _ := startSleepy(t, "-compress=false")
	res := c.zipped("/rpc/rows?n=10000")
	if res.Header.Get("Content-Encoding") != "" || res.Header.Get("Vary") == "Accept-Encoding" {
		t.Errorf("%v", res.Header)
	}
	c.stop()
}

// What a client has read compressed it can change by its entity tag.
func TestCompressedRowsKeepTheirTags(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api;
		CREATE TABLE api.films (id int PRIMARY KEY, title text);
		INSERT INTO api.films VALUES (1, repeat('long ', 1000))`)
	c := start(t, uri, "-schema", "api", "-tables")
	const film = "/films?id=eq.1"
	single := "application/vnd.pgrst.object+json"
	res := c.zipped(film, "Accept", single)
	tag := res.Header.Get("ETag")
	if !strings.HasSuffix(tag, `-gzip"`) {
		t.Fatalf("%v", res.Header)
	}
	if res := c.zipped(film, "Accept", single, "If-None-Match", tag); res.StatusCode != 304 ||
		res.Header.Get("ETag") != tag {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	for _, want := range []int{204, 412} {
		r := c.newRequest("PATCH", film, `{"title":"short"}`)
		r.Header.Set("Content-Type", jsonType)
		r.Header.Set("If-Match", tag)
		if status, _, body := c.do(r); status != want {
			t.Errorf("%d %s, want %d", status, body, want)
		}
	}
	c.stop()
}
