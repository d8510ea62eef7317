package main

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
)

//go:embed proxy.sql
var proxySQL string

//go:embed shard.sql
var shardSQL string

// parts is how many partitions there are. PL/Proxy needs a power of two, and a row stays in its
// partition for as long as that is their number: what can be added is shards, up to one for each.
// proxy.sql has it too, as the mask 7.
const parts = 8

// A cluster is a proxy and its shards.
type cluster struct {
	dir    string
	proxy  *server
	shards []*server
	places [parts]*server // of each partition
	admin  *sql.DB        // of the proxy
}

// newCluster starts a proxy and a number of shards in a folder, with the partitions dealt out to
// them.
func newCluster(dir string, shards int) (_ *cluster, err error) {
	// The user postgres has to reach it, where root starts this.
	if err := os.Chmod(dir, 0o777); err != nil {
		return nil, err
	}
	if err := install(dir); err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	defer func() {
		if err != nil {
			c.stop()
		}
	}()
	if c.proxy, err = start(dir, "proxy"); err != nil {
		return nil, err
	}
	c.admin, err = sql.Open("postgres", c.proxy.uri("postgres", "postgres"))
	if err != nil {
		return nil, err
	}
	for range shards {
		if _, err := c.newShard(); err != nil {
			return nil, err
		}
	}
	var options []string
	for part := range parts {
		shard := c.shards[part%shards]
		if err := create(shard, part); err != nil {
			return nil, err
		}
		c.places[part] = shard
		options = append(options, fmt.Sprintf("p%d '%s'", part, dsn(shard, part)))
	}
	for _, s := range []string{
		proxySQL,
		`CREATE SERVER shards FOREIGN DATA WRAPPER plproxy OPTIONS (` + strings.Join(options, ", ") + `)`,
		// Without a user here the partitions see the role of the call, by its name.
		`CREATE USER MAPPING FOR PUBLIC SERVER shards`,
		`GRANT USAGE ON FOREIGN SERVER shards TO web`,
	} {
		if _, err := c.admin.Exec(s); err != nil {
			return nil, fmt.Errorf("the proxy: %w", err)
		}
	}
	return c, nil
}

// fill gives the cluster the parcels 1 to n and no others, each in the partition of its number.
func (c *cluster) fill(n int) error {
	for part, s := range c.places {
		err := execute(s.uri("postgres", name(part)), "TRUNCATE api.parcels", fmt.Sprintf(
			`INSERT INTO api.parcels (number, address) SELECT n, n || ' Main St'
				FROM generate_series(1, %d) n WHERE hashint8(n) & 7 = %d`, n, part),
			"ANALYZE api.parcels")
		if err != nil {
			return err
		}
	}
	_, err := c.admin.Exec("SELECT setval('shards.numbers', greatest($1, 1), $1 > 0)", n)
	return err
}

// newShard starts a shard, which has no partition yet.
func (c *cluster) newShard() (*server, error) {
	s, err := start(c.dir, fmt.Sprint("shard", len(c.shards)))
	if err == nil {
		c.shards = append(c.shards, s)
	}
	return s, err
}

// create creates a partition on a shard.
func create(s *server, part int) error {
	return errors.Join(
		execute(s.uri("postgres", "postgres"), "CREATE DATABASE "+name(part)),
		execute(s.uri("postgres", name(part)), shardSQL))
}

// name returns the name of a partition's database.
func name(part int) string { return fmt.Sprintf("part%d", part) }

// dsn returns how PL/Proxy connects to a partition.
func dsn(s *server, part int) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d dbname=%s", s.port, name(part))
}

// uri returns the address of the proxy for the role that may call the schema api and nothing else.
func (c *cluster) uri() string { return c.proxy.uri("web", "postgres") }

// stop ends all servers and removes their files.
func (c *cluster) stop() {
	if c.admin != nil {
		c.admin.Close()
	}
	for _, s := range append(c.shards, c.proxy) {
		if s != nil {
			s.stop()
		}
	}
	os.RemoveAll(c.dir)
}
