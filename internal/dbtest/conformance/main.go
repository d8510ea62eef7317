// Conformance tries the examples of PostgREST's own specification and prints how many hold:
//
//	git clone https://github.com/PostgREST/postgrest
//	go run ./conformance -spec postgrest/test/spec -db postgres://postgres@127.0.0.1/postgres
//
// It makes databases of its own on the server, from the specification's fixtures, by psql; the
// role has to be a superuser. Nothing of the specification is part of this repository.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	spec := flag.String("spec", "", "the `folder` test/spec of PostgREST")
	uri := flag.String("db", "", "the `URI` of a PostgreSQL server, as a superuser")
	driver := flag.String("driver", "drivers/pgx", "drivers/pgx, drivers/pq, pgx or postgres")
	only := flag.String("only", "", "try only the files whose names contain this")
	verbose := flag.Bool("v", false, "say of each example that does not hold why")
	flag.Parse()
	if *spec == "" || *uri == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	all, err := examples(*spec, *only)
	if err != nil {
		log.Fatal(err)
	}
	d, err := newDatabase(*spec, *uri, *driver)
	if err != nil {
		log.Fatal(err)
	}
	defer d.close()
	total := counts{}
	for _, file := range all {
		c := d.try(file, *verbose)
		fmt.Printf("%-28s %s\n", file[0].file, c)
		total.add(c)
	}
	fmt.Printf("%-28s %s\n", "all", total)
}

// counts are how many examples hold, of how many that could be tried.
type counts struct{ hold, tried, skipped int }

func (c *counts) add(other counts) {
	c.hold += other.hold
	c.tried += other.tried
	c.skipped += other.skipped
}

func (c counts) String() string {
	return fmt.Sprintf("%4d of %4d hold, %3d not tried", c.hold, c.tried, c.skipped)
}

// excluded are files about what is not served here by intention, or not by package rest.
var excluded = []string{
	"PostGISSpec", "PlanSpec", "ServerTimingSpec", "CorsSpec", "ConcurrentSpec", "ObservabilitySpec",
	"HttpHeaderSpec", "NoSuperuserSpec", "PgSafeUpdateSpec", "RpcPreRequestGucsSpec",
}

// examples returns those of the specification, by file.
func examples(folder, only string) (all [][]*testCase, _ error) {
	walk := func(path string, e os.DirEntry, err error) error {
		name := strings.TrimSuffix(filepath.Base(path), ".hs")
		if err != nil || e.IsDir() || !strings.Contains(name, only) ||
			strings.Contains(path, "Auth") || strings.Contains(path, "OpenApi") {
			return err
		}
		if slices.Contains(excluded, name) {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if cases := read(name, filepath.Join(folder, "fixtures"), string(source)); len(cases) > 0 {
			all = append(all, cases)
		}
		return nil
	}
	return all, filepath.WalkDir(filepath.Join(folder, "Feature"), walk)
}
