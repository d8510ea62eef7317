package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	clients  = 16              // that request one row by key
	duration = 5 * time.Second // of their requests
	scans    = 5               // of which the fastest counts
	tick     = 10_000          // microseconds: proc_pid_stat(5) counts hundredths of a second
)

// A figure is what a request costs on the servers.
type figure struct {
	perSecond     float64 // requests
	proxy, shards float64 // microseconds of CPU a request, of all processes
	first, whole  time.Duration
}

// measure prints what one row by key, a count and two scans cost without PL/Proxy, all rows in one
// database, and with one, two and four shards, and what follows from that for shards on machines of
// their own.
func measure(ctx context.Context, rows int) error {
	fmt.Printf("%d parcels, %d clients by key, %d partitions\n\n", rows, clients, parts)
	fmt.Println("| | by key, 1/s | CPU of the proxy, µs | of the shards, µs | count, ms | " +
		"gathered: first byte, whole, ms | page by page: first byte, whole, ms |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|")
	var alone, most figure
	for _, shards := range []int{1, 2, 4} {
		err := measured(shards, rows, func(c *cluster) error {
			if shards == 1 {
				err := line("one database", c.shards[0].uri("web", "whole"), "shards", rows, c, &alone)
				if err != nil {
					return err
				}
			}
			title := map[int]string{1: "one shard", 2: "two shards", 4: "four shards"}[shards]
			return line(title, c.uri(), "api", rows, c, &most)
		})
		if err != nil {
			return err
		}
	}
	share := most.proxy / most.shards
	fmt.Printf("\nBy key, from the CPU times: a shard on a machine of its own serves %.2f times the "+
		"requests of the one database,\nand the proxies take %.2f machines for each shard.\n",
		alone.shards/most.shards, share)
	return ctx.Err()
}

// measured calls a function with a cluster that has the parcels, and a database with all of them.
func measured(shards, rows int, f func(*cluster) error) error {
	dir, err := os.MkdirTemp("", "plproxy")
	if err != nil {
		return err
	}
	c, err := newCluster(dir, shards)
	if err != nil {
		return err
	}
	defer c.stop()
	if err := c.fill(rows); err != nil {
		return err
	}
	whole := c.shards[0].uri("postgres", "whole")
	for _, s := range [][2]string{
		{c.shards[0].uri("postgres", "postgres"), "CREATE DATABASE whole"},
		{whole, shardSQL},
		{whole, fmt.Sprintf(`INSERT INTO api.parcels (number, address)
			SELECT n, n || ' Main St' FROM generate_series(1, %d) n`, rows)},
		{whole, "VACUUM ANALYZE api.parcels"},
	} {
		if err := execute(s[0], s[1]); err != nil {
			return err
		}
	}
	return f(c)
}

// line measures the functions of a schema, prints what it finds and returns what is by key.
func line(title, uri, schema string, rows int, c *cluster, byKey *figure) error {
	db, err := sql.Open("postgres", uri)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxIdleConns(clients)
	handler, err := routes(context.Background(), db, schema)
	if err != nil {
		return err
	}
	s := httptest.NewServer(handler)
	defer s.Close()
	key, err := load(s.URL+"/rpc/parcel?number=", rows, c)
	if err != nil {
		return err
	}
	var got [3]figure
	for i, path := range []string{"count_parcels", "all_parcels", "each_parcel"} {
		if path == "each_parcel" && schema == "shards" {
			continue // without a proxy each result is streamed
		}
		if got[i], err = scanned(s.URL+"/rpc/"+path, rows); err != nil {
			return err
		}
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d)/1e6) }
	pages := "none"
	if got[2].whole > 0 {
		pages = ms(got[2].first) + ", " + ms(got[2].whole)
	}
	fmt.Printf("| %s | %.0f | %.0f | %.0f | %s | %s, %s | %s |\n", title, key.perSecond, key.proxy,
		key.shards, ms(got[0].whole), ms(got[1].first), ms(got[1].whole), pages)
	*byKey = key
	return nil
}

// load sends requests by key from all clients, twice for the duration: the first time each process
// of the proxy connects to each partition.
func load(url string, rows int, c *cluster) (figure, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	if _, err := requests(client, url, rows, duration); err != nil {
		return figure{}, err
	}
	proxy, shards := cpu(c.proxy), cpu(c.shards...)
	n, err := requests(client, url, rows, duration)
	if err != nil {
		return figure{}, err
	}
	return figure{
		perSecond: n / duration.Seconds(),
		proxy:     (cpu(c.proxy) - proxy) / n,
		shards:    (cpu(c.shards...) - shards) / n,
	}, nil
}

// requests returns how many requests all clients send within a time.
func requests(client *http.Client, url string, rows int, d time.Duration) (float64, error) {
	var n atomic.Int64
	failed := make(chan error, clients)
	var all sync.WaitGroup
	end := time.Now().Add(d)
	for range clients {
		all.Go(func() {
			for time.Now().Before(end) {
				body, err := read(client, url+strconv.Itoa(1+rand.IntN(rows)), nil)
				if err == nil && !bytes.HasPrefix(body, []byte(`[{"number":`)) {
					err = fmt.Errorf("one row by key is %s", body)
				}
				if err != nil {
					failed <- err
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(n.Load()), nil
	}
}

// scanned returns the times of the fastest of several requests.
func scanned(url string, rows int) (figure, error) {
	var best figure
	for range scans {
		var f figure
		begin := time.Now()
		body, err := read(http.DefaultClient, url, func() { f.first = time.Since(begin) })
		if err != nil {
			return best, err
		}
		f.whole = time.Since(begin)
		if n := bytes.Count(body, []byte("}")); n != 0 && n != rows {
			return best, fmt.Errorf("%s has %d rows", url, n)
		}
		if best.whole == 0 || f.whole < best.whole {
			best = f
		}
	}
	return best, nil
}

// read returns the body of a response, and calls first when it has begun.
func read(client *http.Client, url string, first func()) ([]byte, error) {
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if first != nil {
		first()
	}
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s %s", url, response.Status, body)
	}
	return body, err
}

// cpu returns the microseconds that servers have used, with all their processes.
func cpu(servers ...*server) (total float64) {
	files, _ := os.ReadDir("/proc")
	for _, f := range files {
		text, err := os.ReadFile("/proc/" + f.Name() + "/stat")
		if err != nil {
			continue // not a process, or one that has ended
		}
		_, after, _ := strings.Cut(string(text), ") ")
		stat := strings.Fields(after) // from the third field on
		for _, s := range servers {
			own := f.Name() == strconv.Itoa(s.process.Pid)
			if !own && stat[1] != strconv.Itoa(s.process.Pid) {
				continue
			}
			times := stat[11:13] // in user and kernel mode
			if own {
				times = stat[11:15] // and of those that have ended
			}
			for _, ticks := range times {
				n, _ := strconv.ParseFloat(ticks, 64)
				total += n * tick
			}
		}
	}
	return total
}
