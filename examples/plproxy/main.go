// Command plproxy shows moresql on a sharded database: PL/Proxy, an extension of PostgreSQL, passes
// the calls of functions on to shards, by the hash of an argument or to all of them, and moresql
// serves these functions as it serves any others.
//
//	apt-get install postgresql-15 postgresql-15-plproxy
//	go run .             starts a proxy and four shards in a temporary folder, and serves them
//	go run . -measure    prints what one, two and four shards do for requests
//
// While it serves, Enter adds a shard.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

func main() {
	measures := flag.Bool("measure", false, "print what one, two and four shards do for requests")
	rows := flag.Int("rows", 200_000, "how many parcels there are to measure")
	addr := flag.String("addr", "localhost:8080", "the address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() error { return serve(ctx, *addr) }
	if *measures {
		run = func() error { return measure(ctx, *rows) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// commandLine is what serves a database without this program.
func commandLine(uri string) string {
	return "MORESQL_DATABASE_URI='" + uri + "' moresql -schema api"
}

// serve serves a cluster of four shards until the context ends.
func serve(ctx context.Context, addr string) error {
	dir, err := os.MkdirTemp("", "plproxy")
	if err != nil {
		return err
	}
	c, err := newCluster(dir, 4)
	if err != nil {
		return err
	}
	defer c.stop()
	db, err := sql.Open("postgres", c.uri())
	if err != nil {
		return err
	}
	defer db.Close()
	handler, err := routes(ctx, db, "api")
	if err != nil {
		return err
	}
	fmt.Printf(`The command serves the same: %s
curl -d address='1 Main St' http://%[2]s/rpc/send_parcel
curl 'http://%[2]s/rpc/parcel?number=1'
curl http://%[2]s/rpc/each_parcel
Enter adds a shard.
`, commandLine(c.uri()), addr)
	go grow(ctx, c)
	server := http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// routes returns a handler that serves the functions of a schema, of which it does not know where
// they run.
func routes(ctx context.Context, db *sql.DB, schema string) (http.Handler, error) {
	cat, err := catalog.Load(ctx, db, schema)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(moresql.New(db), cat)))
	return mux, nil
}

// grow adds a shard for each line that is read from the terminal.
func grow(ctx context.Context, c *cluster) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan() && len(c.shards) < parts; {
		if err := c.addShard(ctx); err != nil {
			log.Print(err)
			return
		}
		log.Printf("%d shards", len(c.shards))
	}
}
