package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// addShard starts another shard and moves its part of the partitions to it, one after the other,
// each from the shard that has most of them. Calls go on meanwhile.
func (c *cluster) addShard(ctx context.Context) error {
	shard, err := c.newShard()
	if err != nil {
		return err
	}
	for range parts / len(c.shards) {
		has := map[*server]int{}
		for _, s := range c.places {
			has[s]++
		}
		most := 0
		for part, s := range c.places {
			if has[s] > has[c.places[most]] {
				most = part
			}
		}
		if err := c.move(ctx, most, shard); err != nil {
			return fmt.Errorf("partition %d: %w", most, err)
		}
	}
	return nil
}

// move moves a partition to another shard. A logical replication copies its rows and follows the
// writes. When it has them all, new writes wait for the moment in which the proxy is told where the
// partition is now. What reads meanwhile ends where it has begun.
func (c *cluster) move(ctx context.Context, part int, to *server) error {
	from := c.places[part]
	old, next := from.uri("postgres", name(part)), to.uri("postgres", name(part))
	if err := create(to, part); err != nil {
		return err
	}
	if err := execute(old, "CREATE PUBLICATION moving FOR ALL TABLES"); err != nil {
		return err
	}
	// The slot has the partition's name, since its shard may give away several.
	err := execute(next, fmt.Sprintf(`CREATE SUBSCRIPTION %s CONNECTION '%s user=postgres'
		PUBLICATION moving WITH (synchronous_commit = on)`, name(part), dsn(from, part)))
	if err != nil {
		return err
	}
	const copied = `SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel`
	if err := await(ctx, next, copied); err != nil {
		return err
	}
	if err := c.point(ctx, part, to); err != nil {
		return err
	}
	if err := execute(next, "DROP SUBSCRIPTION "+name(part)); err != nil {
		return err
	}
	// A statement that began before the proxy knew may be on its way to the old place.
	err = await(ctx, c.proxy.uri("postgres", "postgres"), fmt.Sprintf(
		`SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
			AND xact_start < (SELECT max(at) FROM shards.moved WHERE part = %d))`, part))
	if err != nil {
		return err
	}
	return execute(from.uri("postgres", "postgres"),
		fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name(part)))
}

// point has the proxy know where a partition is, as soon as its new place has what the old one has.
// Until then writes to the partition wait for the lock; they read the new place when they have it.
func (c *cluster) point(ctx context.Context, part int, to *server) error {
	from := c.places[part]
	tx, err := c.admin.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(1, $1)", part); err != nil {
		return err
	}
	var end string
	old, err := sql.Open("postgres", from.uri("postgres", name(part)))
	if err != nil {
		return err
	}
	defer old.Close()
	if err := old.QueryRowContext(ctx, "SELECT pg_current_wal_lsn()").Scan(&end); err != nil {
		return err
	}
	err = await(ctx, from.uri("postgres", name(part)), fmt.Sprintf(
		`SELECT confirmed_flush_lsn >= '%s' FROM pg_replication_slots WHERE slot_name = '%s'`,
		end, name(part)))
	if err != nil {
		return err
	}
	alter := fmt.Sprintf("ALTER SERVER shards OPTIONS (SET p%d '%s')", part, dsn(to, part))
	if _, err := tx.ExecContext(ctx, alter); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	c.places[part] = to
	_, err = c.admin.ExecContext(ctx, "INSERT INTO shards.moved (part) VALUES ($1)", part)
	return err
}

// await repeats a query until it is true.
func await(ctx context.Context, uri, query string) error {
	db, err := sql.Open("postgres", uri)
	if err != nil {
		return err
	}
	defer db.Close()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		var yes bool
		if err := db.QueryRowContext(ctx, query).Scan(&yes); err != nil || yes {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
