package main

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// What is sent while a partition moves is there afterwards, once, and what is read meanwhile has
// each parcel that was there before, once.
func TestShardIsAddedWhileRequestsRun(t *testing.T) {
	c := empty(t)
	const before = 12_000 // two pages of each_parcel
	fill(t, c, before)
	api := serving(t, c)
	var sent atomic.Int64 // responses to send_parcel, whose numbers are in stored
	var stored sync.Map
	var reads, scans atomic.Int64
	end := make(chan struct{})
	var clients sync.WaitGroup
	client := func(request func() error) {
		clients.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				if err := request(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	get := func(url, body string, into any) error {
		status, text, err := send(url, body)
		if err != nil || status != 200 {
			return fmt.Errorf("%s: %d %s, %w", url, status, text, err)
		}
		return json.Unmarshal([]byte(text), into)
	}
	for range 3 {
		client(func() error {
			var one []parcel
			if err := get(api+"/rpc/send_parcel", `{"address": "new"}`, &one); err != nil {
				return err
			}
			if len(one) != 1 {
				return fmt.Errorf("sending returns %v", one)
			}
			if _, twice := stored.LoadOrStore(one[0].Number, true); twice {
				return fmt.Errorf("parcel %d is sent twice", one[0].Number)
			}
			sent.Add(1)
			// It is found at once, wherever its partition is by now.
			var found []parcel
			target := fmt.Sprintf("%s/rpc/parcel?number=%d", api, one[0].Number)
			if err := get(target, "", &found); err != nil {
				return err
			}
			if len(found) != 1 {
				return fmt.Errorf("parcel %d is sent and %v found", one[0].Number, found)
			}
			reads.Add(1)
			return nil
		})
	}
	for _, function := range []string{"all_parcels", "each_parcel"} {
		client(func() error {
			expected := map[int]bool{}
			for i := 1; i <= before; i++ {
				expected[i] = true
			}
			stored.Range(func(number, _ any) bool {
				expected[number.(int)] = true
				return true
			})
			var all []parcel
			if err := get(api+"/rpc/"+function, "", &all); err != nil {
				return err
			}
			seen := map[int]bool{}
			for _, p := range all {
				if seen[p.Number] {
					return fmt.Errorf("%s has parcel %d twice", function, p.Number)
				}
				seen[p.Number] = true
			}
			for number := range expected {
				if !seen[number] {
					return fmt.Errorf("%s lacks parcel %d", function, number)
				}
			}
			scans.Add(1)
			return nil
		})
	}
	err := c.addShard(t.Context())
	close(end)
	clients.Wait()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d parcels sent, %d read, %d scans", sent.Load(), reads.Load(), scans.Load())
	if sent.Load() == 0 || scans.Load() == 0 {
		t.Error("no requests ran")
	}
	want := fmt.Sprint(before + sent.Load())
	if got := value(t, c.uri(), "SELECT api.count_parcels()"); got != want {
		t.Errorf("%s parcels, want %s", got, want)
	}
	// The partition is on the new shard, and only there.
	moved := 0
	for part, place := range c.places {
		for _, s := range c.shards {
			has := value(t, s.uri("postgres", "postgres"),
				"SELECT count(*) FROM pg_database WHERE datname = $1", name(part))
			if want := fmt.Sprint(map[bool]int{true: 1}[s == place]); has != want {
				t.Errorf("%s: %s databases on a shard, want %s", name(part), has, want)
			}
		}
		if place == c.shards[len(c.shards)-1] {
			moved++
		}
	}
	if moved != 1 {
		t.Errorf("the new shard has %d partitions", moved)
	}
}
