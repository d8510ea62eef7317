// Package database starts the PostgreSQL server of the benchmarks and opens it through the
// drivers, all with the same settings.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/lib/pq"              // the driver "postgres"

	morepgx "github.com/moresql/moresql/drivers/pgx"
	"github.com/moresql/moresql/drivers/pq"
	"github.com/moresql/moresql/internal/pgtest"
)

// The drivers as the tables name them.
const (
	PQ     = "lib/pq"
	Kept   = "drivers/pq" // lib/pq with statements kept prepared on the connection
	PGX    = "pgx stdlib"
	Direct = "drivers/pgx"
	Native = "pgx"
)

// settings keep the data in memory and nothing running in the background of a measurement. A
// sequential scan starts with the first row even if another has just ended in the middle.
var settings = []string{
	"shared_buffers=512MB", "autovacuum=off", "synchronize_seqscans=off", "max_wal_size=4GB",
}

// Start starts the server.
func Start() (*pgtest.Server, error) { return pgtest.Run(settings...) }

// PoolSize is the number of connections that each driver may open and keeps open.
const PoolSize = 16

// Pools are the pools of connections to one server through each driver. Connections open on first
// use.
type Pools struct {
	PQ, Kept, PGX, Direct *sql.DB
	Native                *pgxpool.Pool
}

// Open returns the pools for the server at uri. The caller must close them.
func Open(ctx context.Context, uri string) (*Pools, error) {
	var p Pools
	config, err := pgxpool.ParseConfig(uri)
	if err != nil {
		return nil, err
	}
	config.MaxConns = PoolSize
	keeping, err := pq.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	direct, err := morepgx.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	if p.PQ, err = sql.Open("postgres", uri); err != nil {
		return nil, err
	}
	if p.PGX, err = sql.Open("pgx", uri); err != nil {
		return nil, errors.Join(err, p.PQ.Close())
	}
	if p.Native, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, errors.Join(err, p.PQ.Close(), p.PGX.Close())
	}
	p.Kept, p.Direct = sql.OpenDB(keeping), sql.OpenDB(direct)
	for _, db := range []*sql.DB{p.PQ, p.Kept, p.PGX, p.Direct} {
		db.SetMaxOpenConns(PoolSize)
		db.SetMaxIdleConns(PoolSize)
	}
	return &p, nil
}

// Close closes the connections.
func (p *Pools) Close() error {
	p.Native.Close()
	return errors.Join(p.PQ.Close(), p.Kept.Close(), p.PGX.Close(), p.Direct.Close())
}

// SQL returns the pool of a driver of database/sql.
func (p *Pools) SQL(driver string) *sql.DB {
	switch driver {
	case PQ:
		return p.PQ
	case Kept:
		return p.Kept
	case PGX:
		return p.PGX
	case Direct:
		return p.Direct
	}
	panic(fmt.Sprintf("%s is no driver of database/sql", driver))
}

// Standard returns the driver of database/sql that a driver is compared with, which may be itself.
func Standard(driver string) string {
	switch driver {
	case Kept:
		return PQ
	case Direct, Native:
		return PGX
	}
	return driver
}
