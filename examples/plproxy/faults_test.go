package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// held holds back what reads the parcels of a partition, until release is called.
func held(t *testing.T, c *cluster, part int) (release func()) {
	t.Helper()
	db, err := sql.Open("postgres", c.places[part].uri("postgres", name(part)))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec("LOCK TABLE api.parcels IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		tx.Rollback()
		db.Close()
	}
}

// waiting waits until a number of statements wait for a lock in a partition.
func waiting(t *testing.T, c *cluster, part, n int) {
	t.Helper()
	err := await(t.Context(), c.places[part].uri("postgres", "postgres"), fmt.Sprintf(
		`SELECT count(*) = %d FROM pg_stat_activity WHERE datname = '%s' AND wait_event_type = 'Lock'`,
		n, name(part)))
	if err != nil {
		t.Fatal(err)
	}
}

// recovers checks that calls work again after a shard does. PL/Proxy does not look at a connection
// that it has used in the last two seconds before it uses it again, so that each one that was cut
// may cost a call, whose client can try again.
func recovers(t *testing.T, api, count string) {
	t.Helper()
	for range 2 * parts {
		status, body := call(t, api+"/rpc/count_parcels", "")
		if status == 200 {
			if body != count {
				t.Errorf("after the fault %s parcels, want %s", body, count)
			}
			return
		}
		if status < 500 {
			t.Errorf("after the fault: %d %s", status, body)
		}
	}
	t.Error("the proxy does not connect again")
}

// What PL/Proxy gathers it has before the first row, so that nothing of it is sent.
func TestShardThatDiesWhileItIsGatheredIsAnError(t *testing.T) {
	c := empty(t)
	fill(t, c, 1000)
	api := serving(t, c)
	const part = 2
	release := held(t, c, part)
	defer release()
	type result struct {
		status int
		body   string
		err    error
	}
	results := make(chan result)
	go func() {
		status, body, err := send(api+"/rpc/all_parcels", "")
		results <- result{status, body, err}
	}()
	waiting(t, c, part, 1)
	c.places[part].stop()
	got := <-results
	if err := c.places[part].resume(); err != nil {
		t.Fatal(err)
	}
	if got.err != nil || got.status < 500 || strings.Contains(got.body, "number") {
		t.Errorf("%d %s, %v", got.status, got.body, got.err)
	}
	recovers(t, api, "1000")
}

// A response of which a part is sent already must not look complete.
func TestShardThatDiesInTheMiddleAbortsTheResponse(t *testing.T) {
	c := empty(t)
	fill(t, c, 200_000) // more than the buffers between the proxy and the client hold
	api := serving(t, c)
	response, err := http.Get(api + "/rpc/each_parcel")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := bufio.NewReader(response.Body)
	first, err := body.ReadSlice('}')
	if err != nil || response.StatusCode != 200 || !bytes.HasPrefix(first, []byte(`[{"number":`)) {
		t.Fatalf("%s %s, %v", response.Status, first, err)
	}
	c.shards[1].stop()
	rest, err := io.ReadAll(body)
	if err := c.shards[1].resume(); err != nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Errorf("the response is complete, with %d bytes that end with %q",
			len(rest), rest[max(0, len(rest)-40):])
	}
	recovers(t, api, "200000")
}

// The query of a client that has left ends on the shards too.
func TestClientThatLeavesLeavesNothingOnTheShards(t *testing.T) {
	c := empty(t)
	api := serving(t, c)
	const part = 2
	release := held(t, c, part)
	defer release()
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, _ := http.NewRequestWithContext(ctx, "GET", api+"/rpc/all_parcels", nil)
		if response, err := http.DefaultClient.Do(r); err == nil {
			response.Body.Close()
			t.Error("a response while a shard waits")
		}
	}()
	waiting(t, c, part, 1)
	leave()
	<-done
	waiting(t, c, part, 0)
}
